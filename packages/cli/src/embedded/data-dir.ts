import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockHeldError, takeLock } from '@vigil/dev-services/file-lock';
import { generateApiKey } from '@vigil/shared/auth/api-keys';
import { UserError } from '../exit.ts';

/** Holds the URL of the embedded database while it runs. */
export const DATABASE_URL_FILE = 'database-url';

/** Everything that embedded mode keeps, in one folder that one process owns. */
export interface DataDir {
  path: string;
  checkpointPath: string;
  databaseDir: string;
  demoLogPath: string;
  /** The key of this installation, with every scope; made on the first start. */
  apiKey: string;
  /** Whether the key was made just now. */
  firstStart: boolean;
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
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(
      `Cannot make the data folder ${path}: ${(error as Error).message}. Set VIGIL_DATA_DIR to one that can be written.`,
    );
  }
  const real = realpathSync(path);
  const release = lock(real);
  const keyPath = join(real, 'api-key');
  const firstStart = !existsSync(keyPath);
  if (firstStart) writeFileSync(keyPath, `${generateApiKey()}\n`, { mode: 0o600 });
  // Somebody may have copied the folder with other permissions.
  chmodSync(keyPath, 0o600);
  return {
    path: real,
    checkpointPath: join(real, 'checkpoint.json'),
    databaseDir: join(real, 'postgres'),
    demoLogPath: join(real, 'demo-access.log'),
    apiKey: readFileSync(keyPath, 'utf8').trim(),
    firstStart,
    writeDatabaseUrl: (url) => writeFileSync(join(real, DATABASE_URL_FILE), `${url}\n`, { mode: 0o600 }),
    release: () => {
      rmSync(join(real, DATABASE_URL_FILE), { force: true });
      release();
    },
  };
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
    );
  }
}
