import type pc from 'picocolors';
import { printable } from '@vigil/shared/text/printable';
import { scoreText } from '@vigil/shared/text/score-text';
import type { Alert } from '@vigil/client';

export type Colours = ReturnType<typeof pc.createColors>;

/** One alert as one line. Everything from the log is shown as text: it was written by whoever attacks. */
export function alertLine(alert: Alert, colours: Colours): string {
  const severity = alert.severity === 'HIGH' ? colours.red(colours.bold('HIGH  ')) : colours.yellow('MEDIUM');
  return [
    colours.dim(alert.timestamp.slice(0, 19).replace('T', ' ')),
    severity,
    scoreText(alert.threat_score),
    colours.cyan(printable(alert.source_ip).padEnd(15)),
    colours.magenta(printable(alert.classes.join(','))),
    `${printable(alert.request_method)} ${printable(alert.request_path)}`,
    colours.dim(printable(alert.matched_rules.join(','))),
  ].join(' ');
}
