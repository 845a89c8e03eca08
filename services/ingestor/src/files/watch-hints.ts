import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Change notices of the system for the folders of followed files. Only hints: they are missing on some file systems and for the
 * targets of symbolic links, and polling finds everything without them.
 */
export class WatchHints {
  readonly #onHint: (path: string) => void;
  readonly #watchers = new Map<string, FSWatcher>();

  constructor(onHint: (path: string) => void) {
    this.#onHint = onHint;
  }

  /** Watches the folder of a path; does nothing where that is impossible. May be called again once the folder exists. */
  add(path: string): void {
    const folder = dirname(path);
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        if (name !== null) this.#onHint(join(folder, basename(name)));
      });
      watcher.on('error', () => this.#remove(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // Not there yet, or no notices left (`max_user_watches`).
    }
  }

  /** Ends watching the folders in which none of the paths lies. */
  keepOnly(paths: readonly string[]): void {
    const folders = new Set(paths.map((path) => dirname(path)));
    for (const folder of this.#watchers.keys()) if (!folders.has(folder)) this.#remove(folder);
  }

  close(): void {
    for (const folder of this.#watchers.keys()) this.#remove(folder);
  }

  #remove(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}
