import type { LevelWithSilent } from '@vigil/shared/logging/logger';
import type { CheckResult } from '@vigil/shared/http/readiness';
import type { MetricSnapshot } from '@vigil/shared/metrics/metrics';
import type { RulesInUse } from './rules-in-use.ts';

/** What the scoring thread is made with. */
export interface ThreadData {
  /** Rule packs besides the built-in ones. */
  rulesDir: string | undefined;
  /** Zone of times that name none. */
  timeZone: string | undefined;
  logLevel: LevelWithSilent;
  shutdownTimeoutMs: number;
}

/** What the process asks of its scoring thread, and what it is told. */
export interface Answers {
  ready: CheckResult[];
  alive: CheckResult[];
  metrics: MetricSnapshot[];
  rules: RulesInUse;
  /** Whether everything was released in time. Nothing is answered after it. */
  stop: boolean;
}
export type Question = keyof Answers;

export type ToThread = { begin: { databaseUrl: string } } | { id: number; question: Question };

export type FromThread = { log: string } | { begun: true } | { id: number; answer: Answers[Question] };
