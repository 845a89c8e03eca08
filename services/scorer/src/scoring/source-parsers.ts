import { createLineParser, type LineParser } from '@vigil/detection/formats/line-parser';

/** Sources remembered at most; one that is forgotten has its format detected anew. */
const SOURCES_MAX = 1000;

/** One parser per source, since a source's format is learned from its lines. */
export class SourceParsers {
  readonly #parsers = new Map<string, LineParser>();

  /** @param format what the operator set for the source, if anything */
  of(source: string, format: string | undefined): LineParser {
    const key = `${format ?? ''}\0${source}`;
    const known = this.#parsers.get(key);
    if (known !== undefined) return known;
    if (this.#parsers.size >= SOURCES_MAX) {
      for (const oldest of this.#parsers.keys()) {
        this.#parsers.delete(oldest);
        break;
      }
    }
    const parser = createLineParser();
    this.#parsers.set(key, parser);
    return parser;
  }
}
