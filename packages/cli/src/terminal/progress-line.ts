import type { WriteStream } from 'node:tty';

/** Least time between two drawings, ms. */
const DRAW_INTERVAL_MS = 100;
const BAR_COLUMNS = 40;
const COLUMNS_USUAL = 80;
/** What stands behind the bar, at most. */
const TEXT_COLUMNS = 24;
const CLEAR_LINE = '\r\u001b[K';

/** How far some work is, in one line of a terminal that is drawn again as it goes on. */
export class ProgressLine {
  readonly #terminal: Pick<WriteStream, 'columns' | 'write'>;
  readonly #total: number;
  readonly #now: () => number;
  readonly #startedMs: number;
  #done = 0;
  #drawnMs: number;

  /** @param now ms of the performance clock; for tests */
  constructor(
    terminal: Pick<WriteStream, 'columns' | 'write'>,
    total: number,
    now: () => number = () => performance.now(),
  ) {
    this.#terminal = terminal;
    this.#total = total;
    this.#now = now;
    this.#startedMs = now();
    // Drawn at once, it would say that the rest takes no time.
    this.#drawnMs = this.#startedMs;
  }

  /** Counts this much more as done. */
  add(amount: number): void {
    this.#done += amount;
    if (this.#now() - this.#drawnMs >= DRAW_INTERVAL_MS) this.#draw();
  }

  /** Leaves the line as it is now; what is written next begins a new one. */
  end(): void {
    this.#draw();
    this.#terminal.write('\n');
  }

  #draw(): void {
    this.#drawnMs = this.#now();
    // A log that is written to meanwhile holds more than it did at the start.
    const share = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
    // A terminal that nobody told its size has none.
    const room = (this.#terminal.columns || COLUMNS_USUAL) - TEXT_COLUMNS;
    const columns = Math.max(0, Math.min(BAR_COLUMNS, room));
    const filled = Math.floor(share * columns);
    const bar = '█'.repeat(filled) + '░'.repeat(columns - filled);
    const secondsLeft = ((this.#drawnMs - this.#startedMs) * (1 / share - 1)) / 1000;
    const left = share === 0 ? '' : ` | ${duration(secondsLeft)} left`;
    this.#terminal.write(`${CLEAR_LINE}${bar} ${Math.floor(share * 100)}%${left}`);
  }
}

/** `42s`, `3m05s` or `2h07m`. */
function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m${twoDigits(whole % 60)}s`;
  return `${Math.floor(minutes / 60)}h${twoDigits(minutes % 60)}m`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
