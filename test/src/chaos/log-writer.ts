import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  renameSync,
  truncateSync,
  writeSync,
  copyFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogLines } from './log-lines.ts';
import { moveUpRotated } from '../rotated-files.ts';
import type { Random } from '../random.ts';

/** Longest pause between two writes. */
const TICK_MS = 10;

export interface LogWriterOptions {
  /** The log that the ingestor follows. */
  path: string;
  /** Where a copy of each file's content is kept, for the truth. */
  truthDir: string;
  lines: LogLines;
  random: Random;
  /** It stops by itself after as many; a burst goes on. */
  linesMin: number;
  /** Pace; `burst` goes beyond it. */
  linesPerSecond: number;
}

/**
 * Writes a log as real programs do: in pieces that end anywhere, in the middle of a line or of a character too, going on into a
 * renamed file for a while, and appending to a truncated one.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  #fd: number;
  /** Bytes that belong to lines which were begun and are not written yet. */
  #rest: Buffer = Buffer.alloc(0);
  #file = 0;
  #atFileStart = true;
  #rotations = 0;
  #stopped = false;
  #paused = false;
  #owed = 0;
  #linesMin: number;
  #running: Promise<void> = Promise.resolve();
  /** Lines whose newline is written. */
  linesWritten = 0;
  files: string[] = [];
  rotated = 0;
  truncated = 0;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#linesMin = options.linesMin;
    mkdirSync(options.truthDir, { recursive: true });
    this.#fd = openSync(options.path, 'a');
    this.#newFile();
  }

  get path(): string {
    return this.#options.path;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Writes lines at once, beyond the pace and beyond `linesMin`. */
  burst(lines: number): void {
    this.#owed += lines;
    this.#linesMin = Math.max(this.#linesMin, this.#options.lines.count + Math.ceil(this.#owed));
  }

  /** Ends where it stands, if it has not ended: a run that failed. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  /** Writes what is left, whole lines to the last, and ends. */
  async finish(): Promise<void> {
    await this.stop();
    while (this.#options.lines.count < this.#linesMin) this.#begin(1_000);
    this.#write(this.#rest.length);
    closeSync(this.#fd);
  }

  /** As logrotate does with `create`: rename, go on writing for a moment, open the new file. */
  async rotate(): Promise<void> {
    const { path, random } = this.#options;
    this.#paused = true;
    moveUpRotated(path, this.#rotations);
    renameSync(path, `${path}.1`);
    this.#begin(random.int(0, 50));
    this.#write(Math.floor(this.#rest.length * random.next()));
    await delay(random.int(0, 300));
    // A program that is told to open its log anew does so between two lines.
    this.#write(this.#rest.length);
    closeSync(this.#fd);
    this.#fd = openSync(path, 'a');
    this.#rotations += 1;
    this.rotated += 1;
    this.#newFile();
    this.#paused = false;
  }

  /** As logrotate does with `copytruncate`. What no reader has read is lost with it, so the caller waits for `caughtUp` in between. */
  async copyTruncate(caughtUp: () => Promise<void>): Promise<void> {
    const { path } = this.#options;
    this.#paused = true;
    try {
      this.#write(this.#rest.length);
      await caughtUp();
      moveUpRotated(path, this.#rotations);
      copyFileSync(path, `${path}.1`);
      truncateSync(path, 0);
      this.#rotations += 1;
      this.truncated += 1;
      this.#newFile();
    } finally {
      this.#paused = false;
    }
  }

  async #run(): Promise<void> {
    const { lines, linesPerSecond, random } = this.#options;
    let lastMs = performance.now();
    while (!this.#stopped) {
      await delay(random.int(1, TICK_MS));
      const nowMs = performance.now();
      if (!this.#paused) {
        this.#owed += ((nowMs - lastMs) / 1_000) * linesPerSecond;
        const count = Math.min(Math.floor(this.#owed), this.#linesMin - lines.count);
        this.#owed -= count;
        this.#begin(count);
        this.#write(random.chance(0.3) ? this.#rest.length : Math.floor(this.#rest.length * random.next()));
      }
      lastMs = nowMs;
    }
  }

  #begin(count: number): void {
    const parts = [this.#rest];
    for (let line = 0; line < count; line += 1) {
      parts.push(this.#atFileStart ? this.#options.lines.nextBenign() : this.#options.lines.next(), NEWLINE);
      this.#atFileStart = false;
    }
    this.#rest = Buffer.concat(parts);
  }

  #write(bytes: number): void {
    if (bytes === 0) return;
    const part = this.#rest.subarray(0, bytes);
    writeSync(this.#fd, part);
    appendFileSync(this.files.at(-1)!, part);
    for (let at = part.indexOf(0x0a); at !== -1; at = part.indexOf(0x0a, at + 1)) this.linesWritten += 1;
    this.#rest = this.#rest.subarray(bytes);
  }

  #newFile(): void {
    this.#file += 1;
    this.#atFileStart = true;
    this.files.push(join(this.#options.truthDir, `${String(this.#file).padStart(4, '0')}.log`));
  }
}

const NEWLINE = Buffer.from('\n');
