import { CONTRACT_VERSION, type LineBatch, type RejectedCounts } from '@vigil/shared/contracts';
import { lineBatchId } from '@vigil/shared/lines/ids';
import { packLines } from '@vigil/shared/lines/payload';

export interface BatchOrigin {
  source: string;
  fingerprint: string;
  positions: LineBatch['positions'];
  /** Format that the operator set; detected where undefined. */
  format: string | undefined;
}

const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * The LineBatch of a range.
 * @param bytes of [range.first, range.end); a last newline is left out of the payload
 */
export function toLineBatch(
  origin: BatchOrigin,
  range: { first: number; end: number; lines: number },
  rejected: RejectedCounts,
  bytes: Buffer,
  readAtMs: number,
): LineBatch {
  const terminated = bytes.at(-1) === NEWLINE;
  const joined = range.lines === 0 ? NOTHING : terminated ? bytes.subarray(0, -1) : bytes;
  return {
    v: CONTRACT_VERSION,
    id: lineBatchId(origin.source, origin.fingerprint, range.first, range.end),
    source: origin.source,
    fingerprint: origin.fingerprint,
    positions: origin.positions,
    firstPosition: range.first,
    lineCount: range.lines,
    ...packLines(joined),
    rejected,
    ...(origin.format === undefined ? {} : { format: origin.format }),
    readAtMs,
  };
}
