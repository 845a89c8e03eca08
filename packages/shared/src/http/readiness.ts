import { answerWithin } from '../lifecycle/answer-within.ts';
import type { Logger } from '../logging/logger.ts';
import { messageOf } from '../text/message-of.ts';

export type Check = () => Promise<void> | void;

export interface CheckResult {
  name: string;
  ok: boolean;
  reason?: string;
}

/** What a look at all checks finds. */
export interface Look {
  ok: boolean;
  checks: CheckResult[];
}

const CHECK_TIMEOUT_MS = 2_000;

/** What fails at one look alone, as at a start, is not worth a word. */
const LOOKS_BEFORE_SAID = 2;

/** The check that stands for all that is not done yet at the start. */
const STARTED = 'started';

/**
 * What a service needs in order to be useful (readiness) and what shows that it is stuck (liveness).
 * Liveness never looks at Redis, NATS or PostgreSQL: restarting a healthy process does not mend a dependency.
 */
export class Readiness {
  readonly #ready = new Map<string, Check>();
  readonly #live = new Map<string, Check>();
  /** How many looks in a row each check has failed, by what that means and its name. */
  readonly #failing = new Map<string, number>();
  /** Looks under way. Nobody needs a key for the answer, so however many ask, servers are asked by one of them at a time. */
  #readyLook: Promise<Look> | undefined;
  #aliveLook: Promise<Look> | undefined;
  #draining = false;
  #log: Pick<Logger, 'info' | 'warn'> | undefined;

  /** Adds a check that must pass (not throw) for traffic to be sent here. */
  require(name: string, check: Check): void {
    this.#ready.set(name, check);
  }

  /** From now on the log says which check fails and why, and since when it does not any more, as whoever asks finds it. */
  reportTo(log: Pick<Logger, 'info' | 'warn'>): void {
    this.#log = log;
  }

  /** Not ready until the returned function is called: a service whose port is not open yet must get no traffic. */
  holdUntilStarted(): () => void {
    this.#ready.set(STARTED, () => {
      throw new Error('the process is starting');
    });
    return () => void this.#ready.delete(STARTED);
  }

  /** Adds a check whose failure means that only a restart helps. */
  requireAlive(name: string, check: Check): void {
    this.#live.set(name, check);
  }

  /** From now on the service is not ready, whatever the checks say. */
  drain(): void {
    this.#draining = true;
  }

  async ready(): Promise<Look> {
    if (this.#draining)
      return { ok: false, checks: [{ name: 'draining', ok: false, reason: 'the process is stopping' }] };
    this.#readyLook ??= this.#look(this.#ready, 'not ready').finally(() => {
      this.#readyLook = undefined;
    });
    return this.#readyLook;
  }

  alive(): Promise<Look> {
    this.#aliveLook ??= this.#look(this.#live, 'stuck').finally(() => {
      this.#aliveLook = undefined;
    });
    return this.#aliveLook;
  }

  async #look(checks: ReadonlyMap<string, Check>, failure: Failure): Promise<Look> {
    const result = await run(checks);
    for (const check of result.checks) this.#report(check, failure);
    return result;
  }

  #report({ name, ok, reason }: CheckResult, failure: Failure): void {
    if (name === STARTED || this.#draining) return;
    const key = `${failure}: ${name}`;
    const looks = this.#failing.get(key) ?? 0;
    if (!ok) {
      this.#failing.set(key, looks + 1);
      if (looks + 1 === LOOKS_BEFORE_SAID) this.#log?.warn({ check: name, reason }, `a check fails: ${failure}`);
    } else if (this.#failing.delete(key) && looks >= LOOKS_BEFORE_SAID) {
      this.#log?.info({ check: name }, 'a check passes again');
    }
  }
}

/** What it means that a check fails. */
type Failure = 'not ready' | 'stuck';

async function run(checks: ReadonlyMap<string, Check>): Promise<Look> {
  const results = await Promise.all([...checks].map(([name, check]) => runOne(name, check)));
  return { ok: results.every((result) => result.ok), checks: results };
}

async function runOne(name: string, check: Check): Promise<CheckResult> {
  try {
    await answerWithin(check, CHECK_TIMEOUT_MS);
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, reason: messageOf(error) };
  }
}
