/** What a batch adds to one client's windows, or to those of a login. */
export interface WindowDelta {
  /** The client's address or network (`client-network.ts`), or a login's name (`login-window.ts`). */
  key: string;
  /** One bucket per minute that the batch touches. */
  minutes: readonly Float64Array[];
  /** Slow buckets, which only lines with weak hits fill. */
  periods: readonly Float64Array[];
  /** Whether `walk` of `BatchWindows` needs the history; the store may leave out the others'. */
  wanted: boolean;
}
