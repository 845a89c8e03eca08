import type { EventHeap } from './event-heap.ts';

interface Work {
  us: number;
  done: () => void;
}

/** The simulated clock, and the cores that all processes of the machine share. */
export class Machine {
  nowUs = 0;
  readonly #heap: EventHeap;
  readonly #ready: Station[] = [];
  #free: number;

  /** @param cores Infinity where each process has a core of its own; a fraction makes the work slower */
  constructor(heap: EventHeap, cores: number) {
    this.#heap = heap;
    this.#free = cores === Infinity ? Infinity : Math.max(1, Math.round(cores));
    this.speed = cores === Infinity ? 1 : cores / this.#free;
  }

  /** What a core does in a unit of time: the share of it that others leave. */
  readonly speed: number;

  after(us: number, run: () => void): void {
    this.#heap.add(this.nowUs + us, run);
  }

  /** A station has work and a server for it; it starts when a core is free, in turn. */
  wantsCore(station: Station): void {
    this.#ready.push(station);
    this.#dispatch();
  }

  runToEnd(): void {
    for (let event = this.#heap.next(); event !== undefined; event = this.#heap.next()) {
      this.nowUs = event.at;
      event.run();
    }
  }

  #dispatch(): void {
    while (this.#free > 0) {
      const station = this.#ready.shift();
      if (station === undefined) return;
      const work = station.take();
      const us = work.us / this.speed;
      this.#free -= 1;
      station.busyUs += us;
      this.after(us, () => {
        this.#free += 1;
        work.done();
        station.release();
        this.#dispatch();
      });
    }
  }
}

/** Processes of one kind that take work from one queue, each one piece at a time. */
export class Station {
  readonly servers: number;
  busyUs = 0;
  readonly #machine: Machine;
  readonly #waiting: Work[] = [];
  #idle: number;
  /** Pieces for which a core was asked. */
  #promised = 0;

  constructor(machine: Machine, servers: number) {
    this.#machine = machine;
    this.servers = servers;
    this.#idle = servers;
  }

  /** Work of so many microseconds of a core; `done` is called at its end. */
  add(us: number, done: () => void): void {
    this.#waiting.push({ us, done });
    this.#claim();
  }

  /** The next piece, for the core that was asked for. */
  take(): Work {
    this.#promised -= 1;
    return this.#waiting.shift()!;
  }

  release(): void {
    this.#idle += 1;
    this.#claim();
  }

  /** As many servers as there is work for ask for a core. */
  #claim(): void {
    while (this.#idle > 0 && this.#waiting.length > this.#promised) {
      this.#idle -= 1;
      this.#promised += 1;
      this.#machine.wantsCore(this);
    }
  }
}
