import { createLineParser, type LineParser } from '@vigil/detection/formats/line-parser';
import type { TimeZone } from '@vigil/detection/formats/time-zone';
import { keepNewest } from '@vigil/shared/collections/keep-newest';
import { W3C_HEADER } from '@vigil/shared/contracts';

/** Sources remembered at most; one that is forgotten has its format detected anew. */
const SOURCES_MAX = 1000;

/** One parser per source, since a source's format is learned from its lines. */
export class SourceParsers {
  readonly #parsers = new Map<string, LineParser>();
  readonly #onBadFormat: (source: string, error: unknown) => void;
  readonly #zone: TimeZone | undefined;

  /** @param zone of times that name none; absent, they are UTC */
  constructor(onBadFormat: (source: string, error: unknown) => void = () => undefined, zone?: TimeZone) {
    this.#onBadFormat = onBadFormat;
    this.#zone = zone;
  }

  /**
   * The lines of a format that cannot be read, which is told of once, are still worth scoring.
   * @param format what the operator set for the source or the log says of its columns, if anything
   */
  of(source: string, format: string | undefined): LineParser {
    const key = `${format ?? ''}\0${source}`;
    let parser = this.#parsers.get(key);
    if (parser !== undefined) return parser;
    try {
      parser = createLineParser(format, this.#zone);
      // One that names columns holds where its batch begins: within it they may change.
      if (format?.startsWith(W3C_HEADER) === true) return parser;
    } catch (error) {
      this.#onBadFormat(source, error);
      parser = createLineParser(undefined, this.#zone);
    }
    this.#parsers.set(key, parser);
    keepNewest(this.#parsers, SOURCES_MAX);
    return parser;
  }
}
