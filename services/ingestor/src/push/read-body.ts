import type { IncomingMessage } from 'node:http';
import { createGunzip } from 'node:zlib';
import { invalidRequest, ProblemError } from '@vigil/shared/http/problem';

/** What one push holds of the budget, from its first byte until the queue has it. */
export interface BodyShare {
  /** @returns whether there was room */
  take(bytes: number): boolean;
  release(): void;
}

/** Bytes of all bodies under way, bounded together. */
export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  share(): BodyShare {
    let held = 0;
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#bytesMax) return false;
        this.#bytes += bytes;
        held += bytes;
        return true;
      },
      release: () => {
        this.#bytes -= held;
        held = 0;
      },
    };
  }
}

/**
 * Collects a body, decompressed where it is gzip, and stops at the bound: a small body that unpacks to gigabytes costs no more
 * than the bound.
 * @param share released by the caller, whatever happens
 * @throws ProblemError 413 (too large), 415 (unknown encoding), 422 (damaged gzip), 503 (too many bodies at once)
 */
export async function readBody(payload: IncomingMessage, bytesMax: number, share: BodyShare): Promise<Buffer> {
  const encoding = payload.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    const detail = 'Send the body as it is or with Content-Encoding: gzip.';
    throw new ProblemError({ status: 415, title: 'Encoding not supported', detail });
  }
  const parts: Buffer[] = [];
  let taken = 0;
  const stream = encoding === 'gzip' ? payload.pipe(createGunzip()) : payload;
  // An aborted request must end the wait for its decompressed rest, too.
  const abort = (): void => void stream.destroy(new Error('the request was aborted'));
  payload.once('error', abort).once('aborted', abort);
  try {
    for await (const part of stream as AsyncIterable<Buffer>) {
      if (taken + part.length > bytesMax) throw tooLarge(bytesMax);
      if (!share.take(part.length)) throw tooBusy();
      taken += part.length;
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw invalidRequest('The body could not be read to its end.');
  }
}

function tooLarge(bytesMax: number): ProblemError {
  const detail = `At most ${bytesMax} bytes are taken at once, after decompression; split the batch.`;
  return new ProblemError({ status: 413, title: 'Body too large', detail, bytes_max: bytesMax });
}

function tooBusy(): ProblemError {
  const detail = 'Too many pushes are under way; send this one again.';
  return new ProblemError({ status: 503, title: 'Busy', detail, retry_after_seconds: 1 }, { 'retry-after': '1' });
}
