import { expect, it } from 'vitest';
import { ConnectionCounts } from './connection-counts.ts';

it('counts nothing where one of its limits is reached, and no connection as closed twice', () => {
  const counts = new ConnectionCounts();
  const open = (key: string) =>
    counts.open([
      { name: 'all', max: 3 },
      { name: key, max: 2 },
    ]);
  const first = open('a');
  expect(open('a')).toHaveProperty('close');
  expect(open('a')).toEqual({ refusedBy: 'a' });
  expect(open('b')).toHaveProperty('close');
  expect(open('b')).toEqual({ refusedBy: 'all' });
  if (!('close' in first)) throw new Error('refused');
  first.close();
  first.close();
  expect(open('a')).toHaveProperty('close');
  expect(open('a')).toEqual({ refusedBy: 'all' });
});

it('goes on counting those of a name that are left', () => {
  const counts = new ConnectionCounts();
  const open = () => counts.open([{ name: 'a', max: 2 }]);
  const first = open();
  open();
  if (!('close' in first)) throw new Error('refused');
  first.close();
  expect(open()).toHaveProperty('close');
  expect(open()).toEqual({ refusedBy: 'a' });
});
