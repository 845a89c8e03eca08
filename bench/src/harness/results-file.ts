import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const RESULTS = resolve(import.meta.dirname, '../../RESULTS.md');

/** Puts a section of RESULTS.md in the place of the one with the same heading, or at the end; the other sections stay. */
export function writeSection(heading: string, body: string, options: { partial: boolean }): void {
  writeFileSync(RESULTS, withSection(readFileSync(RESULTS, 'utf8'), heading, body, options));
}

/** @param options.partial replaces only those parts (`###`) of the section that the body has; what stands above them is the body's */
export function withSection(text: string, heading: string, body: string, options: { partial: boolean }): string {
  const [preamble = '', ...sections] = text.split(/^(?=## )/m);
  const at = sections.findIndex((section) => section.startsWith(`## ${heading}\n`));
  const before = at === -1 ? '' : sections[at]!;
  const section = `## ${heading}\n\n${options.partial ? withParts(before, body) : body}`;
  if (at === -1) sections.push(section);
  else sections[at] = section;
  return `${[preamble, ...sections].map((part) => part.trim()).join('\n\n')}\n`;
}

function withParts(before: string, body: string): string {
  const split = (text: string): string[] => text.trim().split(/^(?=### )/m);
  const [top = '', ...given] = split(body);
  const [, ...parts] = split(before);
  for (const part of given) {
    const title = part.slice(0, part.indexOf('\n') + 1);
    const at = parts.findIndex((old) => old.startsWith(title));
    if (at === -1) parts.push(part);
    else parts[at] = part;
  }
  return [top, ...parts].map((part) => part.trim()).join('\n\n');
}
