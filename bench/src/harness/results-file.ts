import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const RESULTS = resolve(import.meta.dirname, '../../RESULTS.md');

/** Puts a section in the place of the one with the same heading, or at the end; the other sections stay. */
export function writeSection(heading: string, body: string): void {
  const [preamble = '', ...sections] = readFileSync(RESULTS, 'utf8').split(/^(?=## )/m);
  const section = `## ${heading}\n\n${body.trim()}\n\n`;
  const at = sections.findIndex((text) => text.startsWith(`## ${heading}\n`));
  if (at === -1) sections.push(section);
  else sections[at] = section;
  writeFileSync(RESULTS, `${[preamble, ...sections].join('').trim()}\n`);
}
