/** What the command line asks of a section; undefined where its own default holds. */
export interface SectionOptions {
  lines: number | undefined;
  scorers: number | undefined;
  runs: number | undefined;
  /** Parts of a section to run, where it has several; all by default. */
  only: readonly string[];
  /** Temporary; removed after the run. */
  folder: string;
  /** Whether plots are written, as the text is. */
  write: boolean;
}

/** One part of `bench/RESULTS.md`, measured by one command. */
export interface Section {
  /** Its heading in the results. */
  heading: string;
  /** Measures and returns the text below the heading: Markdown without the line that says how and where. */
  run(options: SectionOptions): Promise<string>;
}
