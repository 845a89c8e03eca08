import { expect, test } from 'vitest';
import { isMixed } from './mixed.ts';

test.each(['<%=1%>#{2}', '{#${{1}}#}}', '${<%', '{{1}}@*'])('openers of several engines are mixed: %s', (text) =>
  expect(isMixed(text)).toBe(true),
);

test.each([
  '{{name}}-${id}',
  '<%= name %> {{$link}} @{x.y}',
  '${{ github.ref }}',
  '{{a}}{% b %}',
  '{{2,3},{4,5}}*{{1},{2}}',
  '${#list[@]}',
  'Dear {{1}}, your order ${id} is sent',
])('names that wait to be filled in, one engine alone and plain words are not: %s', (text) =>
  expect(isMixed(text)).toBe(false),
);
