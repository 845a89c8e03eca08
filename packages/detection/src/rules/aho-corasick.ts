/**
 * Finds many literals in one pass over a text, without regard to ASCII case. Each literal belongs to groups (numbered from 0); a pass
 * gives the set of groups of which at least one literal occurs. The literal U+0080 stands for any character past ASCII, a space for
 * any white space and U+0000 for any other control character.
 */
export class LiteralGate {
  readonly groupWords: number;
  readonly #next: Int32Array;
  readonly #classOf: Uint8Array;
  readonly #classes: number;
  /** Per state: index into `#sets` of the groups that it completes, 0 for none. */
  readonly #output: Int32Array;
  readonly #sets: Uint32Array[];

  constructor(literals: ReadonlyMap<string, readonly number[]>, groups: number) {
    this.groupWords = Math.max(1, Math.ceil(groups / 32));
    this.#classOf = new Uint8Array(256);
    let classes = 1;
    for (const literal of literals.keys()) {
      for (const char of literal) {
        const code = char.charCodeAt(0);
        if (this.#classOf[code] === 0) this.#classOf[code] = classes++;
      }
    }
    for (let code = 65; code <= 90; code += 1) this.#classOf[code] = this.#classOf[code + 32] ?? 0;
    // White space has many forms; a detector that waits for a space means any of them.
    for (const code of [9, 10, 11, 12, 13]) this.#classOf[code] ||= this.#classOf[32] ?? 0;
    for (let code = 1; code < 32; code += 1) this.#classOf[code] ||= this.#classOf[0] ?? 0;
    for (let code = 0x81; code < 256; code += 1) this.#classOf[code] = this.#classOf[0x80] ?? 0;
    this.#classes = classes;
    const children: Map<number, number>[] = [new Map()];
    const own: Set<number>[] = [new Set()];
    for (const [literal, members] of literals) {
      let state = 0;
      for (const char of literal) {
        const at = this.#classOf[char.charCodeAt(0)] ?? 0;
        let child = children[state]?.get(at);
        if (child === undefined) {
          child = children.length;
          children.push(new Map());
          own.push(new Set());
          children[state]?.set(at, child);
        }
        state = child;
      }
      for (const member of members) own[state]?.add(member);
    }
    this.#next = new Int32Array(children.length * classes);
    const fail = new Int32Array(children.length);
    const order: number[] = [];
    for (const [at, child] of children[0] ?? []) {
      this.#next[at] = child;
      order.push(child);
    }
    for (let index = 0; index < order.length; index += 1) {
      const state = order[index] ?? 0;
      const back = fail[state] ?? 0;
      for (const member of own[back] ?? []) own[state]?.add(member);
      for (let at = 0; at < classes; at += 1) {
        const child = children[state]?.get(at);
        const fallback = this.#next[back * classes + at] ?? 0;
        if (child === undefined) {
          this.#next[state * classes + at] = fallback;
        } else {
          this.#next[state * classes + at] = child;
          fail[child] = fallback;
          order.push(child);
        }
      }
    }
    this.#sets = [new Uint32Array(this.groupWords)];
    this.#output = new Int32Array(children.length);
    for (const [state, members] of own.entries()) {
      if (members.size === 0) continue;
      const set = new Uint32Array(this.groupWords);
      for (const member of members) set[member >>> 5] = (set[member >>> 5] ?? 0) | (1 << (member & 31));
      this.#output[state] = this.#sets.push(set) - 1;
    }
  }

  /** Adds to `into` (of `groupWords` words) the groups whose literals occur in the text; says whether there was any. */
  scan(text: string, into: Uint32Array): boolean {
    const next = this.#next;
    const classOf = this.#classOf;
    const classes = this.#classes;
    const output = this.#output;
    let state = 0;
    let any = false;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      state = next[state * classes + (classOf[code < 256 ? code : 0x80] as number)] as number;
      const index = output[state] as number;
      if (index === 0) continue;
      any = true;
      const set = this.#sets[index] as Uint32Array;
      for (let word = 0; word < set.length; word += 1) into[word] = (into[word] as number) | (set[word] as number);
    }
    return any;
  }

  /**
   * Whether a text, as logged, needs no decoding and holds no literal: then no rule can match in it.
   * `marks` are the classes of `views/mixed-run.ts`; what stands before `from` is known to be harmless.
   */
  isPlain(text: string, marks: Uint8Array, mixedRunMin: number, from = 0): boolean {
    const next = this.#next;
    const classOf = this.#classOf;
    const classes = this.#classes;
    const output = this.#output;
    let state = 0;
    let run = 0;
    let seen = 0;
    for (let at = from; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > 255) return false;
      const mark = marks[code] as number;
      if (mark === 1) return false;
      if (mark === 0) {
        run = 0;
        seen = 0;
      } else {
        run += 1;
        seen |= mark;
        if (run >= mixedRunMin && (seen & 12) === 12) return false;
      }
      state = next[state * classes + (classOf[code] as number)] as number;
      if (output[state] !== 0) return false;
    }
    return true;
  }
}
