import { answerWithin } from '../lifecycle/answer-within.ts';
import { messageOf } from '../text/message-of.ts';

export type Check = () => Promise<void> | void;

export interface CheckResult {
  name: string;
  ok: boolean;
  reason?: string;
}

const CHECK_TIMEOUT_MS = 2_000;

/**
 * What a service needs in order to be useful (readiness) and what shows that it is stuck (liveness).
 * Liveness never looks at Redis, NATS or PostgreSQL: restarting a healthy process does not mend a dependency.
 */
export class Readiness {
  readonly #ready = new Map<string, Check>();
  readonly #live = new Map<string, Check>();
  #draining = false;

  /** Adds a check that must pass (not throw) for traffic to be sent here. */
  require(name: string, check: Check): void {
    this.#ready.set(name, check);
  }

  /** Not ready until the returned function is called: a service whose port is not open yet must get no traffic. */
  holdUntilStarted(): () => void {
    this.#ready.set('started', () => {
      throw new Error('the process is starting');
    });
    return () => void this.#ready.delete('started');
  }

  /** Adds a check whose failure means that only a restart helps. */
  requireAlive(name: string, check: Check): void {
    this.#live.set(name, check);
  }

  /** From now on the service is not ready, whatever the checks say. */
  drain(): void {
    this.#draining = true;
  }

  async ready(): Promise<{ ok: boolean; checks: CheckResult[] }> {
    if (this.#draining)
      return { ok: false, checks: [{ name: 'draining', ok: false, reason: 'the process is stopping' }] };
    return run(this.#ready);
  }

  alive(): Promise<{ ok: boolean; checks: CheckResult[] }> {
    return run(this.#live);
  }
}

async function run(checks: Map<string, Check>): Promise<{ ok: boolean; checks: CheckResult[] }> {
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
