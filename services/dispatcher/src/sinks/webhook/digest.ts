import type { Alert, AlertSeverity } from '@vigil/shared/contracts';
import { clientNetwork } from '@vigil/shared/http/client-network';
import { printable } from '@vigil/shared/text/printable';

/** Addresses that are told of one by one; the others are counted. */
const ADDRESSES_TOLD = 5;
/** So many are told apart, in a flood of alerts that is summed up at once. */
const ADDRESSES_MAX = 2_000;
const CLASSES_TOLD = 3;
const PATH_CHARS = 100;

interface Seen {
  /** The address, or the network where there are several of it. */
  name: string;
  counts: Record<AlertSeverity, number>;
  classes: Map<string, number>;
  /** Request of the first alert that has the highest score. */
  example: string;
  score: number;
}

/**
 * Many alerts in a few lines for people: who attacks, how, and an example each. Its memory is bounded, however many they are. Addresses of
 * an IPv6 /64 are told of as one: whoever has it could fill a digest with them, and hide one of them among the others.
 */
export class Digest {
  readonly #counts: Record<AlertSeverity, number> = { HIGH: 0, MEDIUM: 0 };
  readonly #addresses = new Map<string, Seen>();
  /** Those of them with MEDIUM alerts alone, which make room for others. */
  readonly #mediumOnly = new Set<string>();
  #hasMoreAddresses = false;

  get isEmpty(): boolean {
    return this.#total === 0;
  }

  get #total(): number {
    return this.#counts.HIGH + this.#counts.MEDIUM;
  }

  add(alert: Alert): void {
    this.#counts[alert.severity] += 1;
    const seen = this.#seen(alert);
    if (seen === undefined) return;
    seen.counts[alert.severity] += 1;
    const [name = 'UNCLASSIFIED'] = alert.classes;
    seen.classes.set(name, (seen.classes.get(name) ?? 0) + 1);
    if (alert.threat_score <= seen.score) return;
    seen.score = alert.threat_score;
    seen.example = code(`${alert.request_method} ${alert.request_path}`);
  }

  /**
   * The lines, in what Slack and those who take its messages know of markup.
   * @param link put below them as it is
   */
  text(link?: string): string {
    const addresses = [...this.#addresses.values()].toSorted((a, b) => weight(b) - weight(a));
    const told = addresses.slice(0, ADDRESSES_TOLD).map((seen) => `• ${code(seen.name)}: ${lineOf(seen)}`);
    const untold = addresses.length - told.length;
    const number = `${this.#hasMoreAddresses ? 'more than ' : ''}${addresses.length}`;
    const from = number === '1' ? 'one address' : `${number} addresses`;
    return [
      `Vigil: ${countsText(this.#counts)} ${this.#total === 1 ? 'alert' : 'alerts'} from ${from}`,
      ...told,
      ...(untold > 0 ? [`• and ${untold} more`] : []),
      ...(link === undefined ? [] : [link]),
    ].join('\n');
  }

  #seen({ source_ip: address, severity }: Alert): Seen | undefined {
    const network = clientNetwork(address);
    let seen = this.#addresses.get(network);
    if (seen === undefined) {
      if (this.#addresses.size === ADDRESSES_MAX && !this.#makeRoom(severity)) return undefined;
      seen = { name: address, counts: { HIGH: 0, MEDIUM: 0 }, classes: new Map(), example: '', score: -1 };
      this.#addresses.set(network, seen);
      this.#mediumOnly.add(network);
    }
    if (severity === 'HIGH') this.#mediumOnly.delete(network);
    if (seen.name !== address) seen.name = network;
    return seen;
  }

  #makeRoom(severity: AlertSeverity): boolean {
    this.#hasMoreAddresses = true;
    const [network] = this.#mediumOnly;
    if (severity !== 'HIGH' || network === undefined) return false;
    this.#mediumOnly.delete(network);
    return this.#addresses.delete(network);
  }
}

function weight({ counts }: Seen): number {
  // Whatever their number, MEDIUM ones do not hide who sends HIGH ones.
  return counts.HIGH * 1e9 + counts.MEDIUM;
}

function lineOf({ counts, classes, example }: Seen): string {
  const names = [...classes].toSorted(([, a], [, b]) => b - a).slice(0, CLASSES_TOLD);
  const kinds = names.map(([name, count]) => `${name} ${count}`).join(', ');
  return `${countsText(counts)} (${kinds}), such as ${example}`;
}

function countsText({ HIGH, MEDIUM }: Record<AlertSeverity, number>): string {
  return [HIGH > 0 ? `${HIGH} HIGH` : '', MEDIUM > 0 ? `${MEDIUM} MEDIUM` : '']
    .filter((text) => text !== '')
    .join(' and ');
}

/** Attackers choose paths, and in code neither mentions (`@channel`) nor links are made of them. */
function code(text: string): string {
  const shown = printable(text).replaceAll('`', "'");
  const short = shown.length > PATH_CHARS ? `${shown.slice(0, PATH_CHARS)}…` : shown;
  return `\`${escaped(short.toWellFormed())}\``;
}

/** What Slack wants escaped (https://docs.slack.dev/messaging/formatting-message-text), in code as well. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
