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

  it('says what is wrong instead of ignoring it', () => {
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

  it('holds one severity condition at most', () => {
    const filter = withValue(withValue({}, 'severity', 'HIGH'), 'min_severity', 'MEDIUM');
    expect(filter).toEqual({ min_severity: ['MEDIUM'] });
    expect(withoutValue(filter, 'min_severity', 'MEDIUM')).toEqual({});
  });
});
