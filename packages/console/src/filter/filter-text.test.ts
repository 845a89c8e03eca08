import { describe, expect, it } from 'vitest';
import { filterOf, filterParams, withoutValue, withValue } from './filter.ts';
import { parseFilterText } from './filter-text.ts';

describe('the filter box', () => {
  it('understands names, quotes and several values', () => {
    expect(parseFilterText('class:xss,SQL_INJECTION sev:high path:/admin/* log:"a b"', {})).toEqual({
      ok: true,
      filter: { class: ['XSS', 'SQL_INJECTION'], severity: ['HIGH'], path: ['/admin/*'], source: ['a b'] },
    });
  });

  it('recognises bare words by their look', () => {
    expect(parseFilterText('203.0.113.9 2001:db8::1 10.0.0.0/8 /login XSS wp-admin medium', {})).toEqual({
      ok: true,
      filter: {
        source_ip: ['203.0.113.9', '2001:db8::1'],
        cidr: ['10.0.0.0/8'],
        path: ['/login', '*wp-admin*'],
        class: ['XSS'],
        severity: ['MEDIUM'],
      },
    });
  });

  it('takes for an address what begins like a name, and for a part of a log’s name what parts other values', () => {
    expect(parseFilterText('dead:beef::1 log:a,b', {})).toEqual({
      ok: true,
      filter: { source_ip: ['dead:beef::1'], source: ['a,b'] },
    });
  });

  it('understands it however carefully it was typed', () => {
    expect(parseFilterText('IP:203.0.113.9 High class:XSS,,SSRF, log:" a b " path:" "', {})).toEqual({
      ok: true,
      filter: { source_ip: ['203.0.113.9'], severity: ['HIGH'], class: ['XSS', 'SSRF'], source: ['a b'] },
    });
    expect(parseFilterText('*.php', {})).toEqual({ ok: true, filter: { path: ['*.php'] } });
  });

  it('adds to the filter that is there', () => {
    expect(parseFilterText('class:XSS low', { class: ['SSRF'], source: ['a'] })).toEqual({
      ok: true,
      filter: { class: ['SSRF', 'XSS'], source: ['a'], path: ['*low*'] },
    });
  });

  it('says what is wrong instead of ignoring it', () => {
    expect(parseFilterText('cidr:10.0.0.0/8/9', {})).toMatchObject({ ok: false });
    expect(parseFilterText('cidr:nowhere/8', {})).toMatchObject({ ok: false });
    expect(parseFilterText('cidr:2001:db8::/129', {})).toMatchObject({ ok: false });
    expect(parseFilterText(`path:${'*a'.repeat(8)}`, {})).toMatchObject({ ok: true });
    expect(parseFilterText(`path:${'*a'.repeat(9)}`, {})).toMatchObject({ ok: false });
    expect(parseFilterText('colour:red', {})).toMatchObject({ ok: false });
    expect(parseFilterText('severity:LOW', {})).toMatchObject({ ok: false });
    expect(parseFilterText('cidr:10.0.0.0/99', {})).toMatchObject({ ok: false });
  });
});

describe('the filter in the address bar', () => {
  it('comes back as it went in, hostile text included', () => {
    const filter = { class: ['XSS'], path: ['/a&b=c#d', '/x,y'], source: ['<img src=x>'] };
    expect(filterOf(new URLSearchParams(filterParams(filter).toString()))).toEqual(filter);
  });

  it('holds each value once', () => {
    const filter = { class: ['XSS', 'SSRF'] };
    expect(withValue(filter, 'class', 'XSS')).toEqual({ class: ['SSRF', 'XSS'] });
    expect(filterOf(new URLSearchParams('class=XSS,XSS&class=XSS, SSRF'))).toEqual({ class: ['XSS', 'SSRF'] });
  });

  it('holds one severity condition at most', () => {
    expect(filterOf(new URLSearchParams('severity=HIGH&severity=MEDIUM'))).toEqual({ severity: ['MEDIUM'] });
    const filter = withValue(withValue({}, 'severity', 'HIGH'), 'min_severity', 'MEDIUM');
    expect(filter).toEqual({ min_severity: ['MEDIUM'] });
    expect(withValue({ severity: ['HIGH'] }, 'severity', 'MEDIUM')).toEqual({ severity: ['MEDIUM'] });
    expect(withoutValue(filter, 'min_severity', 'MEDIUM')).toEqual({});
  });
});
