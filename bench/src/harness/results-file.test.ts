import { describe, expect, it } from 'vitest';
import { withSection } from './results-file.ts';

const TEXT = '# Results\n\nAbove.\n\n## A\n\nhow\n\n### one\n\n1\n\n### two\n\n2\n\n## B\n\nb\n';

describe('withSection', () => {
  it('replaces the section and leaves the others', () => {
    expect(withSection(TEXT, 'A', 'new', { partial: false })).toBe('# Results\n\nAbove.\n\n## A\n\nnew\n\n## B\n\nb\n');
  });

  it('adds a section that is not there yet at the end', () => {
    expect(withSection(TEXT, 'C', 'c', { partial: true })).toBe(`${TEXT}\n## C\n\nc\n`);
  });

  it('replaces only the parts that were measured, and adds new ones', () => {
    const body = 'how now\n\n### two\n\n22\n\n### three\n\n3';
    expect(withSection(TEXT, 'A', body, { partial: true })).toBe(
      '# Results\n\nAbove.\n\n## A\n\nhow now\n\n### one\n\n1\n\n### two\n\n22\n\n### three\n\n3\n\n## B\n\nb\n',
    );
  });
});
