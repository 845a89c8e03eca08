import { buildAutomaton } from './automaton.ts';
import { emptyBits, setBit } from './bit-set.ts';
import { CASED, DIGIT, ENCODED, hasMixedRun, MARKS, ODD } from '../views/char-marks.ts';
import { codeAt, textOf, type Chars } from '../text/chars.ts';
import { percentDecode } from '../views/percent.ts';

/** What must occur in a text for a unit to be worth running: one literal of each clause. One clause is the usual case. */
export type GateClauses = readonly (readonly string[])[];

const SPACE = 0x20;
const AMPERSAND = 0x26;
const PLUS = 0x2b;
const EQUALS = 0x3d;

/** Mark of what parts the names and values of a query, here alone. */
export const DELIMITER = 32;
/** No marks: something may open. */
export const LOUD = -1;
/** Codes from here on are marked as encoded or a delimiter. */
const SPECIAL = ENCODED << 8;

/** A unit that sees one parameter at a time, and one that sees whole queries. */
const WITHIN = 1;
const ACROSS = 2;

/** Words of what an output means, a cache line for two of them, and the offsets of its parts. */
const MEANING_WORDS = 8;
const ALONE = 1;
const FIRSTS = 2;
const SECONDS = 4;

/** Pairs of clauses that `marksIfQuiet` follows, in two words; units beyond are taken to open by their first clause, which is right and slower. */
export const PAIRS_MAX = 64;

/**
 * Stand-ins in literals and the code units that they mean, each by its class's first: control characters, tabs, line breaks, a space,
 * anything past ASCII.
 */
const STAND_INS: readonly (readonly [string, readonly string[]])[] = [
  ['<space>', ['\0', '\t', '\n', ' ']],
  ['<control>', ['\0', '\t', '\n']],
  ['<break>', ['\n']],
  ['<non-ascii>', ['\u0080']],
];

/**
 * Literals that any number of gates look for, found in one pass over a text without regard to ASCII case (Aho and Corasick, 1975). One
 * table for all gates: what a processor's caches hold of it is worth more than gates that know nothing of each other's literals.
 * Literals may hold stand-ins: `<space>` for any white space or control character, `<control>` for any but a space, `<break>` for a
 * line break, `<non-ascii>` for anything past ASCII.
 */
export class LiteralTable {
  /** Per code unit: its class, and its mark times 256. */
  readonly codes: Uint16Array;
  readonly classes: number;
  /** Per state and class: the next state, or its complement where that completes literals. */
  readonly next: Int16Array | Int32Array;
  /** Per state: index into `completed`, 0 where it completes nothing. */
  readonly output: Int32Array;
  /** Literals that states complete, without stand-ins. */
  readonly completed: readonly (readonly string[])[];

  constructor(literals: Iterable<string>) {
    const texts = new Set([...literals].flatMap(expand));
    const classOf = classesOf(texts);
    this.codes = Uint16Array.from(classOf, (own, code) => own | ((MARKS[code] as number) << 8));
    for (const code of [AMPERSAND, EQUALS]) this.codes[code] = (this.codes[code] as number) | (DELIMITER << 8);
    this.classes = Math.max(...classOf) + 1;
    const { next, output, completed } = buildAutomaton(texts, classOf, this.classes);
    this.next = next;
    this.output = output;
    this.completed = completed;
  }

  /** Whether any of the literals is in a text. */
  occursIn(text: string): boolean {
    const { next, codes, classes } = this;
    let state = 0;
    for (let at = 0; at < text.length && state >= 0; at += 1) {
      const code = text.charCodeAt(at);
      state = next[state * classes + ((codes[code < 256 ? code : 0x80] as number) & 0xff)] as number;
    }
    return state < 0;
  }
}

/** Tells which units have a literal of each of their clauses in a text. */
export class LiteralGate {
  /** Words of the bit set that `scan` fills, one bit per unit. */
  readonly unitWords: number;
  readonly #table: LiteralTable;
  /**
   * Bits of units of whose first clauses an output of the table completes a literal, and `unitWords` later of those of whose second ones: by turns
   * a word's place and what it adds, from `starts[output]` to `starts[output + 1]`. Most literals are those of one rule.
   */
  readonly #opened: Int32Array;
  readonly #starts: Int32Array;
  /** Units with one clause. */
  readonly #single: Uint32Array;
  /**
   * What `marksIfQuiet` needs to know of an output, `MEANING_WORDS` for each: whether it means anything; `ALONE` not 0 where it opens a unit
   * that has no second clause, or one beyond those that have bits for their clauses, `ACROSS` where one of those reaches across
   * parameters; then the first and the second clauses that it completes, one bit per pair, two words each.
   */
  readonly #meanings: Int32Array;
  /** Pairs that reach across parameters. */
  readonly #across: readonly [low: number, high: number];
  /** What `scan` has found: words of first clauses, then of second ones. */
  readonly #found: Int32Array;
  readonly #scratch: Uint32Array;

