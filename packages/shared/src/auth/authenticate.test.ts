import { expect, it } from 'vitest';
import { authenticate, presentedKey } from './authenticate.ts';

it.each<[string, Record<string, string>, string | undefined]>([
  ['its own header', { 'x-api-key': 'own' }, 'own'],
  ['the usual header', { authorization: 'Bearer usual' }, 'usual'],
  ['the usual header, in other letters and with more space', { authorization: 'bearer  usual' }, 'usual'],
  ['its own header, where there are both', { 'x-api-key': 'own', authorization: 'Bearer usual' }, 'own'],
  ['the usual header, where its own is empty', { 'x-api-key': '', authorization: 'Bearer usual' }, 'usual'],
  ['none, where nothing follows', { authorization: 'Bearer ' }, undefined],
  ['none, where more follows than one word', { authorization: 'Bearer usual more' }, undefined],
  ['none, where it is of another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, undefined],
  ['none, where there is no header', {}, undefined],
])('a key is taken from %s', (_name, headers, key) => expect(presentedKey({ headers })).toBe(key));

it('says with each 401 how to present a key, and with a 403 what this one lacks', async () => {
  const verify = async (key: string) =>
    key === 'viewer-key' ? { name: 'viewer', scopes: ['read'] as const } : undefined;
  const challenge = { 'www-authenticate': 'Bearer' };
  await expect(authenticate(verify, undefined, 'read')).rejects.toMatchObject({
    problem: { status: 401, title: 'Key required' },
    headers: challenge,
  });
  await expect(authenticate(verify, 'other', 'read')).rejects.toMatchObject({
    problem: { status: 401, title: 'Unknown key' },
    headers: challenge,
  });
  await expect(authenticate(verify, 'viewer-key', 'stream')).rejects.toMatchObject({
    problem: { status: 403, detail: 'The key "viewer" lacks the scope "stream".' },
  });
  expect(await authenticate(verify, 'viewer-key', 'read')).toEqual({ name: 'viewer', scopes: ['read'] });
});
