import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { LockHeldError, takeLock } from '@vigil/dev-services/file-lock';
import { generateApiKey } from '@vigil/shared/auth/api-keys';
import { UserError } from '../exit.ts';

/** Holds the URL of the embedded database while it runs. */
export const DATABASE_URL_FILE = 'database-url';

const API_KEY_FILE = 'api-key';

/** Everything that embedded mode keeps, in one folder that one process owns. */
export interface DataDir {
  path: string;
  checkpointPath: string;
  databaseDir: string;
  demoLogPath: string;
  /** The key of this installation, with every scope; made on the first start. */
  apiKey: string;
  apiKeyPath: string;
  /** Lets `vigil keys`, `dlq` and `retention` find the database of the running process. */
  writeDatabaseUrl(url: string): void;
  release(): void;
}

/**
 * Opens the folder and takes its lock, which ends with the process, however it ends.
 * @throws UserError where another Vigil runs on it or it cannot be written
 */
export function openDataDir(path: string): DataDir {
  try {
    makeFolder(path);
  } catch (error) {
    throw new UserError(
      `Cannot make the data folder ${path}: ${(error as Error).message}. Set VIGIL_DATA_DIR to one that can be written.`,
      { cause: error },
    );
  }
  const real = realpathSync(path);
  const release = lock(real);
  let apiKey: string;
  try {
    apiKey = installationKey(real);
  } catch (error) {
    release();
    throw error;
  }
  return {
    path: real,
    checkpointPath: join(real, 'checkpoint.json'),
    databaseDir: join(real, 'postgres'),
    demoLogPath: join(real, 'demo-access.log'),
    apiKey,
    apiKeyPath: join(real, API_KEY_FILE),
    writeDatabaseUrl: (url) => writeFileSync(join(real, DATABASE_URL_FILE), `${url}\n`, { mode: 0o600 }),
    release: () => {
      rmSync(join(real, DATABASE_URL_FILE), { force: true });
      release();
    },
  };
}

/** As `mkdirSync` with `recursive`, which never returns for a folder that is to be made in /proc. */
function makeFolder(path: string): void {
  const parent = dirname(path);
  if (!existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The key of the installation in `folder`, made where there is none; a file without one is what a full disk left. */
function installationKey(folder: string): string {
  const path = join(folder, API_KEY_FILE);
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  const apiKey = kept === '' ? generateApiKey() : kept;
  if (kept === '') writeWhole(folder, path, `${apiKey}\n`);
  // Somebody may have copied the folder with other permissions.
  chmodSync(path, 0o600);
  return apiKey;
}

/** Writes a file that is there whole or not at all, whatever stops the process or the machine. */
function writeWhole(folder: string, path: string, text: string): void {
  const unfinished = `${path}.new`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true });
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function lock(path: string): () => void {
  try {
    return takeLock(join(path, 'vigil.lock'));
  } catch (error) {
    if (error instanceof LockHeldError) {
      throw new UserError(
        `Vigil is already running on ${path} (process ${error.pid}). Stop it first, or set VIGIL_DATA_DIR to another folder.`,
      );
    }
    throw new UserError(
      `Cannot use the data folder ${path}: ${(error as Error).message}. Set VIGIL_DATA_DIR to one that can be written.`,
      { cause: error },
    );
  }
}