  /**
   * @param table holds every literal of the units
   * @param units per unit its clauses, at most two; a unit without literals never opens
   * @param reachesAcross whether a unit reads whole queries; one that does not must have both clauses met within one parameter
   */
  constructor(table: LiteralTable, units: readonly GateClauses[], reachesAcross: (unit: number) => boolean) {
    this.#table = table;
    this.#scratch = emptyBits(units.length);
    this.unitWords = this.#scratch.length;
    /** Behind those of units, where the second clauses begin. */
    const behind = this.unitWords * 32;
    const groupsOf = new Map<string, number[]>();
    const add = (literals: readonly string[], group: number) => {
      for (const text of literals.flatMap(expand)) {
        const groups = groupsOf.get(text);
        if (groups === undefined) groupsOf.set(text, [group]);
        else groups.push(group);
      }
    };
    const pairs: number[] = [];
    this.#single = emptyBits(units.length);
    for (const [unit, [first = [], second]] of units.entries()) {
      add(first, unit);
      if (second === undefined) {
        setBit(this.#single, unit);
        continue;
      }
      pairs.push(unit);
      add(second, behind + unit);
    }
    this.#found = new Int32Array(2 * this.unitWords);
    const bitOf = new Map(pairs.slice(0, PAIRS_MAX).map((unit, bit) => [unit, bit]));
    const wordsOf = (unitsOfPairs: readonly number[]): [low: number, high: number] => {
      const words: [low: number, high: number] = [0, 0];
      for (const unit of unitsOfPairs) {
        const bit = bitOf.get(unit);
        if (bit !== undefined) words[bit < 32 ? 0 : 1] |= 1 << (bit & 31);
      }
      return words;
    };
    const aloneOf = (opened: readonly number[]): number =>
      opened.length === 0 ? 0 : opened.some(reachesAcross) ? ACROSS : WITHIN;
    const perOutput = table.completed.map((literals) => {
      const own = literals.flatMap((literal) => groupsOf.get(literal) ?? []);
      if (own.length === 0) return undefined;
      const words = new Map<number, number>();
      for (const group of own) words.set(group >>> 5, (words.get(group >>> 5) ?? 0) | (1 << (group & 31)));
      return {
        words,
        alone: aloneOf(own.filter((group) => group < units.length && !bitOf.has(group))),
        firsts: wordsOf(own),
        seconds: wordsOf(own.map((group) => group - behind)),
      };
    });
    const opened: number[] = [];
    this.#starts = Int32Array.from([...perOutput, undefined], (output) => {
      const start = opened.length;
      for (const [word, bits] of output?.words ?? []) opened.push(word, bits);
      return start;
    });
    this.#opened = Int32Array.from(opened);
    this.#meanings = new Int32Array(perOutput.length * MEANING_WORDS);
    for (const [index, output] of perOutput.entries()) {
      if (output === undefined) continue;
      const words = [output.alone, ...output.firsts, ...output.seconds];
      this.#meanings.set([words.some((word) => word !== 0) ? 1 : 0, ...words], index * MEANING_WORDS);
    }
    this.#across = wordsOf(pairs.filter(reachesAcross));
  }

  /** Whether any unit opens. */
  opens(text: string): boolean {
    return this.scan(text, this.#scratch);
  }

  /** Fills `into` (of `unitWords` words) with the units that open; says whether there is any. */
  scan(text: string, into: Uint32Array): boolean {
    const { next, codes, classes, output } = this.#table;
    const opened = this.#opened;
    const starts = this.#starts;
    const found = this.#found.fill(0);
    let state = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      state = next[state * classes + ((codes[code < 256 ? code : 0x80] as number) & 0xff)] as number;
      if (state >= 0) continue;
      state = ~state;
      const index = output[state] as number;
      const end = starts[index + 1] as number;
      for (let entry = starts[index] as number; entry < end; entry += 2) {
        const word = opened[entry] as number;
        found[word] = (found[word] as number) | (opened[entry + 1] as number);
      }
    }
    let open = 0;
    for (let word = 0; word < this.unitWords; word += 1) {
      const second = (found[this.unitWords + word] as number) | (this.#single[word] as number);
      open |= into[word] = (found[word] as number) & second;
    }
    return open !== 0;
  }

  /**
   * The marks of all characters of chars[from, to), or `LOUD` where a unit opens in the text as logged or in anything that decoding makes
   * of it. What may be more than plain percent encoding of plain characters is not looked into: the answer is then `LOUD`.
   * @param isQuery the text is parameters, of which units that do not reach across see one at a time, and a plus is a space
   */
  marksIfQuiet(chars: Chars, from: number, to: number, isQuery: boolean): number {
    const { next, codes, classes, output } = this.#table;
    const meanings = this.#meanings;
    const [across, moreAcross] = this.#across;
    let state = 0;
    /** All marks, and the clauses of pairs that were met. */
    let seen = 0;
    let firsts = 0;
    let seconds = 0;
    let moreFirsts = 0;
    let moreSeconds = 0;
    let inName = isQuery;
    for (let at = from; at < to; at += 1) {
      let code = codeAt(chars, at);
      let entry = code < 256 ? (codes[code] as number) : ODD << 8;
      let ends = false;
      if (entry >= SPECIAL) {
        if (entry >> 8 === ENCODED) {
          seen |= ENCODED;
          // In a path a plus may be either itself or a space.
          if (code === PLUS) code = isQuery ? SPACE : -1;
          else {
            code = at + 2 < to ? hexByte(chars, at + 1) : -1;
            at += 2;
          }
          // An encoded ampersand is part of a value, while this takes each for the end of one.
          if (code < SPACE || code === AMPERSAND) return LOUD;
          entry = codes[code] as number;
          if (code === SPACE) entry &= 0xff;
          else if (entry >> 8 === ENCODED) return LOUD;
        } else if (code === AMPERSAND || inName) {
          if (!isQuery) return LOUD;
          ends = true;
          inName = code === AMPERSAND;
        }
      }
      seen |= entry >> 8;
      state = next[state * classes + (entry & 0xff)] as number;
      if (state < 0) {
        state = ~state;
        const meaning = (output[state] as number) * MEANING_WORDS;
        if (meanings[meaning] !== 0) {
          // What parts names and values is seen by those alone that see the whole query.
          if ((meanings[meaning + ALONE] as number) > (ends ? WITHIN : 0)) return LOUD;
          const seeing = ends ? across : -1;
          const moreSeeing = ends ? moreAcross : -1;
          firsts |= (meanings[meaning + FIRSTS] as number) & seeing;
          moreFirsts |= (meanings[meaning + FIRSTS + 1] as number) & moreSeeing;
          seconds |= (meanings[meaning + SECONDS] as number) & seeing;
          moreSeconds |= (meanings[meaning + SECONDS + 1] as number) & moreSeeing;
        }
      }
      if (!ends) continue;
      if (((firsts & seconds) | (moreFirsts & moreSeconds)) !== 0) return LOUD;
      firsts &= across;
      seconds &= across;
      moreFirsts &= moreAcross;
      moreSeconds &= moreAcross;
    }
    if ((seen & ODD) !== 0 || ((firsts & seconds) | (moreFirsts & moreSeconds)) !== 0) return LOUD;
    return (seen & CASED) === CASED && hasMixedRun(percentDecode(textOf(chars, from, to))) ? LOUD : seen;
  }
}

