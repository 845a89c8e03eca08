/**
 * What an expression may cost on the worst text, worked out from its structure. A backtracking matcher tries every way in which the
 * parts before the place at hand can have matched, so what counts is how many ways there are: where a quantified part may end in many
 * places, and whether what follows tells them apart.
 */

/** Characters of ASCII, one bit each, one for white space beyond it, and one for all others. */
type CharSet = bigint;
/** What a match begins with, character by character, as far as that is fixed. */
type Beginning = readonly CharSet[];

interface Part {
  beginning: Beginning;
  /** Every match has just the length of `beginning`. */
  isFixed: boolean;
  isNullable: boolean;
  /** How it could have gone on where it has ended. */
  more: readonly More[];
  /** Ways in which it may have matched up to a place, of which nothing that follows can tell the right one. */
  ways: number;
  /** Steps of trying all of it, from one place of the text. */
  steps: number;
}

/** A way to go on, and in how many places the part may have ended instead. */
interface More {
  beginning: Beginning;
  ends: number;
}

/** What begins alike in so many characters is taken to be alike. */
const BEGINNING_MAX = 16;
const EMPTY: Part = { beginning: [], isFixed: true, isNullable: true, more: [], ways: 1, steps: 0 };
/** Some of those beyond ASCII that classes such as `\s` and `.` tell apart: white space, and others. */
const OTHERS = [
  ['\u00a0', '\u2028'],
  ['\u0080', '\u00e9', '\u4e2d'],
];
/** What names characters beyond ASCII: which, makes no difference here. */
const NAMES_OTHERS = /[^\x00-\x7f]|\\u|\\x[89a-f]/i;

/**
 * Upper bound, but for a small factor, on the steps that matching takes from one place of any text; times the text's length it bounds
 * the whole.
 * @param source a valid regular expression without back-references, matched without regard to case
 */
export function stepsFromOnePlace(source: string): number {
  return new Reader(source).alternatives().steps;
}

/** Reads an expression from left to right into what it costs. */
class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  alternatives(): Part {
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    return anyOf(parts);
  }

  #sequence(): Part {
    let sequence = EMPTY;
    while (this.#at < this.#source.length && !'|)'.includes(this.#source[this.#at]!))
      sequence = inOrder(sequence, this.#quantified());
    return sequence;
  }

  #quantified(): Part {
    const part = this.#atom();
    const found = this.#match(/(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/y);
    if (found === null) return part;
    const [, sign, least = '0', comma, most] = found;
    if (sign !== undefined) return repeated(part, sign === '+' ? 1 : 0, sign === '?' ? 1 : Number.POSITIVE_INFINITY);
    const from = Number(least);
    return repeated(part, from, comma === '' ? from : most === '' ? Number.POSITIVE_INFINITY : Number(most));
  }

  #atom(): Part {
    if (this.#match(/[$^]|\\[bB]/y) !== null) return EMPTY;
    const group = this.#match(/\((\?(?:<?[=!]|<[^>=!][^>]*>|[a-z-]*:))?/y);
    if (group === null)
      return character(this.#match(/\[(?:[^\]\\]|\\[^])*\]|\\(?:u[\da-f]{4}|x[\da-f]{2}|c[a-z]|[^])|[^]/iy)![0]);
    const inner = this.alternatives();
    this.#at += 1;
    // Once it has looked around, the matcher does not come back to try another way.
    return /^\?<?[=!]/.test(group[1] ?? '') ? { ...EMPTY, steps: inner.steps } : inner;
  }

  #takes(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** @param expression sticky */
  #match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#source);
    this.#at += found?.[0].length ?? 0;
    return found;
  }
}

function inOrder(before: Part, after: Part): Part {
  const untold = endsThatGoOn(before.more, after.beginning);
  const all = before.more.reduce((sum, { ends }) => sum + ends, 0);
  const common = {
    beginning: before.isFixed ? [...before.beginning, ...after.beginning].slice(0, BEGINNING_MAX) : before.beginning,
    isFixed: before.isFixed && after.isFixed && before.beginning.length + after.beginning.length <= BEGINNING_MAX,
    isNullable: before.isNullable && after.isNullable,
    steps: before.steps + before.ways * (all + Math.max(1, untold) * after.steps),
  };
  if (!after.isNullable) return { ...common, more: after.more, ways: before.ways * Math.max(1, untold) * after.ways };
  // What follows both has to tell where the one and where the other ended.
  const more = after.more.map((one) => ({
    beginning: one.beginning,
    ends: one.ends * Math.max(1, endsThatGoOn(before.more, one.beginning)),
  }));
  return { ...common, more: [...before.more, ...more], ways: before.ways * after.ways };
}

/** Places where a part may have ended although what comes next could belong to it as well. */
function endsThatGoOn(more: readonly More[], next: Beginning): number {
  return more.reduce((sum, { beginning, ends }) => (areAlike(beginning, next) ? sum + ends : sum), 0);
}

function anyOf(parts: readonly Part[]): Part {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const alike = parts.filter((part) =>
    parts.some((other) => other !== part && areAlike(part.beginning, other.beginning)),
  );
  const fixed = Math.min(...parts.map((part) => part.beginning.length));
  return {
    beginning: Array.from({ length: fixed }, (_, at) => parts.reduce((set, part) => set | part.beginning[at]!, 0n)),
    isFixed: parts.every((part) => part.isFixed && part.beginning.length === fixed),
    isNullable: parts.some((part) => part.isNullable),
    more: parts.flatMap((part) => part.more),
    ways: Math.max(
      alike.reduce((sum, part) => sum + part.ways, 0),
      ...parts.map((part) => part.ways),
    ),
    steps: parts.reduce((sum, part) => sum + part.steps, 0),
  };
}

function repeated(part: Part, least: number, most: number): Part {
  if (most === 0) return EMPTY;
  const waysOfOne = part.ways * (most === 1 ? 1 : Math.max(1, endsThatGoOn(part.more, part.beginning)));
  const ways = waysOfOne === 1 ? 1 : waysOfOne ** most;
  const beginning = Array.from({ length: part.isFixed ? least : Math.min(least, 1) }, () => part.beginning).flat();
  const again = { beginning: part.beginning, ends: most - least + 1 };
  return {
    beginning: beginning.slice(0, BEGINNING_MAX),
    isFixed: part.isFixed && least === most && beginning.length <= BEGINNING_MAX,
    isNullable: least === 0 || part.isNullable,
    more: [...part.more.map((more) => ({ ...more, ends: more.ends * most })), ...(most > least ? [again] : [])],
    ways,
    steps: ways * most * part.steps,
  };
}

/** Whether a text may begin in both ways. */
function areAlike(one: Beginning, other: Beginning): boolean {
  for (let at = 0; at < one.length && at < other.length; at += 1) if ((one[at]! & other[at]!) === 0n) return false;
  return true;
}

const CHARACTERS = new Map<string, Part>();

function character(atom: string): Part {
  let known = CHARACTERS.get(atom);
  if (known === undefined) {
    known = { ...EMPTY, beginning: [setOf(atom)], isNullable: false, steps: 1 };
    CHARACTERS.set(atom, known);
  }
  return known;
}

function setOf(atom: string): CharSet {
  const expression = new RegExp(`^${atom}$`, 'i');
  let set = 0n;
  for (const [place, others] of OTHERS.entries())
    if (NAMES_OTHERS.test(atom) || others.some((other) => expression.test(other))) set |= 1n << BigInt(128 + place);
  for (let code = 0; code < 128; code += 1) if (expression.test(String.fromCharCode(code))) set |= 1n << BigInt(code);
  return set;
}
