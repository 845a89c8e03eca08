import { escapeXml } from '../plots/line-plot.ts';
import type { Frame } from './frame-tree.ts';

const WIDTH = 1_200;
const ROW = 16;
const TOP = 30;
/** Frames narrower than this are left out. */
const WIDTH_MIN = 1.5;
const DEPTH_MAX = 32;
/** Letters of the font are about so wide. */
const LETTER = 6.2;

/** Calls from top to bottom, each as wide as the CPU time spent in it and below; colours tell places apart. */
export function flameGraph(title: string, roots: readonly Frame[]): string {
  const total = roots.reduce((sum, { totalUs }) => sum + totalUs, 0);
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (frames: readonly Frame[], x: number, depth: number): void => {
    let at = x;
    for (const frame of frames.toSorted((a, b) => b.totalUs - a.totalUs)) {
      const width = (frame.totalUs / total) * WIDTH;
      if (width < WIDTH_MIN || depth > DEPTH_MAX) break;
      deepest = Math.max(deepest, depth);
      boxes.push(boxOf(frame, at, TOP + depth * ROW, width, (100 * frame.totalUs) / total));
      draw(frame.children, at, depth + 1);
      at += width;
    }
  };
  draw(roots, 0, 0);
  const height = TOP + (deepest + 1) * ROW + 6;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="8" y="19" font-size="14" font-weight="600">${escapeXml(title)}</text>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

function boxOf({ name, place }: Frame, x: number, y: number, width: number, percent: number): string {
  const letters = Math.floor((width - 4) / LETTER);
  const label = letters < 3 ? '' : name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;
  const words = name === place ? name : `${name}, ${place}`;
  return [
    `<g><title>${escapeXml(words)}: ${percent.toFixed(1)} %</title>`,
    `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="${colourOf(place)}"/>`,
    label === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 11}">${escapeXml(label)}</text>`,
    '</g>',
  ].join('');
}

/** The same for all functions of a place. */
function colourOf(place: string): string {
  let hash = 0;
  for (const letter of place) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) >>> 0;
  return `hsl(${hash % 360} 65% 78%)`;
}
