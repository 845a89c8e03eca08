import { createHash, type Hash } from 'node:crypto';
import { lineChunks } from '../line-chunks.ts';

/** Well below what the ingestor takes in one request. */
const PORTION_LINES = 2_000;
const PORTION_BYTES_MAX = 2 * 1024 * 1024;

/** No ingestor keeps a longer line, but it counts what it is sent of it. */
const LINE_BYTES_MAX = 1024 * 1024;

const NEWLINE = 0x0a;
const NEWLINE_BYTES = Buffer.of(NEWLINE);
const COMMENT = 0x23;

/** Whole lines that are sent as one batch. */
export interface Portion {
  /** Says where in which input the portion begins, and nothing of what stands behind that. */
  id: string;
  /** The lines, each with a newline behind it. */
  bytes: Buffer;
}

/**
 * Cuts an input into portions that are the same however its bytes arrive. Those of an input that has grown since begin with what was
 * in them before and keep their ids, so that each line keeps its place in the batch of this id. An id is made of all that stands before
 * the portion and of its lines up to the first that is no comment: files of one format often begin with the same ones.
 * What an input gave before it failed comes out before its error.
 */
export async function* portions(input: AsyncIterable<Buffer>): AsyncGenerator<Portion> {
  const cutter = new PortionCutter();
  let failure: { error: unknown } | undefined;
  try {
    for await (const { bytes } of lineChunks(input)) yield* cutter.add(bytes);
  } catch (error) {
    failure = { error };
  }
  yield* cutter.rest();
  if (failure !== undefined) throw failure.error;
}

class PortionCutter {
  /** Of all lines so far. */
  readonly #content = createHash('sha256');
  #firstLine = 1;
  #lines: Buffer[] = [];
  #bytes = 0;
  #beginning: Hash | undefined;

  *add(chunk: Buffer): Generator<Portion> {
    for (let at = 0; at <= chunk.length;) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 ? chunk.length : newline;
      const line = chunk.subarray(at, Math.min(end, at + LINE_BYTES_MAX));
      if (this.#lines.length === PORTION_LINES || this.#bytes + line.length >= PORTION_BYTES_MAX) yield* this.rest();
      this.#take(line);
      at = end + 1;
    }
  }

  *rest(): Generator<Portion> {
    if (this.#lines.length === 0) return;
    const beginning = this.#beginning ?? this.#content.copy();
    const bytes = Buffer.concat(this.#lines.flatMap((line) => [line, NEWLINE_BYTES]));
    yield { id: `replay-${this.#firstLine}-${beginning.digest('hex').slice(0, 32)}`, bytes };
    this.#firstLine += this.#lines.length;
    this.#lines = [];
    this.#bytes = 0;
    this.#beginning = undefined;
  }

  #take(line: Buffer): void {
    this.#content.update(line).update(NEWLINE_BYTES);
    this.#lines.push(line);
    this.#bytes += line.length + 1;
    if (line[0] !== COMMENT) this.#beginning ??= this.#content.copy();
  }
}
