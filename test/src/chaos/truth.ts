import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';
import { WINDOW_RULES } from '@vigil/detection/windows/behaviour';

const CLI = resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');

export interface Truth {
  /** All events that must exist, by id; `byWindow`: what the address did before adds to the score. */
  events: Map<string, { score: number; severity: string; byWindow: boolean }>;
  lines: number;
  rejected: number;
}

/** What `vigil scan` says of the files, without any server: the same ids as the pipeline's. */
export async function scanTruth(files: readonly string[], source: string): Promise<Truth> {
  const truth: Truth = { events: new Map(), lines: 0, rejected: 0 };
  const args = [CLI, 'scan', '--output', 'ndjson', '--source', source, ...files];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as ScannedLine;
    truth.lines += 1;
    if (line.rejected !== undefined) truth.rejected += 1;
    else if (line.severity !== 'LOW') truth.events.set(line.id, truthOf(line));
  }
  if ((await ended) !== 0) throw new Error(`vigil scan failed: ${errors}`);
  return truth;
}

interface ScannedLine {
  id: string;
  rejected?: string;
  score: number;
  severity: string;
  matched_rules: string[];
}

function truthOf({ score, severity, matched_rules }: ScannedLine) {
  return { score, severity, byWindow: WINDOW_RULES.some((rule) => matched_rules.includes(rule)) };
}
