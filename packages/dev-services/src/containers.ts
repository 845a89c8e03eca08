import { once } from 'node:events';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { StartedTestContainer } from 'testcontainers';
import type { DevService, ServiceName, StartOptions } from './dev-service.ts';
import { freePort } from './free-port.ts';
import { messageOf } from './message-of.ts';
import { Unavailable } from './origins.ts';
import { cacheDir } from './package-cache.ts';
import { guardContainer, unguardContainer } from './watchdog.ts';
import { waitUntil } from './wait-until.ts';

/** What is run where a Docker daemon answers. */
export const images: Record<ServiceName, string> = {
  redis: 'redis:7.4-alpine',
  nats: 'nats:2.12-alpine',
  postgres: 'postgres:18-alpine',
};

const pullTimeoutMs = 120_000;
const pullRetryAfterMs = 10 * 60_000;

export type ContainerRecipe = {
  name: ServiceName;
  /** Whole command, since nothing is taken for granted about the image's own; none keeps the image's. */
  command?: readonly string[];
  environment?: Record<string, string>;
  containerPort: number;
  readyLog: RegExp;
  /** How often the line appears until the server is up; once by default. */
  readyLogTimes?: number;
  url: (host: string, port: number) => string;
  probe: (host: string, port: number) => Promise<void>;
};

/** Why no container can be started here, or undefined when a Docker daemon answers. Costs next to nothing where there is none. */
export async function dockerProblem(): Promise<string | undefined> {
  const sockets = [
    '/var/run/docker.sock',
    join(homedir(), '.docker/run/docker.sock'),
    join(homedir(), '.colima/default/docker.sock'),
    ...(process.env['XDG_RUNTIME_DIR'] === undefined ? [] : [join(process.env['XDG_RUNTIME_DIR'], 'docker.sock')]),
  ];
  const configured =
    process.env['DOCKER_HOST'] !== undefined || existsSync(join(homedir(), '.testcontainers.properties'));
  if (!configured && !sockets.some((socket) => existsSync(socket)))
    return 'no Docker daemon (no socket, no DOCKER_HOST)';
  try {
    await runtime();
    return undefined;
  } catch (error) {
    return `no Docker daemon answers: ${messageOf(error)}`;
  }
}

async function runtime() {
  // Our watchdog removes containers after a crash; the reaper would be one more image to pull, and run privileged.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  const library = await import('testcontainers');
  return { library, client: await library.getContainerRuntimeClient() };
}

/** Why the image cannot be used without a pull, or undefined when it is here. */
export async function localImageProblem(image: string): Promise<string | undefined> {
  const { library, client } = await runtime();
  const here = await client.image.exists(library.ImageName.fromString(image));
  return here ? undefined : `image ${image} is not here`;
}

/** Why the image cannot be used, or undefined when it is here or could be pulled. */
async function imageProblem(image: string): Promise<string | undefined> {
  if ((await localImageProblem(image)) === undefined) return undefined;
  const marker = join(cacheDir(), `no-pull-${image.replaceAll(/\W/g, '-')}`);
  const failedAgoMs = Date.now() - (statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  if (failedAgoMs < pullRetryAfterMs) return `image ${image} could not be pulled a moment ago`;
  try {
    await pull(image);
    return undefined;
  } catch (error) {
    // Each process of a test run would wait for the same registry in vain.
    mkdirSync(cacheDir(), { recursive: true });
    writeFileSync(marker, '');
    return `image ${image} is not here and cannot be pulled: ${messageOf(error)}`;
  }
}

async function pull(image: string): Promise<void> {
  const { library, client } = await runtime();
  const tooLong = new AbortController();
  const timer = setTimeout(() => {
    tooLong.abort(new Error(`pull took longer than ${pullTimeoutMs} ms`));
  }, pullTimeoutMs);
  try {
    await Promise.race([
      client.image.pull(library.ImageName.fromString(image)),
      once(tooLong.signal, 'abort').then(() => tooLong.signal.throwIfAborted()),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

/** Starts a server in a container on a fixed port of the Docker host, so that `restart` keeps its URL and data. */
export async function startContainer(recipe: ContainerRecipe, options: StartOptions): Promise<DevService> {
  const image = images[recipe.name];
  const problem = (await dockerProblem()) ?? (await imageProblem(image));
  if (problem !== undefined) throw new Unavailable(problem);
  const { library, client } = await runtime();
  const port = options.port ?? (await freePort());

  // Known to the watchdog before it starts: we could die while it does.
  class GuardedContainer extends library.GenericContainer {
    protected override containerCreated = async (id: string): Promise<void> => {
      guardContainer(id);
    };
  }
  let container = new GuardedContainer(image)
    .withExposedPorts({ container: recipe.containerPort, host: port })
    .withEnvironment(recipe.environment ?? {})
    .withWaitStrategy(library.Wait.forLogMessage(recipe.readyLog, recipe.readyLogTimes ?? 1))
    .withStartupTimeout(60_000);
  if (recipe.command !== undefined) container = container.withCommand([...recipe.command]);
  const started: StartedTestContainer = await container.start();
  const host = started.getHost();
  const ready = async (): Promise<void> => {
    await waitUntil(
      async () => {
        await recipe.probe(host, port);
        return true;
      },
      { timeoutMs: 30_000, what: `answer of ${recipe.name} in its container` },
    );
  };
  const raw = client.container.getById(started.getId());
  let gone = false;
  const service: DevService = {
    name: recipe.name,
    url: recipe.url(host, port),
    origin: 'testcontainers',
    stop: async () => {
      if (gone) return;
      gone = true;
      await raw.remove({ force: true, v: true });
      unguardContainer(started.getId());
    },
    restart: async () => {
      await raw.restart({ t: 5 });
      await ready();
    },
    kill: async (signal) => {
      if (signal === 'SIGSTOP') await raw.pause();
      else if (signal === 'SIGCONT') await raw.unpause();
      else await raw.kill({ signal });
    },
  };
  try {
    await ready();
  } catch (error) {
    await service.stop();
    throw error;
  }
  return service;
}
