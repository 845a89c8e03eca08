import { describe, expect, it } from 'vitest';
import { frameTree, joinFrames, placeOf, selfTimeByPlace, type CpuProfile } from './frame-tree.ts';

const at = (functionName: string, url = '') => ({ functionName, url, lineNumber: 0 });
const PROFILE: CpuProfile = {
  nodes: [
    { id: 1, callFrame: at('(root)'), children: [2, 4] },
    { id: 2, callFrame: at('score', 'file:///x/services/scorer/src/scoring/a.ts'), children: [3] },
    { id: 3, callFrame: at('inspect', 'file:///x/packages/detection/src/engine/b.ts') },
    { id: 4, callFrame: at('(idle)') },
  ],
  startTime: 1_000,
  samples: [2, 3, 3, 4],
  timeDeltas: [10, 20, 30, 400],
};

describe('frameTree', () => {
  it('gives each frame its own time and that of what it called, idle time left out', () => {
    const tree = frameTree('scorer', PROFILE);
    expect([tree.name, tree.totalUs, tree.children.length]).toEqual(['scorer', 60, 1]);
    expect(tree.children[0]).toMatchObject({ name: 'score', totalUs: 60, selfUs: 10 });
    expect(selfTimeByPlace(tree)).toEqual([
      ['detection/engine', 50],
      ['scorer/scoring', 10],
    ]);
  });

  it('leaves out what was before a moment', () => {
    expect(frameTree('scorer', PROFILE, 1_040).totalUs).toBe(30);
  });

  it('joins the profiles of several processes of a kind', () => {
    const [joined, ...rest] = joinFrames([frameTree('scorer', PROFILE), frameTree('scorer', PROFILE)]);
    expect(rest).toEqual([]);
    expect(joined!.totalUs).toBe(120);
    expect(joined!.children[0]!.children).toHaveLength(1);
  });
});

describe('placeOf', () => {
  it('names parts of ours, packages, modules of Node and what V8 does', () => {
    const places = [
      placeOf('f', 'file:///x/services/dispatcher/src/service.ts'),
      placeOf('f', 'file:///x/node_modules/.pnpm/bullmq@6/node_modules/bullmq/dist/a.js'),
      placeOf('f', 'node:zlib'),
      placeOf('(garbage collector)', ''),
    ];
    expect(places).toEqual(['dispatcher', 'bullmq', 'node:zlib', '(garbage collector)']);
  });
});
