import { setInterval } from 'node:timers';
import { toRulebook } from '@vigil/detection/rules/rulebook';
import type { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import type { Logger } from '@vigil/shared/logging/logger';
import { REPORT_INTERVAL_MS, type ScorerRoster } from '@vigil/shared/scorers/scorer-roster';
import type { RulesSource } from './rules/engine-source.ts';

export interface StatusReporting {
  roster: ScorerRoster;
  /** Unique among scorers that run at the same time. */
  id: string;
  engine: RulesSource;
  /** Lines scored since the start. */
  linesScored: () => Promise<number>;
  lifecycle: Lifecycle;
  log: Logger;
}

/** Tells the gateways that this scorer is alive, how fast it is and by which rules it scores. Reports that fail are left out. */
export function reportStatus(options: StatusReporting): void {
  const { roster, id, engine, linesScored, lifecycle, log } = options;
  let before = { lines: 0, atMs: Date.now() };
  let rulesTold: string | undefined;
  const report = async (): Promise<void> => {
    const now = { lines: await linesScored(), atMs: Date.now() };
    const seconds = (now.atMs - before.atMs) / 1_000;
    const linesPerSecond = seconds > 0 ? (now.lines - before.lines) / seconds : 0;
    before = now;
    const { version } = engine.current();
    await roster.report({ id, rulesVersion: version, linesPerSecond, atMs: now.atMs });
    if (rulesTold === version) return;
    await roster.tellRules(toRulebook(engine.rules()));
    rulesTold = version;
  };
  const tryReport = (): void => void report().catch((err: unknown) => log.debug({ err }, 'cannot report the status'));
  const timer = setInterval(tryReport, REPORT_INTERVAL_MS);
  timer.unref();
  lifecycle.onStop('flush', 'status', async () => {
    clearInterval(timer);
    await roster.leave(id);
  });
  tryReport();
}
