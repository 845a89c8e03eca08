import { expect, it } from 'vitest';
import { z } from 'zod';
import { port, redisUrl } from './fields.ts';
import { ConfigError, loadConfig } from './load-config.ts';

const schema = z.object({ PORT: port.default(8080), REDIS_URL: redisUrl });

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

it('takes an empty variable for one that is not set, and what others are for for nothing of its own', () => {
  const REDIS_URL = 'redis://redis:6379';
  expect(loadConfig(schema, { PORT: '', REDIS_URL, HOME: '/root' })).toEqual({ PORT: 8080, REDIS_URL });
  expect(loadConfig(schema, { PORT: '0', REDIS_URL })).toEqual({ PORT: 0, REDIS_URL });
});

it('names all variables at fault at once, and those apart that are not set', () => {
  expect(problemsOf({ PORT: '80a', REDIS_URL: '' })).toEqual([
    'PORT: must be a whole number',
    expect.stringMatching(/^REDIS_URL is not set \(.*redis:\/\//),
  ]);
});

it('shows no value: a URL that is wrong may have a password in it', () => {
  const problems = problemsOf({ REDIS_URL: 'http://user:hunter2@redis' });
  expect(problems).toHaveLength(1);
  expect(problems.join()).not.toContain('hunter2');
});
