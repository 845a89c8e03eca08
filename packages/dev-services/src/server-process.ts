import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DevService, Origin, ServiceName, StartOptions } from './dev-service.ts';
import { freePort } from './free-port.ts';
import { startOwnedProcess } from './owned-process.ts';
import type { OwnedProcess } from './owned-process.ts';
import type { Program } from './programs.ts';
import { guardDirectory } from './watchdog.ts';

export type ServerRecipe = {
  name: ServiceName;
  origin: Origin;
  program: Program;
  args: (place: { port: number; dir: string }) => string[];
  url: (port: number) => string;
  probe: (port: number) => Promise<void>;
};

/** Starts a server program on a free port of 127.0.0.1 with its data in a temporary folder, or as the options say. */
export async function startServerProcess(recipe: ServerRecipe, options: StartOptions): Promise<DevService> {
  const temporary = options.dataDir === undefined;
  const dir = options.dataDir ?? mkdtempSync(join(tmpdir(), `vigil-${recipe.name}-`));
  if (temporary) guardDirectory(dir);
  else mkdirSync(dir, { recursive: true });
  const clean = (): void => {
    if (temporary) rmSync(dir, { recursive: true, force: true });
  };
  let port = 0;
  let child: OwnedProcess;
  for (let attempt = 1; ; attempt += 1) {
    port = options.port ?? (await freePort());
    const chosen = port;
    try {
      child = await startOwnedProcess({
        name: recipe.program.command,
        command: recipe.program.command,
        args: recipe.args({ port, dir }),
        env: recipe.program.env,
        cwd: dir,
        logFile: join(dir, `${recipe.name}.log`),
        stopSignal: 'SIGTERM',
        stopTimeoutMs: 5000,
        startTimeoutMs: 20_000,
        probe: async () => recipe.probe(chosen),
      });
      break;
    } catch (error) {
      // Somebody may have taken the free port in between.
      const lostRace = options.port === undefined && attempt < 5 && /address already in use/i.test(String(error));
      if (lostRace) continue;
      clean();
      throw error;
    }
  }
  return {
    name: recipe.name,
    url: recipe.url(port),
    origin: recipe.origin,
    get pid() {
      return child.pid;
    },
    stop: async () => {
      await child.stop();
      clean();
    },
    restart: async () => child.restart(),
    kill: async (signal) => child.kill(signal),
  };
}
