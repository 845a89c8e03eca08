import type { z } from 'zod';

/** The environment did not fit the schema. Its message names every variable at fault and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n${problems.map((p) => `  - ${p}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Parses the environment with a schema whose keys are the variables' names. Empty strings count as unset.
 * @throws ConfigError with all problems at once
 */
export function loadConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv): z.output<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const variable = issue.path.map(String).join('.');
      const missing = variable !== '' && given[variable] === undefined;
      return missing ? `${variable} is not set (${issue.message})` : `${variable}: ${issue.message}`;
    }),
  );
}
