import { rulebookSchema, type Rulebook } from '@vigil/detection/rules/rulebook';
import type { ScorerRoster } from '@vigil/shared/scorers/scorer-roster';
import { rulesSummary, type PipelineProviders } from './pipeline-status.ts';

/** What scorers in other processes report. Rules that this release cannot read count as not told. */
export function rosterStatus(roster: ScorerRoster): Required<Omit<PipelineProviders, 'queues'>> {
  const rulebook = async (): Promise<Rulebook | undefined> => rulebookSchema.safeParse(await roster.rules()).data;
  return {
    rulebook,
    rules: async () => {
      const [known, scorers] = await Promise.all([rulebook(), roster.alive()]);
      const latest = scorers.toSorted((a, b) => b.atMs - a.atMs)[0];
      return known === undefined || latest === undefined ? undefined : rulesSummary(latest.rulesVersion, known);
    },
    scorers: async () =>
      (await roster.alive()).map(({ id, rulesVersion, linesPerSecond, atMs }) => ({
        id,
        rules_version: rulesVersion,
        last_seen: new Date(atMs).toISOString(),
        lines_per_second: linesPerSecond,
      })),
  };
}
