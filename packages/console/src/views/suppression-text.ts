import { printableJson } from '@vigil/shared/text/printable';
import type { Match, ThreatDetail } from '../api/types.ts';

const VALID_MS = 365 * 86_400_000;
/** Longer ones are cut: a path, a parameter and a reason of a suppression may be so long. */
const PATH_MAX = 512;
const PARAMETER_MAX = 128;
const REASON_MAX = 500;
/** A path whose `*` comes sooner may be most of a site's: nothing of it is offered. */
const FIXED_MIN = 5;
/** What an address did that alerts by itself, whatever its requests' texts are. */
const BY_ITSELF: readonly string[] = ['PATH_SCAN', 'LOGIN_BRUTE_FORCE', 'LOGIN_SPRAY'];

/**
 * An entry for `suppressions.yaml` that takes what is like the event for harmless: where a parameter alone was read, its classes there,
 * since whoever searches for attacks in a dashboard never searches twice for the same; else its rules. Undefined where that would not
 * silence it, as what an address did before is not taken away by its text, or would silence much else.
 */
export function suppressionText(
  event: Pick<ThreatDetail, 'id' | 'request_path' | 'matches' | 'review'>,
  nowMs: number,
): string | undefined {
  const matches = event.matches.filter(({ field }) => field !== 'window' && field !== 'status');
  if (matches.length === 0 || BY_ITSELF.includes(event.matches[0]!.rule)) return undefined;
  const path = pattern(event.request_path, PATH_MAX);
  if (path === '' || (path.includes('*') && path.indexOf('*') < FIXED_MIN)) return undefined;
  const [parameter, ...others] = new Set(matches.map((match) => pattern(match.parameter ?? '', PARAMETER_MAX)));
  const isOfOne = /[^*]/.test(parameter!) && others.length === 0;
  const note = event.review?.note.trim() ?? '';
  const lines = [
    `- id: false-alarm-${event.id.slice(0, 8)}`,
    `  reason: ${quoted(note.length < 3 ? 'no attack, as a review found' : note.slice(0, REASON_MAX))}`,
    `  expiresAt: ${new Date(nowMs + VALID_MS).toISOString().slice(0, 10)}T00:00:00Z`,
    isOfOne ? `  classes: ${list(matches, 'class')}` : `  rules: ${list(matches, 'rule')}`,
    `  path: ${quoted(path)}`,
    ...(isOfOne ? [`  parameter: ${quoted(parameter!)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** Bytes that are no ASCII are another text to whoever reads the log: any will do in their place. */
function pattern(text: string, lengthMax: number): string {
  const given = text.replaceAll(/[^\x20-\x7e]+/g, '*');
  return given.length <= lengthMax ? given : `${given.slice(0, lengthMax - 1)}*`;
}

function list(matches: readonly Match[], key: 'rule' | 'class'): string {
  return `[${[...new Set(matches.map((match) => match[key]))].map(quoted).join(', ')}]`;
}

/** JSON is YAML, and shows a reader what is in it. */
function quoted(text: string): string {
  return printableJson(JSON.stringify(text));
}