/** All literals that a literal with stand-ins stands for. */
function expand(literal: string): string[] {
  for (const [name, meanings] of STAND_INS) {
    const at = literal.indexOf(name);
    if (at === -1) continue;
    return meanings.flatMap((meaning) => expand(literal.slice(0, at) + meaning + literal.slice(at + name.length)));
  }
  return [literal];
}

/** Numbers the code units that literals hold, from 1; those that no literal tells apart share a number, the others have 0. */
function classesOf(literals: Iterable<string>): Uint8Array {
  const classOf = new Uint8Array(256);
  const uses = new Uint32Array(256);
  for (const literal of literals) for (const char of literal) uses[char.charCodeAt(0)]! += 1;
  const used = [...uses.keys()].filter((code) => uses[code]! > 0);
  // Those that literals have most of side by side, so that a state's transitions for them share a cache line.
  for (const [index, code] of used.toSorted((a, b) => uses[b]! - uses[a]!).entries()) classOf[code] = index + 1;
  const same = (of: number, codes: readonly number[]) => {
    for (const code of codes) classOf[code] = classOf[of] ?? 0;
  };
  for (let code = 65; code <= 90; code += 1) classOf[code] = classOf[code + 32] ?? 0;
  for (let code = 1; code < 32; code += 1) if (code < 9 || code > 13) same(0, [code]);
  same(9, [11, 12]);
  same(10, [13]);
  for (let code = 0x81; code < 256; code += 1) same(0x80, [code]);
  return classOf;
}

/** Byte of two hexadecimal digits, or a negative number. */
function hexByte(chars: Chars, at: number): number {
  const high = hexDigit(codeAt(chars, at));
  const low = hexDigit(codeAt(chars, at + 1));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(code: number): number {
  const mark = code < 128 ? (MARKS[code] as number) : 0;
  if (mark === DIGIT) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
