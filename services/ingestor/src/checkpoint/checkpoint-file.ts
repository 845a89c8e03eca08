import { constants } from 'node:fs';
import { mkdir, open, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '@vigil/shared/text/message-of';
import { checkpointSchema, type Checkpoint } from './checkpoint-state.ts';
import { shaOf } from './proof.ts';

/** The checkpoint exists and cannot be used; going on as if there were none would count every line again. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Room for a checkpoint of two or three sources. */
const SLOT_BYTES_MIN = 4 * 1024;
/** One that is on disk, one that is on its way there, the one written last, and one to write to. */
const SLOTS = 4;
const SPACE = ' ';
/** Least time between two syncs to disk, ms. */
const SYNC_INTERVAL_MS = 50;
/** A disk that is further behind than this, ms, is waited for. */
const UNSYNCED_MAX_MS = 1_000;

export interface CheckpointFileOptions {
  /** Brings to disk what was written. */
  bringToDisk?: (handle: FileHandle) => Promise<void>;
  unsyncedMaxMs?: number;
}

/** The file as this process made it. Slots go by number. */
interface Slots {
  handle: FileHandle;
  dev: number;
  ino: number;
  slotBytes: number;
  /** Writes that succeeded. */
  writes: number;
  written: number;
  onDisk: number;
  onItsWay: number;
  syncing: Promise<void> | undefined;
  /** Since when, by the performance clock, something may wait to be brought to disk. */
  behindSinceMs: number;
  /** A write may have failed to reach the disk. */
  hasFailed: boolean;
}

/**
 * The checkpoint's file: slots of one size, written in turn and never where the newest lies that is on disk, so that after a crash or a
 * power cut one of them is whole. A slot is a line: SHA-256 of the rest (32 hex digits), number of the write, the checkpoint as JSON.
 *
 * Writing in place is several times cheaper than replacing the file, and needs no space on a disk that has become full. Nobody waits
 * for the disk, which may take a quarter of a second when others write much: the kernel keeps what was written however the process
 * dies, and a power cut, which takes the end of the log as well, leaves a checkpoint that is at most a second old. The file is replaced
 * by the first write of a process and when a checkpoint outgrows its slot. One write at a time.
 */
export class CheckpointFile {
  readonly #path: string;
  readonly #bringToDisk: (handle: FileHandle) => Promise<void>;
  readonly #unsyncedMaxMs: number;
  #slots: Slots | undefined;

  constructor(path: string, options: CheckpointFileOptions = {}) {
    this.#path = path;
    this.#bringToDisk = options.bringToDisk ?? ((handle) => handle.datasync());
    this.#unsyncedMaxMs = options.unsyncedMaxMs ?? UNSYNCED_MAX_MS;
  }

  /**
   * Reads the checkpoint; undefined where there is none yet.
   * @throws CheckpointError where it is damaged or of another release, or cannot be read
   */
  async read(): Promise<Checkpoint | undefined> {
    const bytes = await this.#bytes();
    if (bytes === undefined) return undefined;
    try {
      return checkpointSchema.parse(JSON.parse(newestIn(bytes)));
    } catch (cause) {
      throw new CheckpointError(
        `The checkpoint ${this.#path} is damaged or of another release. Move it away to read all sources from their beginning.`,
        { cause },
      );
    }
  }

  async #bytes(): Promise<Buffer | undefined> {
    try {
      // To open a pipe that nobody writes to would wait for a writer, and keep the process from ending.
      const handle = await open(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
      try {
        if (!(await handle.stat()).isFile()) throw new Error('it is no file');
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw new CheckpointError(
        `The checkpoint ${this.#path} cannot be read: ${messageOf(cause)}. Let CHECKPOINT_PATH name a file that the user of this process may read and write.`,
        { cause },
      );
    }
  }

  /**
   * Outlives the process when it resolves, and is on disk soon after.
   * @throws the file system's error; the checkpoint before then still stands
   */
  async write(checkpoint: Checkpoint): Promise<void> {
    const json = JSON.stringify(checkpoint);
    const slots = await this.#stillInPlace();
    const writes = (slots?.writes ?? 0) + 1;
    const content = `${writes} ${json}`;
    const record = Buffer.from(`${shaOf(Buffer.from(content))} ${content}\n`);
    if (slots === undefined || record.length > slots.slotBytes) {
      await this.#replace(record, writes);
      return;
    }
    const slot = freeSlot(slots);
    const { bytesWritten } = await slots.handle.write(record, 0, record.length, slot * slots.slotBytes);
    // A system that has no room for all of it takes a part and says no more than that.
    if (bytesWritten < record.length) throw new Error('the checkpoint could be written in part only');
    slots.written = slot;
    slots.writes = writes;
    slots.syncing ??= sync(slots, this.#bringToDisk);
    if (performance.now() - slots.behindSinceMs > this.#unsyncedMaxMs) await slots.syncing;
  }

  /** What was written is on disk when it resolves, unless the disk refuses. */
  async close(): Promise<void> {
    const slots = this.#slots;
    if (slots === undefined) return;
    this.#slots = undefined;
    await slots.syncing;
    await slots.handle.close();
  }

  /** Somebody may have moved the file away or removed it: what is written to it then would be found by nobody. */
  async #stillInPlace(): Promise<Slots | undefined> {
    const slots = this.#slots;
    if (slots === undefined) return undefined;
    const found = await stat(this.#path).catch(() => undefined);
    if (found?.ino === slots.ino && found.dev === slots.dev && !slots.hasFailed) return slots;
    await this.close();
    return undefined;
  }

  /** Either the old file or the new one is there after a crash, whole, with all its slots allocated. */
  async #replace(record: Buffer, writes: number): Promise<void> {
    let slotBytes = SLOT_BYTES_MIN;
    while (slotBytes < 2 * record.length) slotBytes *= 2;
    const bytes = Buffer.alloc(SLOTS * slotBytes, SPACE);
    record.copy(bytes);
    const temporary = `${this.#path}.tmp`;
    const handle = await open(temporary, 'w+', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
      const { dev, ino } = await handle.stat();
      await this.close();
      const places = { written: 0, onDisk: 0, onItsWay: 0 };
      const state = { syncing: undefined, behindSinceMs: 0, hasFailed: false };
      this.#slots = { handle, dev, ino, slotBytes, writes, ...places, ...state };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
}

function freeSlot({ written, onDisk, onItsWay }: Slots): number {
  let slot = 0;
  while (slot === written || slot === onDisk || slot === onItsWay) slot += 1;
  return slot;
}

/** Brings to disk what was written, and what is written meanwhile. */
async function sync(slots: Slots, bringToDisk: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    while (slots.onDisk !== slots.written) {
      slots.behindSinceMs = performance.now();
      await delay(SYNC_INTERVAL_MS);
      slots.onItsWay = slots.written;
      await bringToDisk(slots.handle);
      slots.onDisk = slots.onItsWay;
    }
  } catch {
    // The next write replaces the file, and tells its caller where that fails, too.
    slots.hasFailed = true;
  } finally {
    slots.syncing = undefined;
  }
}

/** Without it a rename may be lost in a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** @throws where no slot is whole */
function newestIn(bytes: Buffer): string {
  let newest: { writes: number; json: string } | undefined;
  const slotBytes = bytes.length / SLOTS;
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const [record = ''] = bytes.toString('utf8', slot * slotBytes, (slot + 1) * slotBytes).split('\n', 1);
    const [, sha, content, writes, json] = /^([0-9a-f]{32}) ((\d+) (.*))$/.exec(record) ?? [];
    if (content === undefined || json === undefined || shaOf(Buffer.from(content)) !== sha) continue;
    if (newest === undefined || Number(writes) > newest.writes) newest = { writes: Number(writes), json };
  }
  if (newest === undefined) throw new Error('none of its slots is whole');
  return newest.json;
}

/** Makes the folder that the checkpoint is to stand in. */
export async function prepareCheckpointFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
}
