import type pc from 'picocolors';
import { printable } from '@vigil/shared/text/printable';
import { scoreText } from '@vigil/shared/text/score-text';
import type { Alert } from '@vigil/client';
import type { More } from './alert-folding.ts';

export type Colours = ReturnType<typeof pc.createColors>;

/** One alert as one line. Everything from the log is shown as text: it was written by whoever attacks. */
export function alertLine(alert: Alert, colours: Colours): string {
  return [
    ...origin(alert, alert.threat_score, colours),
    colours.magenta(printable(alert.classes.join(','))),
    request(alert),
    colours.dim(printable(alert.matched_rules.join(','))),
  ].join(' ');
}

/** What an address, or many together, went on with, as one line that stands below those of its first alerts. */
export function moreLine({ count, isFromMany, last, scoreMax }: More, colours: Colours): string {
  return [
    ...origin(isFromMany ? { ...last, source_ip: 'many addresses' } : last, scoreMax, colours),
    colours.magenta(printable(last.classes[0] ?? '')),
    colours.bold(`${count} more`) + ',',
    `last ${request(last)}`,
  ].join(' ');
}

function origin({ timestamp, severity, source_ip: ip }: Alert, score: number, colours: Colours): string[] {
  return [
    colours.dim(timestamp.slice(0, 19).replace('T', ' ')),
    severity === 'HIGH' ? colours.red(colours.bold('HIGH  ')) : colours.yellow('MEDIUM'),
    scoreText(score),
    colours.cyan(printable(ip).padEnd(15)),
  ];
}

function request(alert: Alert): string {
  return `${printable(alert.request_method)} ${printable(alert.request_path)}`;
}
