export interface SourceState {
  /**
   * `waiting`: not there yet or between two files; `unreadable`: permission or I/O; `duplicate`: another source reads this file;
   * `done`: read to its end, or to where it is damaged, for good.
   */
  state: 'following' | 'waiting' | 'unreadable' | 'not_a_file' | 'duplicate' | 'done';
  reason: string;
}

/** Something that lines are read from, a step at a time, by whoever has room for batches. */
export interface Source {
  /** Path, or `stdin`. */
  readonly name: string;
  readonly state: SourceState;
  /**
   * Looks for news and reads at most one window.
   * @param nowMs by a clock that is never set back
   * @returns whether there is more to read at once
   */
  step(nowMs: number): Promise<boolean>;
  /** Nothing is there and nothing under way. Whoever comes back to its path is read as after a start. */
  readonly isGone: boolean;
  /** It is done, and what stands at its path is not what it has read: to be opened anew. */
  isOutdated(): Promise<boolean>;
  /** Bytes that are there and that the queue has not accepted yet. */
  lagBytes(): Promise<number>;
  close(): Promise<void>;
}
