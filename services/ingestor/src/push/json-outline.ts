const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Within the outermost object and its lists. */
const LINES_DEPTH = 2;

/** Bounds of what a JSON document holds outside of its strings. */
export interface OutlineBounds {
  /** Members of the outermost object. */
  membersMax: number;
  /** Members of the lists and objects in it, together. */
  linesMax: number;
  /** Commas and brackets further down. */
  innerMax: number;
}

/**
 * Which bound a document exceeds, told without parsing it: a megabyte of brackets or members takes half a second to parse, in which nobody
 * else is served, and is sent as a kilobyte of gzip. What is no JSON is left to the parser.
 */
export function exceededBound(json: Buffer, bounds: OutlineBounds): keyof OutlineBounds | undefined {
  let depth = 0;
  let members = 1;
  let lines = 1;
  let inner = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]!;
    if (byte === QUOTE) {
      at = stringEnd(json, at);
      continue;
    }
    if (byte === CLOSE_BRACKET || byte === CLOSE_BRACE) {
      depth -= 1;
      continue;
    }
    const opens = byte === OPEN_BRACKET || byte === OPEN_BRACE;
    if (!opens && byte !== COMMA) continue;
    if (depth > LINES_DEPTH || (opens && depth === LINES_DEPTH)) inner += 1;
    else if (byte === COMMA && depth === LINES_DEPTH) lines += 1;
    else if (byte === COMMA && depth < LINES_DEPTH) members += 1;
    if (opens) depth += 1;
    if (members > bounds.membersMax) return 'membersMax';
    if (lines > bounds.linesMax) return 'linesMax';
    if (inner > bounds.innerMax) return 'innerMax';
  }
  return undefined;
}

/** Place of the quote that ends the string which begins at `start`; the document's length where none does. */
function stringEnd(json: Buffer, start: number): number {
  for (let end = json.indexOf(QUOTE, start + 1); end !== -1; end = json.indexOf(QUOTE, end + 1)) {
    let before = end - 1;
    while (json[before] === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end;
  }
  return json.length;
}
