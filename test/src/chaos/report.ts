import type { ChaosReport } from './run.ts';

/** The report as text. */
export function reportText(report: ChaosReport): string {
  const figures = Object.entries(report.figures).map(([name, value]) => `  ${name.padEnd(32)} ${value}`);
  const faults = [...report.faults]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([name, { times, recoveryMs }]) => {
      const sorted = recoveryMs.toSorted((a, b) => a - b);
      const median = sorted[Math.floor(sorted.length / 2)]!;
      const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
      return `  ${name.padEnd(32)} ${String(times).padStart(4)}   ${seconds(median).padStart(8)}   ${seconds(sorted.at(-1)!).padStart(8)}`;
    });
  const times = [...report.faults.values()].reduce((sum, fault) => sum + fault.times, 0);
  return [
    '',
    `after ${report.seconds.toFixed(0)} s and ${times} faults:`,
    ...figures,
    '',
    `  ${'fault'.padEnd(32)} times   recovery: median, longest`,
    ...faults,
    '',
    ...(report.broken.length === 0 ? ['every promise held'] : report.broken.map((what) => `BROKEN: ${what}`)),
  ].join('\n');
}
