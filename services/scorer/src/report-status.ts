import { setInterval } from 'node:timers';
import { toRulebook } from '@vigil/detection/rules/rulebook';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { Logger } from '@vigil/shared/logging/logger';
import { REPORT_INTERVAL_MS, type ScorerRoster } from '@vigil/shared/scorers/scorer-roster';
import type { EngineSource } from './rules/engine-source.ts';
import type { RuleSet } from './rules/load-rules.ts';

/** How often the rules are told although they have not changed: Redis may have lost them. */
const RULES_INTERVAL_MS = 2 * 60_000;

export interface StatusReporting {
  roster: ScorerRoster;
  /** Unique among scorers that run at the same time. */
  id: string;
  engine: EngineSource;
  /** Lines scored since the start. */
  linesScored: () => Promise<number>;
  lifecycle: Lifecycle;
  log: Logger;
  reportIntervalMs?: number;
  rulesIntervalMs?: number;
}

/** Tells the gateways that this scorer is alive, how fast it is and by which rules it scores. Reports that fail are left out. */
export function reportStatus(options: StatusReporting): void {
  const { roster, id, engine, linesScored, lifecycle, log } = options;
  const { reportIntervalMs = REPORT_INTERVAL_MS, rulesIntervalMs = RULES_INTERVAL_MS } = options;
  let before = { lines: 0, atMs: performance.now() };
  let told: { rules: RuleSet; atMs: number } | undefined;
  const report = async (): Promise<void> => {
    const now = { lines: await linesScored(), atMs: performance.now() };
    const seconds = (now.atMs - before.atMs) / 1_000;
    const linesPerSecond = seconds > 0 ? (now.lines - before.lines) / seconds : 0;
    before = now;
    const { version } = engine.current();
    await roster.report({ id, rulesVersion: version, linesPerSecond });
    // The version tells the active packs alone, not shadow packs and suppressions.
    const rules = engine.rules();
    if (told?.rules === rules && now.atMs - told.atMs < rulesIntervalMs) return;
    await roster.tellRules(toRulebook(rules));
    told = { rules, atMs: now.atMs };
  };
  let underWay: Promise<void> | undefined;
  const tryReport = (): void => {
    underWay ??= report()
      .catch((err: unknown) => log.debug({ err }, 'cannot report the status'))
      .finally(() => (underWay = undefined));
  };
  const timer = setInterval(tryReport, reportIntervalMs);
  timer.unref();
  lifecycle.onStop('flush', 'status', async () => {
    clearInterval(timer);
    // It would be taken for alive again.
    await underWay;
    await roster.leave(id).catch((err: unknown) => log.debug({ err }, 'cannot say farewell'));
  });
  tryReport();
}
