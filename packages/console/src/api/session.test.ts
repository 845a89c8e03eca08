import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { forgetKey, rememberKey, takeKey } from './session.ts';

let kept: Map<string, string>;
let address: string | undefined;

beforeEach(() => {
  [kept, address] = [new Map(), undefined];
  vi.stubGlobal('sessionStorage', {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => kept.set(name, value),
    removeItem: (name: string) => kept.delete(name),
  });
  vi.stubGlobal('history', {
    state: null,
    replaceState: (_state: unknown, _title: string, url: string) => (address = url),
  });
});
afterEach(() => void vi.unstubAllGlobals());

const at = (hash: string): void => void vi.stubGlobal('location', { hash, pathname: '/vigil/', search: '?range=6h' });

it.each([
  ['#key=a%2Bb%3D', 'a+b=', '/vigil/?range=6h'],
  ['#key=%20vgl_x%0A', 'vgl_x', '/vigil/?range=6h'],
  ['#main&key=vgl_x', 'vgl_x', '/vigil/?range=6h#main='],
])('takes the key out of %s and keeps it for the tab', (hash, key, rest) => {
  at(hash);
  expect(takeKey()).toBe(key);
  expect(address).toBe(rest);
  at('');
  expect(takeKey()).toBe(key);
});

it.each(['', '#main', '#key=', '#key=%20'])(
  'goes on with the key that it has where the address gives none: “%s”',
  (hash) => {
    at(hash);
    expect(takeKey()).toBeUndefined();
    rememberKey('vgl_x');
    expect(takeKey()).toBe('vgl_x');
    expect(address).toBeUndefined();
    forgetKey();
    expect(takeKey()).toBeUndefined();
  },
);
