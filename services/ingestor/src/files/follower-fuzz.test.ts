import { appendFile, copyFile, rename, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { prepareCheckpointFolder } from '../checkpoint/checkpoint-file.ts';
import { MemoryProducer } from '../testing/memory-producer.ts';
import { TEST_LIMITS, startRun, temporaryFolder, type TestRun } from '../testing/harness.ts';

/** Seed of a failure, to see it again. */
const SEED = process.env['VIGIL_FUZZ_SEED'];
const PATH = process.env['VIGIL_FUZZ_PATH'] ?? '';
/** How often the whole story is told anew; raise it to search longer (VIGIL_FUZZ_RUNS). */
const RUNS = Number(process.env['VIGIL_FUZZ_RUNS'] ?? 60);

type Action =
  | { do: 'append'; lines: string[]; chunk: number }
  | { do: 'read' | 'rotate' | 'copytruncate' | 'restart' | 'crash' }
  | { do: 'queueFails'; times: number; taken: number };

const line = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 60, unit: 'grapheme-ascii' }) },
  { weight: 2, arbitrary: fc.constantFrom('', '\r', 'with carriage return\r', 'nul \0 inside', 'same line') },
  { weight: 1, arbitrary: fc.integer({ min: 121, max: 600 }).map((length) => `${length}${'L'.repeat(length)}`) },
);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      lines: fc.array(line, { minLength: 1, maxLength: 12 }),
      chunk: fc.integer({ min: 1, max: 200 }),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'read' as const }) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      { do: 'rotate' as const },
      { do: 'copytruncate' as const },
      { do: 'restart' as const },
      { do: 'crash' as const },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('queueFails' as const),
      times: fc.integer({ min: 1, max: 2 }),
      taken: fc.integer({ min: 0, max: 3 }),
    }),
  },
);

/** Writes a log as a server and logrotate do, and remembers what stands in it. */
class Writer {
  readonly path: string;
  /** Every line that was completed, in order, unique by its number. */
  readonly written: string[] = [];
  rotations = 0;
  #number = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** @param onHalf called between two chunks, where the last line may be unfinished */
  async append(lines: readonly string[], chunk: number, onHalf: () => Promise<void>): Promise<void> {
    const numbered = lines.map((text) => `${this.#number++} ${text}`);
    const bytes = Buffer.from(numbered.map((text) => `${text}\n`).join(''), 'latin1');
    for (let at = 0; at < bytes.length; at += chunk) {
      await appendFile(this.path, bytes.subarray(at, at + chunk));
      if (at === 0) await onHalf();
    }
    this.written.push(...numbered);
  }

  async rotate(): Promise<void> {
    await this.#shift();
    await rename(this.path, `${this.path}.1`).catch(() => undefined);
    await appendFile(this.path, '');
  }

  async copytruncate(): Promise<void> {
    if ((await stat(this.path).catch(() => undefined)) === undefined) return;
    await this.#shift();
    await copyFile(this.path, `${this.path}.1`);
    await truncate(this.path);
  }

  async #shift(): Promise<void> {
    this.rotations += 1;
    for (let n = this.rotations; n >= 1; n -= 1)
      await rename(`${this.path}.${n}`, `${this.path}.${n + 1}`).catch(() => undefined);
  }
}

it(
  'delivers every line once and in order, whatever the writer, logrotate, the queue and SIGKILL do',
  { timeout: 900_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 4, maxLength: 40 }), async (actions) => {
        const { producer, writer } = await tellStory(actions);
        expectExactlyOnce(producer, writer);
        expect(producer.rejected).toBe(writer.written.filter((text) => !fits(text)).length);
      }),
      {
        numRuns: RUNS,
        ...(SEED === undefined ? {} : { seed: Number(SEED), path: PATH }),
        interruptAfterTimeLimit: Number(process.env['VIGIL_FUZZ_MS'] ?? 60_000),
      },
    );
  },
);

async function tellStory(actions: readonly Action[]): Promise<{ producer: MemoryProducer; writer: Writer }> {
  const folder = await temporaryFolder();
  try {
    const path = join(folder.path, 'access.log');
    const checkpointPath = join(folder.path, 'checkpoint', 'c.json');
    await prepareCheckpointFolder(checkpointPath);
    const producer = new MemoryProducer();
    const writer = new Writer(path);
    let nowMs = 1_000;
    const start = (): Promise<TestRun> => startRun({ path, checkpointPath, producer });
    let run = await start();
    await run.readAll(nowMs);
    for (const step of actions) {
      nowMs += 100;
      switch (step.do) {
        case 'append':
          await writer.append(step.lines, step.chunk, () => run.readAll(nowMs));
          break;
        case 'read':
          await run.readAll(nowMs);
          break;
        case 'rotate':
          await writer.rotate();
          break;
        case 'copytruncate':
          // A reader sees a truncation only once it looks; one that was overtaken by new lines of the same length it cannot see.
          await writer.copytruncate();
          await run.readAll(nowMs);
          break;
        case 'restart':
          await run.stop();
          run = await start();
          break;
        case 'crash':
          await run.crash();
          run = await start();
          break;
        case 'queueFails': {
          let times = step.times;
          producer.failAfter = (jobs) => (times-- > 0 ? Math.min(step.taken, jobs) : undefined);
          break;
        }
      }
    }
    await run.readAll(nowMs + 10_000);
    await run.readAll(nowMs + 20_000);
    await run.stop();
    return { producer, writer };
  } finally {
    await folder.dispose();
  }
}

function fits(text: string): boolean {
  return text.length <= TEST_LIMITS.lineBytesMax;
}

function expectExactlyOnce(producer: MemoryProducer, writer: Writer): void {
  const { lines } = producer;
  expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  expect(lines.map(({ text }) => text)).toEqual(writer.written.filter(fits));
  // Batches that came twice came with the same lines, so that whoever remembers ids counts exactly.
  const payloads = new Map<string, string>();
  for (const { id, payload, lineCount } of producer.batches) {
    const content = `${lineCount} ${payload}`;
    expect(payloads.get(id) ?? content).toBe(content);
    payloads.set(id, content);
  }
}
