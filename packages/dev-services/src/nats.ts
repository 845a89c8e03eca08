import { join } from 'node:path';
import { startContainer } from './containers.ts';
import type { DevService, Origin, StartOptions } from './dev-service.ts';
import { firstThatStarts, fromEnvironment, Unavailable } from './origins.ts';
import { programFromPackage } from './package-cache.ts';
import { probeNats } from './probes.ts';
import { checkProgram, findOnPath, programs } from './programs.ts';
import type { Program } from './programs.ts';
import { startServerProcess } from './server-process.ts';

export type NatsOptions = StartOptions & {
  /** Lets in only who gives it. */
  token?: string;
};

/**
 * Finds or starts a NATS server with JetStream on file storage: URL in VIGIL_TEST_NATS_URL, Docker, `nats-server` on the PATH,
 * the distribution's package. Streams survive `restart`.
 * @throws Error that names what was tried and what to install
 */
export async function startNats(options: NatsOptions = {}): Promise<DevService> {
  const { token } = options;
  const access = token === undefined ? [] : ['--auth', token];
  const onProgram = async (origin: Origin, program: Program): Promise<DevService> =>
    startServerProcess(
      {
        name: 'nats',
        origin,
        program,
        args: ({ port, dir }) => [
          '-a',
          '127.0.0.1',
          '-p',
          String(port),
          '-js',
          '-sd',
          join(dir, 'jetstream'),
          ...access,
        ],
        url: (port) => `nats://127.0.0.1:${port}`,
        probe: async (port) => probeNats('127.0.0.1', port, token),
      },
      options,
    );
  return firstThatStarts(
    'nats',
    [
      {
        origin: 'environment',
        start: async () =>
          fromEnvironment('nats', async (url) => {
            const { probeNatsUrl } = await import('./shared-servers.ts');
            await probeNatsUrl(url.href);
          }),
      },
      {
        origin: 'testcontainers',
        start: async () =>
          startContainer(
            {
              name: 'nats',
              command: ['nats-server', '-js', '-sd', '/tmp/jetstream', ...access],
              containerPort: 4222,
              readyLog: /Server is ready/,
              url: (host, port) => `nats://${host}:${port}`,
              probe: async (host, port) => probeNats(host, port, token),
            },
            options,
          ),
      },
      {
        origin: 'path',
        start: async () => {
          const command = findOnPath('nats-server');
          if (command === undefined) throw new Unavailable('no nats-server on the PATH');
          return onProgram('path', await checkProgram(command, process.env, programs.nats));
        },
      },
      { origin: 'package-cache', start: async () => onProgram('package-cache', await programFromPackage('nats')) },
    ],
    options,
  );
}
