import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { resolve } from 'node:path';

const CLI = resolve(import.meta.dirname, '../../../packages/cli/src/main.ts');

export interface Truth {
  /** Ids of all events that must exist, each with its score and severity. */
  events: Map<string, { score: number; severity: string }>;
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
    const line = JSON.parse(text) as { id: string; rejected?: string; score: number; severity: string };
    truth.lines += 1;
    if (line.rejected !== undefined) truth.rejected += 1;
    else if (line.severity !== 'LOW') truth.events.set(line.id, { score: line.score, severity: line.severity });
  }
  if ((await ended) !== 0) throw new Error(`vigil scan failed: ${errors}`);
  return truth;
}
