import { mkdir, open, readFile, rename, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { checkpointSchema, type Checkpoint } from './checkpoint-state.ts';
import { shaOf } from './known-contents.ts';

/** The checkpoint exists and cannot be used; going on as if there were none would count every line again. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

/** Room for a checkpoint of some ten sources. */
const SLOT_BYTES_MIN = 8 * 1024;
const SLOTS = 2;
const SPACE = ' ';

/** The file as this process made it. */
interface Slots {
  handle: FileHandle;
  dev: number;
  ino: number;
  slotBytes: number;
  /** Writes that succeeded; its parity tells whose turn it is. */
  writes: number;
}

/**
 * The checkpoint's file: two slots of one size, written in turn, so that after a crash or a power cut one of them is whole. A slot
 * is a line: SHA-256 of the rest (32 hex digits), number of the write, the checkpoint as JSON.
 *
 * Writing in place is several times cheaper than replacing the file, and does not wait for what else the file system has to bring to
 * disk; nor does it need space on a disk that has become full. The file is replaced by the first write of a process and where a
 * checkpoint outgrows its slot. One write at a time.
 */
export class CheckpointFile {
  readonly #path: string;
  #slots: Slots | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Reads the checkpoint; undefined where there is none yet.
   * @throws CheckpointError where it is damaged or of another release
   */
  async read(): Promise<Checkpoint | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return checkpointSchema.parse(JSON.parse(newestIn(bytes)));
    } catch (cause) {
      throw new CheckpointError(
        `The checkpoint ${this.#path} is damaged or of another release. Move it away to read all sources from their beginning.`,
        { cause },
      );
    }
  }

  /**
   * On disk when it resolves.
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
    await slots.handle.write(record, 0, record.length, (writes % SLOTS) * slots.slotBytes);
    await slots.handle.datasync();
    slots.writes = writes;
  }

  async close(): Promise<void> {
    const slots = this.#slots;
    this.#slots = undefined;
    await slots?.handle.close();
  }

  /** Somebody may have moved the file away or removed it: what is written to it then would be found by nobody. */
  async #stillInPlace(): Promise<Slots | undefined> {
    if (this.#slots === undefined) return undefined;
    const found = await stat(this.#path).catch(() => undefined);
    if (found?.ino === this.#slots.ino && found.dev === this.#slots.dev) return this.#slots;
    await this.close();
    return undefined;
  }

  /** Either the old file or the new one is there after a crash, whole, with both slots allocated. */
  async #replace(record: Buffer, writes: number): Promise<void> {
    let slotBytes = SLOT_BYTES_MIN;
    while (slotBytes < 2 * record.length) slotBytes *= 2;
    const bytes = Buffer.alloc(SLOTS * slotBytes, SPACE);
    record.copy(bytes, (writes % SLOTS) * slotBytes);
    const temporary = `${this.#path}.tmp`;
    const handle = await open(temporary, 'w+', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
      await rename(temporary, this.#path);
      await syncFolder(dirname(this.#path));
      const { dev, ino } = await handle.stat();
      await this.close();
      this.#slots = { handle, dev, ino, slotBytes, writes };
    } catch (error) {
      await handle.close();
      throw error;
    }
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
  if (newest === undefined) throw new Error('neither of its two slots is whole');
  return newest.json;
}

export async function prepareCheckpointFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
}
