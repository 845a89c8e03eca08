import { setBit } from './bit-set.ts';

/** See `buildAutomaton`. */
export interface Automaton {
  /** Per state and class: the next state, or its complement where that completes literals. */
  next: Int16Array | Int32Array;
  /** Per state: index into `sets`, 0 where it completes nothing. */
  output: Int32Array;
  /** Members of the literals that a state completes, as bit sets. */
  sets: Uint32Array[];
}

/**
 * The automaton of Aho and Corasick (1975) with all its transitions worked out. States are numbered level by level: those near the
 * root, where ordinary texts stay, then share a few cache lines.
 * @param literals with what each is a member of
 * @param classOf class of each code unit up to 255, below `classes`
 * @param setWords words of the sets
 */
export function buildAutomaton(
  literals: ReadonlyMap<string, readonly number[]>,
  classOf: Uint8Array,
  classes: number,
  setWords: number,
): Automaton {
  type Node = { children: Map<number, Node>; members: Set<number>; fail: Node; number: number };
  const makeNode = (): Node => {
    const node = { children: new Map(), members: new Set<number>(), number: 0 } as unknown as Node;
    node.fail = node;
    return node;
  };
  const root = makeNode();
  for (const [literal, members] of literals) {
    let node = root;
    for (const char of literal) {
      const at = classOf[char.charCodeAt(0)] ?? 0;
      const child = node.children.get(at) ?? makeNode();
      node.children.set(at, child);
      node = child;
    }
    for (const member of members) node.members.add(member);
  }
  const nodes = [root];
  for (let index = 0; index < nodes.length; index += 1)
    for (const child of nodes[index]?.children.values() ?? []) child.number = nodes.push(child) - 1;
  const target = new Int32Array(nodes.length * classes);
  for (const node of nodes) {
    for (const member of node.fail.members) node.members.add(member);
    for (let at = 0; at < classes; at += 1) {
      const child = node.children.get(at);
      const fallback = node === root ? 0 : (target[node.fail.number * classes + at] ?? 0);
      target[node.number * classes + at] = child?.number ?? fallback;
      if (child !== undefined) child.fail = nodes[fallback] ?? root;
    }
  }
  const sets = [new Uint32Array(setWords)];
  const output = new Int32Array(nodes.length);
  for (const { number, members } of nodes) {
    if (members.size === 0) continue;
    const set = new Uint32Array(setWords);
    for (const member of members) setBit(set, member);
    output[number] = sets.push(set) - 1;
  }
  const next = nodes.length <= 0x7fff ? new Int16Array(target.length) : new Int32Array(target.length);
  for (const [index, state] of target.entries()) next[index] = output[state] === 0 ? state : ~state;
  return { next, output, sets };
}
