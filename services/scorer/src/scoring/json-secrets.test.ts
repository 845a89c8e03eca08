import { assert, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactLine } from './redact-line.ts';
import { redacted } from '../testing/redacted.ts';
import { Secrets } from './secrets.ts';

const once = encodeURIComponent;
/** As browsers write it who are given a URL by hand. */
const sparsely = (text: string): string => text.replaceAll('"', '%22').replaceAll(' ', '%20');

const plain = '{"user":"x","password":"hunter2","a":1}';
const nested = JSON.stringify({ d: JSON.stringify({ e: plain }) });
const hexQuoted = String.raw`{"d":"{\u0022token\u0022:\u0022hunter2\u0022,\u0022a\u0022:1}"}`;

describe('strings of JSON documents that are named like secrets', () => {
  it.each([
    ['as they are', plain],
    ['encoded', once(plain)],
    ['encoded by a browser', sparsely(plain)],
    ['encoded twice', once(once(plain))],
    ['within strings of JSON', nested],
    ['within strings of JSON, encoded', once(nested)],
    ['within strings of JSON, encoded by a browser', sparsely(nested)],
    ['within strings of JSON, encoded twice', once(once(nested))],
    ['within strings of JSON whose quotes are written as numbers', hexQuoted],
    ['the same, encoded', once(hexQuoted)],
    ['in a URL within a value', once(`https://h/?d=${once(plain)}&b=2`)],
  ])('%s', (_, json) => {
    const given = `/a?data=${json}&q=hunt`;
    expect(redacted(given, 'field')).toBe(given.replace('hunter2', '***'));
    const line = `192.0.2.1 - - [02/Mar/2026:12:00:00 +0000] "GET ${given} HTTP/1.1" 200 5 "-" "curl/8"`;
    const escaped = JSON.stringify(line);
    for (const written of [line, line.replaceAll('%', '%25'), escaped, JSON.stringify(escaped)])
      expect(redactLine(written, {}).text).toBe(written.replace('hunter2', '***'));
  });

  it.each([
    ['{"pin": 1234, "a": 5}', '{"pin": ***, "a": 5}'],
    ['{"a":{"pin":1234}}', '{"a":{"pin":***}}'],
    ['{"tokens":["ab]","cd",["ef"]],"a":"b"}', '{"tokens":["***","***",["***"]],"a":"b"}'],
    [
      '{"credentials":{"name":"x","value":"{"},"a":{"b":1}}',
      '{"credentials":{"name":"***","value":"***"},"a":{"b":1}}',
    ],
    ['{"pin": [12, 34 ], "a":[56]}', '{"pin": [***,***], "a":[56]}'],
    ['{"password":{"$ne":"x","$gt" : ""}}', '{"password":{"$ne":"***","$gt" : ""}}'],
    [String.raw`{"password":"a\"b\\","c":"d"}`, String.raw`{"password":"***"c":"d"}`],
    ['{"password" : "hun,ter}2"}', '{"password" : "***"}'],
    ['[{"new_password":"hunter2"},{"token":""}]', '[{"new_password":"***"},{"token":""}]'],
    ['{"password":" ","token":"null","pin":""}', '{"password":"***","token":"***","pin":""}'],
    ['{"password":"never ended', '{"password":"***'],
  ])('%s', (json, expected) => {
    expect(redacted(`/?d=${json}`, 'field')).toBe(`/?d=${expected}`);
    expect(decodeURIComponent(redacted(`/?d=${once(json)}`, 'field'))).toBe(`/?d=${expected}`);
  });

  it('end at no quote that is encoded within them', () => {
    const json = JSON.stringify({ d: JSON.stringify({ e: JSON.stringify({ password: 'hun%22ter2', a: 'hunt' }) }) });
    for (const write of [String, once, (text: string) => once(once(text))])
      expect(redacted(`/?d=${write(json)}`, 'field')).toBe(`/?d=${write(json).replace(write('hun%22ter2'), '***')}`);
  });

  it('leave no trace, whatever they hold and however deep they stand', () => {
    const times = integer({ min: 0, max: 3 });
    assert(
      property(string({ minLength: 1 }), times, times, (secret, strings, encodings) => {
        const write = (json: string): string => {
          let text = `{"user":"x","password":${json}}`;
          for (let i = 0; i < strings; i += 1) text = JSON.stringify({ d: text });
          for (let i = 0; i <= encodings; i += 1) text = once(text);
          return text;
        };
        const [before = '', behind = ''] = write('"***"').split('***');
        const rest = redacted(write(JSON.stringify(secret)), 'field');
        expect(rest.startsWith(`${before}***`)).toBe(true);
        // A backslash at the end leaves open where the value ends.
        expect(behind.endsWith(rest.slice(before.length + 3))).toBe(true);
      }),
    );
  });

  it('leave what is no secret', () => {
    for (const harmless of [
      '{"user":"x","a":{"b":["token","password"]},"c":"password"}',
      '{"password":null,"token":true,"secret":false,"pin": [ ]}',
      '{"password":{"$ne":null},"token":{"$gt":"","$exists":true}}',
      '{"q":"my \\"password\\" is lost"}',
      '["password","x"]',
      '"password" "x": "y"',
    ])
      for (const text of [harmless, once(harmless), once(once(harmless)), JSON.stringify(harmless)]) {
        expect(redacted(`/?d=${text}`, 'field')).toBe(`/?d=${text}`);
        expect(redactLine(`GET /?d=${text} HTTP/1.1`, {}).text).toBe(`GET /?d=${text} HTTP/1.1`);
      }
  });

  it('hide nothing of other parameters and fields', () => {
    expect(redacted('/?a={"pin":"x&id=<script>&b="}', 'field')).toBe('/?a={"pin":"***&id=<script>&b="}');
    expect(redactLine('"GET /?a=%22pin%22:%22x HTTP/1.1" 200 "-" "b%22"', {}).text).toBe(
      '"GET /?a=%22pin%22:%22*** HTTP/1.1" 200 "-" "b%22"',
    );
  });

  it('are taken out of evidence, pieces of them too', () => {
    const secrets = new Secrets([[`/?d=${once(once('{"user":"x","password":"hunter 2&more"}'))}`, 'field']]);
    expect(secrets.redactExcerpt('{"user":"x","password":"hunter 2&more"}')).toBe('{"user":"x","password":"***"}');
    expect(secrets.redactExcerpt('ter 2&more"}')).toBe('***"}');
    expect(secrets.redactExcerpt('"password":"hunter 2&m')).toBe('"password":"***');
  });
});
