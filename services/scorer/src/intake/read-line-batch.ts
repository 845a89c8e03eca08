import { CONTRACT_VERSION, lineBatchSchema, type LineBatch } from '@vigil/shared/contracts';
import { unpackBytes } from '@vigil/shared/lines/payload';
import { asError } from '../as-error.ts';
import { countLines } from './split-lines.ts';

/** Why a job cannot be read; a metric label. */
export type UnreadableReason = 'version' | 'invalid' | 'payload' | 'line_count';

export type Intake =
  | { ok: true; batch: LineBatch; bytes: Buffer }
  | { ok: false; reason: UnreadableReason; detail: string; stack: string };

/** Takes a job of the `lines` queue apart, or says why this release cannot read it. Never throws. */
export function readLineBatch(data: unknown): Intake {
  const version = (data as { v?: unknown } | null | undefined)?.v;
  if (version !== CONTRACT_VERSION) {
    const told = typeof version === 'number' || typeof version === 'string' ? String(version).slice(0, 20) : 'absent';
    return unreadable('version', `contract version ${told}; this release knows ${CONTRACT_VERSION}`);
  }
  const parsed = lineBatchSchema.safeParse(data);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    // Names of properties stand in it, and a job may hold any.
    const detail = `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? ''}`;
    return unreadable('invalid', detail.slice(0, 500));
  }
  const batch = parsed.data;
  let bytes: Buffer;
  try {
    bytes = unpackBytes(batch);
  } catch (error) {
    const { message, stack } = asError(error);
    return unreadable('payload', message, stack);
  }
  const lines = countLines(bytes, batch.lineCount);
  if (lines !== batch.lineCount)
    return unreadable('line_count', `says ${batch.lineCount} lines but its payload holds ${lines}`);
  return { ok: true, batch, bytes };
}

function unreadable(reason: UnreadableReason, detail: string, stack = ''): Intake {
  return { ok: false, reason, detail, stack };
}
