import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { allowedMethods } from './allowed-methods.ts';

const app = fastify();
const methodsOf = allowedMethods(app);
const answer = async (): Promise<string> => '';
app.get('/openapi.json', answer);
app.get('/events/:id', answer);
app.patch('/events/:id/review', answer);
app.get('/assets/*', answer);
app.post('/push', answer);
await app.register(async (scope) => void scope.get('/push', { exposeHeadRoute: false }, answer), { prefix: '/in' });

it.each([
  ['/openapi.json', 'GET, HEAD'],
  ['/openapiXjson', ''],
  ['/events/7', 'GET, HEAD'],
  ['/events/7/review', 'PATCH'],
  ['/events/', ''],
  ['/events', ''],
  ['/assets/a/b.js', 'GET, HEAD'],
  ['/push', 'POST'],
  ['/in/push', 'GET'],
  ['/%', ''],
])('tells of %s that it takes %j', (path, methods) => {
  expect(methodsOf(path).join(', ')).toBe(methods);
});
