import { expect, test } from 'vitest';
import { createEngine } from '../index.ts';
import { requestOf } from '../rules/example-request.ts';

const engine = createEngine();

test('an ordinary request has the shared empty evidence and no score', () => {
  const request = requestOf({ target: '/catalog/view?id=17&page=2', referer: 'https://www.example.com/search' });
  const evidence = engine.inspect(request);
  expect(evidence).toBe(engine.inspect(requestOf({ target: '/' })));
  expect(engine.conclude(request, evidence)).toMatchObject({ score: 0, severity: 'LOW', matches: [] });
});

test('an attack is found through its encoding, and the match says where and how', () => {
  const request = requestOf({ target: '/item?id=%2531%2520union%2520select%25201' });
  const assessment = engine.conclude(request, engine.inspect(request));
  expect(assessment.severity).toBe('HIGH');
  expect(assessment.matches[0]).toMatchObject({
    class: 'SQL_INJECTION',
    parameter: 'id',
    decoded: ['percent', 'percent'],
  });
});
