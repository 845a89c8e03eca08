import { array, assert, constantFrom, property, string, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redacted } from '../testing/redacted.ts';
import { secretRanges, withoutRanges } from './redact-secrets.ts';
import { isSecretName } from './secret-names.ts';

const JWT_HEADER = 'eyJhbGciOiJIUzI1NiJ9';
const JWT = `${JWT_HEADER}.eyJzdWIiOiJhbm4ifQ.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`;
const OWN_KEY = `vgl_${'Ab-_5'.repeat(8)}xyz`;

describe('redacted', () => {
  it.each([
    ['token=abc&x=1', 'token=***&x=1'],
    ['/login?user=ann&password=hun?ter;2&next=/', '/login?user=ann&password=***&next=/'],
    ['/a;jsessionid=1A2B;v=2?x=1', '/a;jsessionid=***;v=2?x=1'],
    ['/cb?user%5Bpassword%5D=x%26y', '/cb?user%5Bpassword%5D=***'],
    ['/cb?pass%77ord=x', '/cb?pass%77ord=***'],
    [
      '/go?next=https%3A%2F%2Fh%2F%3Fapi_key%3Dabc%26q%3D1&z=2',
      '/go?next=https%3A%2F%2Fh%2F%3Fapi_key%3D***%26q%3D1&z=2',
    ],
    [
      '/go?next=https%253A%252F%252Fh%252F%253Fapi_key%253Da%252526b%2526q=1',
      '/go?next=https%253A%252F%252Fh%252F%253Fapi_key%253D***%2526q=1',
    ],
    ['/cb?pass%2577ord=x', '/cb?pass%2577ord=***'],
    ['/f?u=http%253A%252F%252Fann%253As3cret%2540h', '/f?u=http%253A%252F%252Fann%253A***%2540h'],
    ['/f?u=http://ann:s3cret@10.0.0.1/', '/f?u=http://ann:***@10.0.0.1/'],
    ['/f?u=http%3A%2F%2Fann%3As3cret%40h', '/f?u=http%3A%2F%2Fann%3A***%40h'],
    ['/s3?X-Amz-Signature=00ff&X-Amz-Date=1', '/s3?X-Amz-Signature=***&X-Amz-Date=1'],
    ['/go?next=https://h/cb#access_token=abc&x=1', '/go?next=https://h/cb#access_token=***&x=1'],
    [
      '/go?next=https%3A%2F%2Fh%2Fcb%23access_token%3Dabc&z=2',
      '/go?next=https%3A%2F%2Fh%2Fcb%23access_token%3D***&z=2',
    ],
    ['/login?user%5Bpass%5D=x&user[name]=ann', '/login?user%5Bpass%5D=***&user[name]=ann'],
    [`/verify/${JWT}/now?a=1`, `/verify/${JWT_HEADER}.***/now?a=1`],
    [`/go?u=https%3A%2F%2Fh%2F%3Ft%3D${JWT}%26q%3D1`, `/go?u=https%3A%2F%2Fh%2F%3Ft%3D${JWT_HEADER}.***%26q%3D1`],
    [`/?t=${JWT_HEADER}.eyJzdWIiOiIxIn0.`, `/?t=${JWT_HEADER}.***`],
    [`/threats?k=${OWN_KEY}&b=2`, '/threats?k=***&b=2'],
    ['/eyJ/eyJmeSBwYWdl.html?v=1.eyJ.2', '/eyJ/eyJmeSBwYWdl.html?v=1.eyJ.2'],
    ['/p?a=1&token=&b=2', '/p?a=1&token=&b=2'],
    ['/tokens/list?page=2', '/tokens/list?page=2'],
    ["/item?id=1'+union+select+password+from+users--", "/item?id=1'+union+select+password+from+users--"],
  ])('%s', (given, expected) => expect(redacted(given, 'field')).toBe(expected));

  it('knows names that people give to secrets, and not every name that holds such letters', () => {
    for (const name of [
      'Password',
      'new-password',
      'access_token',
      'API-Key',
      'PHPSESSID',
      'sessionId',
      'sig',
      'client_secret',
      'user[pass]',
      'pass2',
      'userPass',
      'db_pwd',
      'pw',
      'connect.sid',
      'passcode',
      '_csrf',
      'XSRF',
      'SAMLResponse',
      'mot_de_passe',
      'contrase%C3%B1a',
      'Kennwort',
    ])
      expect([name, isSecretName(name)]).toEqual([name, true]);
    for (const name of [
      'page',
      'keyword',
      'monkey',
      'compass',
      'author',
      'signal',
      'shipping',
      'sort_key',
      'author[pass_count]',
      'bypass',
    ])
      expect([name, isSecretName(name)]).toEqual([name, false]);
  });

  it('leaves no trace of a secret, whatever stands around it', () => {
    const around = string({ maxLength: 30 }).map((text) => text.replaceAll(/[&=?;#%\s"]/g, 'x'));
    assert(
      property(around, around, stringMatching(/^[A-Za-z0-9]{12}$/), (before, after, secret) => {
        const target = `/${before}?a=${after}&token=${secret}&b=${after}`;
        expect(redacted(target, 'field')).toBe(`/${before}?a=${after}&token=***&b=${after}`);
      }),
    );
  });
});

it('says where a position stands after the secrets are gone', () => {
  const text = 'a token=12345 b';
  const { text: rest, at } = withoutRanges(text, [[8, 13]]);
  expect(rest).toBe('a token=*** b');
  expect(rest.slice(at(2), at(13))).toBe('token=***');
  expect(rest.slice(at(14))).toBe('b');
});

it('finds secrets where other fields stand around the text, and where a format puts the query in quotes', () => {
  expect(secretRanges('GET /a?token=x HTTP/1.1', 'line')).toEqual([[13, 14]]);
  expect(secretRanges('"args":"pin=12&a=b"', 'line')).toEqual([[12, 14]]);
});

it('finds nothing in the parts of a target in which it finds nothing', () => {
  const pieces = '? & ; = / // : @ # " \\ { [ %22 %3f %253d %26 %40 u0022 null pin token a'.split(' ');
  assert(
    property(array(constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const target = parts.join('');
      const question = target.indexOf('?');
      if (question === -1 || secretRanges(target, 'field').length > 0) return;
      const inParts = [target.slice(0, question), target.slice(question + 1)].flatMap((part) =>
        secretRanges(part, 'field'),
      );
      expect({ target, inParts }).toEqual({ target, inParts: [] });
    }),
    { numRuns: 5000 },
  );
});
