import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Logger } from '@vigil/shared/logging/logger';
import type { CutLimits } from '../lines/cut-lines.ts';
import type { PreparedBatch } from '../pipeline.ts';
import type { Source, SourceState } from '../source.ts';
import { Content } from './content.ts';
import { StreamBytes } from './stream-bytes.ts';

/**
 * Reads a stream to its end. What was read cannot be read again, so a crash loses the batches that were under way, and the lines'
 * ids hold for one run only.
 */
export class StdinSource implements Source {
  readonly name = 'stdin';
  readonly #content: Content;
  readonly #emit: (batch: PreparedBatch) => void;
  readonly #log: Logger;
  #state: SourceState = { state: 'following', reason: '' };

  constructor(
    stream: Readable,
    options: {
      limits: CutLimits;
      format: string | undefined;
      emit: (batch: PreparedBatch) => void;
      onReadable: () => void;
      log: Logger;
    },
  ) {
    const { limits, format, emit, onReadable, log } = options;
    const fingerprint = `r-${randomBytes(16).toString('hex')}`;
    const bytes = new StreamBytes(stream, { waits: false, onReadable });
    this.#content = new Content(bytes, { source: this.name, kind: 'stdin', fingerprint, format }, limits);
    this.#emit = emit;
    this.#log = log;
  }

  get state(): SourceState {
    return this.#state;
  }

  get isGone(): boolean {
    return false;
  }

  async isOutdated(): Promise<boolean> {
    return false;
  }

  async step(): Promise<boolean> {
    if (this.#state.state === 'done') return false;
    const step = await this.#content.step(false);
    step.batches.forEach(this.#emit);
    if (step.behind === 'final') this.#end();
    return step.behind === 'more';
  }

  /** What was to write for ever may have died: nobody is to wait for alerts of a log that is not read any more. */
  #end(): void {
    const reason = 'standard input has ended, and no more comes from it; start again once what writes to it runs again';
    this.#state = { state: 'done', reason };
    this.#log.warn({ path: this.name, ...this.#state }, 'source state');
  }

  async lagBytes(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    await this.#content.close();
  }
}
