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
    const row = node.number * classes;
    // Where no literal goes on, the next state is that of the longest end of what was read with which one begins.
    if (node !== root) target.copyWithin(row, node.fail.number * classes, (node.fail.number + 1) * classes);
    for (const [at, child] of node.children) {
      child.fail = nodes[target[row + at] ?? 0] ?? root;
      target[row + at] = child.number;
    }
  }
  const completed: string[][] = [[]];
  const output = new Int32Array(nodes.length);
  for (const { number, literals: own } of nodes) if (own.length > 0) output[number] = completed.push(own) - 1;
  const next = nodes.length <= 0x7fff ? new Int16Array(target.length) : target;
  for (let index = 0; index < next.length; index += 1) {
    const state = target[index] as number;
    next[index] = output[state] === 0 ? state : ~state;
  }
  return { next, output, completed };
}
