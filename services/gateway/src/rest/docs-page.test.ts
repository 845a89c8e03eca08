import { expect, it } from 'vitest';
import { z } from 'zod';
import { Api } from './api.ts';
import { docsPage } from './docs-page.ts';
import { openApiDocument } from './openapi.ts';

it('shows markup in names, descriptions and schemas as text', () => {
  const markup = '<img src=x onerror="alert(1)">';
  const api = new Api();
  api.add({
    method: 'GET',
    path: '/x',
    name: 'getX',
    summary: markup,
    description: markup,
    query: z.object({ [markup]: z.string().default(markup).describe(markup) }),
    response: z.object({ [markup]: z.string() }),
    handle: () => Promise.reject(new Error('never called')),
  });
  const page = docsPage(api.specs, openApiDocument(api.specs));
  expect(page).not.toContain('<img');
  expect(page).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;');
});

it('names the format of a time in place of the expression behind it', () => {
  const api = new Api();
  api.add({
    method: 'GET',
    path: '/x',
    name: 'getX',
    summary: 'x',
    query: z.object({ since: z.iso.datetime().optional() }),
    response: z.object({ until: z.iso.datetime() }),
    handle: () => Promise.reject(new Error('never called')),
  });
  const page = docsPage(api.specs, openApiDocument(api.specs));
  expect(page.match(/date-time/g)).toHaveLength(2);
  expect(page).not.toContain('pattern');
});

it('puts a schema with a name among the names of the document, and on the page where it is meant', () => {
  const api = new Api();
  const part = z.object({ deep: z.string() }).meta({ id: 'PartOfTheTest' });
  api.add({
    method: 'GET',
    path: '/x',
    name: 'getX',
    summary: 'x',
    response: z.object({ parts: z.array(part) }).meta({ id: 'WholeOfTheTest' }),
    handle: () => Promise.reject(new Error('never called')),
  });
  const document = openApiDocument(api.specs);
  expect(Object.keys(document.components.schemas)).toEqual(['Problem', 'WholeOfTheTest', 'PartOfTheTest']);
  expect(JSON.stringify(document.paths)).toContain('{"$ref":"#/components/schemas/WholeOfTheTest"}');
  expect(JSON.stringify(document)).not.toContain('$defs');
  const page = docsPage(api.specs, document);
  expect(page).toContain('deep');
  expect(page).not.toContain('$ref');
});
