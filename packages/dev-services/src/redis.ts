import type { DevService, Origin, StartOptions } from './dev-service.ts';
import { firstThatStarts, fromEnvironment, Unavailable } from './origins.ts';
import { programFromPackage } from './package-cache.ts';
import { probeRedis } from './probes.ts';
import { checkProgram, findOnPath, programs } from './programs.ts';
import type { Program } from './programs.ts';
import { startServerProcess } from './server-process.ts';
import { startContainer } from './containers.ts';

export type RedisOptions = StartOptions & {
  /** Writes each command to disk at once, so that nothing is lost over a kill and restart. Off by default: nothing is kept. */
  appendOnly?: boolean;
  /** When what is appended reaches the disk; `everysec` is Redis' own default and what most fleets run. */
  appendFsync?: 'always' | 'everysec';
  /** For example `64mb`; writes beyond it fail, nothing is evicted, as BullMQ demands. */
  maxMemory?: string;
};

/**
 * Jobs go through the append-only file and are gone, so a file that is rewritten at 64 MB, as by default, is rewritten every few seconds
 * under load; and what is in it is compressed already.
 */
const REWRITE = ['--auto-aof-rewrite-min-size', '512mb', '--rdbcompression', 'no'];

/**
 * Finds or starts a Redis server: URL in VIGIL_TEST_REDIS_URL, Docker, `redis-server` on the PATH, the distribution's package.
 * @throws Error that names what was tried and what to install
 */
export async function startRedis(options: RedisOptions = {}): Promise<DevService> {
  const onProgram = async (origin: Origin, program: Program): Promise<DevService> =>
    startServerProcess(
      {
        name: 'redis',
        origin,
        program,
        args: ({ port, dir }) => [
          '--port',
          String(port),
          '--bind',
          '127.0.0.1',
          '--dir',
          dir,
          '--daemonize',
          'no',
          ...settings(options),
        ],
        url: (port) => `redis://127.0.0.1:${port}`,
        probe: async (port) => probeRedis('127.0.0.1', port),
      },
      options,
    );
  return firstThatStarts(
    'redis',
    [
      {
        origin: 'environment',
        start: async () =>
          fromEnvironment('redis', async (url) => {
            const { probeRedisUrl } = await import('./shared-servers.ts');
            await probeRedisUrl(url.href);
          }),
      },
      {
        origin: 'testcontainers',
        start: async () =>
          startContainer(
            {
              name: 'redis',
              // Without its protected mode, which answers nobody from outside the container.
              command: ['redis-server', '--protected-mode', 'no', '--dir', '/data', ...settings(options)],
              containerPort: 6379,
              readyLog: /Ready to accept connections/,
              url: (host, port) => `redis://${host}:${port}`,
              probe: probeRedis,
            },
            options,
          ),
      },
      {
        origin: 'path',
        start: async () => {
          const command = findOnPath('redis-server');
          if (command === undefined) throw new Unavailable('no redis-server on the PATH');
          return onProgram('path', await checkProgram(command, process.env, programs.redis));
        },
      },
      { origin: 'package-cache', start: async () => onProgram('package-cache', await programFromPackage('redis')) },
    ],
    options,
  );
}

function settings(options: RedisOptions): string[] {
  return [
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
    ...(options.appendOnly === true
      ? ['--appendonly', 'yes', '--appendfsync', options.appendFsync ?? 'always', ...REWRITE]
      : ['--appendonly', 'no']),
    ...(options.maxMemory === undefined ? [] : ['--maxmemory', options.maxMemory]),
  ];
}
