const NEWLINE = 0x0a;

/** Whole lines, as bytes and without the last newline. */
export interface LineChunk {
  /** Byte offset of the first line in the (decompressed) input. */
  offset: number;
  bytes: Buffer;
}

/** Most bytes held while a newline is waited for: one endless line must not grow in memory, and all but its beginning is skipped. */
const CHUNK_BYTES_MAX = 4 * 1024 * 1024;

/** Reads an input in chunks that end at a newline; the last one ends where the input does. */
export async function* lineChunks(input: AsyncIterable<Buffer>): AsyncGenerator<LineChunk> {
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  let skipping = false;
  for await (const data of input) {
    let buffer = rest.length === 0 ? data : Buffer.concat([rest, data]);
    if (skipping) {
      const newline = buffer.indexOf(NEWLINE);
      const consumed = newline === -1 ? buffer.length : newline + 1;
      offset += consumed;
      buffer = buffer.subarray(consumed);
      skipping = newline === -1;
    }
    const end = buffer.lastIndexOf(NEWLINE);
    if (end !== -1) {
      yield { offset, bytes: buffer.subarray(0, end) };
      offset += end + 1;
      buffer = buffer.subarray(end + 1);
    } else if (buffer.length > CHUNK_BYTES_MAX) {
      yield { offset, bytes: buffer };
      offset += buffer.length;
      buffer = Buffer.alloc(0);
      skipping = true;
    }
    rest = buffer;
  }
  if (rest.length > 0) yield { offset, bytes: rest };
}
