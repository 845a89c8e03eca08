import type { DevService, Origin, ServiceName, StartOptions } from './dev-service.ts';
import { messageOf } from './message-of.ts';

const all = ['environment', 'testcontainers', 'path', 'package-cache', 'embedded'] as const satisfies readonly Origin[];

const installHints: Record<ServiceName, { debian: string; macos: string; image: string; variable: string }> = {
  redis: { debian: 'redis-server', macos: 'redis', image: 'redis', variable: 'VIGIL_TEST_REDIS_URL' },
  nats: { debian: 'nats-server', macos: 'nats-server', image: 'nats', variable: 'VIGIL_TEST_NATS_URL' },
  postgres: { debian: 'postgresql', macos: 'postgresql@18', image: 'postgres', variable: 'VIGIL_TEST_POSTGRES_URL' },
};

/** Means that this origin does not apply here, with the reason; anything else thrown counts as a failure of it. */
export class Unavailable extends Error {}

export type Attempt = { origin: Origin; start: () => Promise<DevService> };

/**
 * Tries the origins in order and returns the first server that starts. What was tried and why it failed is in the one error
 * that is thrown when none did, along with what to install.
 */
export async function firstThatStarts(
  name: ServiceName,
  attempts: readonly Attempt[],
  options: StartOptions,
): Promise<DevService> {
  const wanted = options.origins ?? originsFromEnvironment();
  const ordered = wanted === undefined ? attempts : wanted.flatMap((o) => attempts.filter((a) => a.origin === o));
  const reasons: string[] = [];
  for (const attempt of ordered) {
    try {
      return await attempt.start();
    } catch (error) {
      // A server that the user named and that does not answer is a mistake to report, not to work around.
      if (attempt.origin === 'environment' && !(error instanceof Unavailable)) throw error;
      reasons.push(`  ${attempt.origin}: ${messageOf(error)}`);
    }
  }
  const hint = installHints[name];
  throw new Error(
    [
      `No ${name} server could be found or started:`,
      ...reasons,
      'Any one of these helps:',
      // Debian 11 has a Redis and a PostgreSQL that are too old, and no NATS; Ubuntu 22.04 lacks the same but for PostgreSQL.
      `  Debian, Ubuntu   sudo apt-get install ${hint.debian} (from Debian 12 or Ubuntu 24.04 on)`,
      `  macOS            brew install ${hint.macos}`,
      `  Docker           start the Docker daemon; the image ${hint.image} is pulled`,
      `  anywhere         set ${hint.variable} to the URL of a server that tests may use and empty`,
    ].join('\n'),
  );
}

function originsFromEnvironment(): Origin[] | undefined {
  const value = process.env['VIGIL_DEV_SERVICES_ORIGINS'];
  if (value === undefined || value === '') return undefined;
  return value.split(',').map((word) => {
    const origin = all.find((known) => known === word.trim());
    if (origin === undefined) throw new Error(`VIGIL_DEV_SERVICES_ORIGINS: ${word} is none of ${all.join(', ')}`);
    return origin;
  });
}

/** The server at the URL in `variable`, once `probe` has found it alive; we neither stop nor restart it. */
export async function fromEnvironment(name: ServiceName, probe: (url: URL) => Promise<void>): Promise<DevService> {
  const { variable } = installHints[name];
  const value = process.env[variable];
  if (value === undefined || value === '') throw new Unavailable(`${variable} is not set`);
  let url: URL;
  try {
    url = new URL(value);
    await probe(url);
  } catch (error) {
    throw new Error(`the ${name} server that ${variable} names does not answer`, { cause: error });
  }
  return {
    name,
    url: value,
    origin: 'environment',
    stop: async () => undefined,
    restart: async () => {
      throw new Error(`the ${name} server comes from ${variable} and is not ours to restart`);
    },
  };
}
