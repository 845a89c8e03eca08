/** What `node --cpu-prof` writes, as far as it is used. */
export interface CpuProfile {
  nodes: readonly {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: readonly number[];
  }[];
  samples: readonly number[];
  /** Of the system's monotonic clock, microseconds. */
  startTime: number;
  /** Microseconds before each sample. */
  timeDeltas: readonly number[];
}

/** Time of a function as called from its parent, microseconds. */
export interface Frame {
  name: string;
  /** Where the function stands; see `placeOf`. */
  place: string;
  totalUs: number;
  selfUs: number;
  children: Frame[];
}

/** Time in which nothing runs is not work. */
const IDLE = new Set(['(idle)', '(program)']);

/**
 * A profile as a tree of frames below one of the given name, without idle time.
 * @param fromUs leaves out what was before, monotonic clock: the start of a process is no part of its work
 */
export function frameTree(name: string, profile: CpuProfile, fromUs = 0): Frame {
  const selfUs = new Map<number, number>();
  let atUs = profile.startTime;
  for (const [index, node] of profile.samples.entries()) {
    const us = profile.timeDeltas[index] ?? 0;
    atUs += us;
    if (atUs >= fromUs) selfUs.set(node, (selfUs.get(node) ?? 0) + us);
  }
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const build = (id: number): Frame => {
    const node = nodes.get(id)!;
    const { functionName, url } = node.callFrame;
    const own = IDLE.has(functionName) ? 0 : (selfUs.get(id) ?? 0);
    const children = (node.children ?? []).map(build).filter(({ totalUs }) => totalUs > 0);
    const totalUs = own + children.reduce((sum, child) => sum + child.totalUs, 0);
    return { name: functionName || '(anonymous)', place: placeOf(functionName, url), totalUs, selfUs: own, children };
  };
  const root = build(profile.nodes[0]!.id);
  return { ...root, name, place: name };
}

/** Joins trees of the same name and children of the same name and place, so that several scorers are one. */
export function joinFrames(frames: readonly Frame[]): Frame[] {
  const joined = new Map<string, Frame>();
  for (const frame of frames) {
    const key = `${frame.name} ${frame.place}`;
    const before = joined.get(key);
    joined.set(key, {
      ...frame,
      totalUs: frame.totalUs + (before?.totalUs ?? 0),
      selfUs: frame.selfUs + (before?.selfUs ?? 0),
      children: [...(before?.children ?? []), ...frame.children],
    });
  }
  return [...joined.values()].map((frame) => ({ ...frame, children: joinFrames(frame.children) }));
}

/** Microseconds by the place where they were spent, largest first. */
export function selfTimeByPlace(root: Frame): [place: string, us: number][] {
  const times = new Map<string, number>();
  const walk = (frame: Frame): void => {
    times.set(frame.place, (times.get(frame.place) ?? 0) + frame.selfUs);
    frame.children.forEach(walk);
  };
  walk(root);
  return [...times].filter(([, us]) => us > 0).toSorted((a, b) => b[1] - a[1]);
}

/** `detection/views`, `scorer/windows`, the name of a package, `node:zlib`, or what V8 calls it. */
export function placeOf(functionName: string, url: string): string {
  const dependency = [...url.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].at(-1)?.[1];
  if (dependency !== undefined && dependency !== '.pnpm') return dependency;
  const own = /\/(?:packages|services)\/([^/]+)\/src\/(?:([^/]+)\/)?/.exec(url);
  if (own !== null) return own[2] === undefined ? own[1]! : `${own[1]}/${own[2]}`;
  if (url.startsWith('node:')) return url.split('/', 1)[0] === 'node:internal' ? 'node internals' : url;
  return url === '' ? (functionName.startsWith('(') ? functionName : 'built-in functions') : 'other';
}
