import { createLineParser, type LineParser } from '@vigil/detection/formats/line-parser';
import { W3C_HEADER } from '@vigil/detection/formats/w3c-log';
import { keepNewest } from '@vigil/shared/collections/keep-newest';

/** Sources remembered at most; one that is forgotten has its format detected anew. */
const SOURCES_MAX = 1000;

/** One parser per source, since a source's format is learned from its lines. */
export class SourceParsers {
  readonly #parsers = new Map<string, LineParser>();
  readonly #onBadFormat: (source: string, error: unknown) => void;

  constructor(onBadFormat: (source: string, error: unknown) => void = () => undefined) {
    this.#onBadFormat = onBadFormat;
  }

  /** @param format what the operator set for the source or the log says of its columns, if anything */
  of(source: string, format: string | undefined): LineParser {
    // One that names columns holds where its batch begins: within it they may change.
    if (format?.startsWith(W3C_HEADER) === true) return this.#create(source, format);
    const key = `${format ?? ''}\0${source}`;
    const known = this.#parsers.get(key);
    if (known !== undefined) return known;
    const parser = this.#create(source, format);
    this.#parsers.set(key, parser);
    keepNewest(this.#parsers, SOURCES_MAX);
    return parser;
  }

  /** A format that cannot be read is the operator's mistake; the lines are still worth scoring. */
  #create(source: string, format: string | undefined): LineParser {
    try {
      return createLineParser(format);
    } catch (error) {
      this.#onBadFormat(source, error);
      return createLineParser();
    }
  }
}
