/** See `buildAutomaton`. */
export interface Automaton {
  /** Per state and class: the next state, or its complement where that completes literals. */
  next: Int16Array | Int32Array;
  /** Per state: index into `completed`, 0 where it completes nothing. */
  output: Int32Array;
  /** Literals that a state completes. */
  completed: readonly (readonly string[])[];
}

/**
 * The automaton of Aho and Corasick (1975) with all its transitions worked out. States are numbered level by level: those near the
 * root, where ordinary texts stay, then share a few cache lines.
 * @param classOf class of each code unit up to 255, below `classes`
 */
export function buildAutomaton(literals: Iterable<string>, classOf: Uint8Array, classes: number): Automaton {
  type Node = { children: Map<number, Node>; literals: string[]; fail: Node; number: number };
  const makeNode = (): Node => {
    const node = { children: new Map(), literals: [], number: 0 } as unknown as Node;
    node.fail = node;
    return node;
  };
  const root = makeNode();
  for (const literal of literals) {
    let node = root;
    for (const char of literal) {
      const at = classOf[char.charCodeAt(0)] ?? 0;
      const child = node.children.get(at) ?? makeNode();
      node.children.set(at, child);
      node = child;
    }
    node.literals.push(literal);
  }
  const nodes = [root];
  for (let index = 0; index < nodes.length; index += 1)
    for (const child of nodes[index]?.children.values() ?? []) child.number = nodes.push(child) - 1;
  const target = new Int32Array(nodes.length * classes);
  for (const node of nodes) {
    if (node.fail !== node) node.literals.push(...node.fail.literals);
    for (let at = 0; at < classes; at += 1) {
      const child = node.children.get(at);
      const fallback = node === root ? 0 : (target[node.fail.number * classes + at] ?? 0);
      target[node.number * classes + at] = child?.number ?? fallback;
      if (child !== undefined) child.fail = nodes[fallback] ?? root;
    }
  }
  const completed: string[][] = [[]];
  const output = new Int32Array(nodes.length);
  for (const { number, literals: own } of nodes) if (own.length > 0) output[number] = completed.push(own) - 1;
  const next = nodes.length <= 0x7fff ? new Int16Array(target.length) : new Int32Array(target.length);
  for (const [index, state] of target.entries()) next[index] = output[state] === 0 ? state : ~state;
  return { next, output, completed };
}
