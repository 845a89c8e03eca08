import { anyOf, pattern } from '../../text/regex.ts';
import { FOLDER as CMD_FOLDER, WMI_ALIAS } from './cmd.ts';
import { COMPOUND, PLAIN, SHOWS, TAKES_NUMBERS, WORDY } from './vocabulary.ts';
import { ALIASED, SHELLS, SHORT, BEFORE_COMMAND, FOLDER as POSIX_FOLDER } from './posix/commands.ts';

/** A file that holds what a site keeps to itself, by the end of its name. */
const KEPT_FILE = /^[\w./\\-]{0,80}\.(?:php\d?|txt|env|key|pem|aspx?|jspx?|log|inc|bak|conf|ini|cfg|sh|py|rb|pl)$/i;
/** What joins the words of a sentence, and no arguments. */
const JOINT = /^(?:an?|and|as|at|for|from|how|in|is|not|of|on|or|the|to|using|vs|with|without)$/i;
/** A command by its path. */
const PATHED = pattern`^${anyOf(POSIX_FOLDER, CMD_FOLDER)}([\w?*.-]{1,24})`;
/** What commands take, and sentences do not have. */
const ARGUMENT = pattern`^${anyOf(
  // Options, of Windows as well.
  /-{1,2}[\w-]{1,24}\S{0,80}|\/[a-z]{1,3}/i,
  // Paths, and patterns of names.
  /[~.]{0,2}[\\/][^\s]{0,200}|[\w.*?-]{0,80}[\\/*?][^\s]{0,200}|[a-z]:\S{0,200}/i,
  // A path under the name that the command knows it by: `dd if=/dev/sda`.
  /\w{1,12}=[~.]{0,2}\/\S{0,200}/i,
  /\$\S{1,80}|%\w{1,40}%\S{0,120}/i,
  />{1,2}|<|2>&1/i,
  // Hosts, files and IP addresses.
  /\d{1,3}(?:\.\d{1,3}){3}/i,
  /[\w-]{1,60}(?:\.[\w-]{1,60}){1,6}(?::\d{1,5})?(?:[\\/]\S{0,120})?/i,
  /https?:\/\/\S{1,300}/i,
  /["'].{0,300}/i,
)}$`;
export const NUMBER = /^\d{1,6}#?$/;

/** The command at the start of a piece, with its arguments, where it is one. */
export function readCommand(piece: string): { name: string; args: string[]; pathed: boolean } | undefined {
  const opening = /^\s*["'({!+\s]{1,6}(?=[\w/])/.exec(piece)?.[0] ?? '';
  const trimmed = piece.slice(opening.length).trimStart().replace(BEFORE_COMMAND, '');
  const pathed = PATHED.exec(trimmed);
  const head = pathed?.[0] ?? /^[a-z][\w.-]{0,23}/i.exec(trimmed)?.[0];
  if (head === undefined) return undefined;
  const rest = trimmed.slice(head.length);
  if (rest !== '' && !/^[\s+;|&<>()`"',/\\}]/.test(rest)) return undefined;
  if (pathed === null && /^[/\\]/.test(rest) && (head.length < 3 || !/^.\w{1,3}(?:\s|$)/.test(rest))) return undefined;
  const name = (pathed?.[1] ?? head)
    .toLowerCase()
    .replace(/\.(?:exe|com|bat)$/, '')
    .replace(/^(python|php|perl|ruby|lua)\d(?:\.\d{1,2})?$/, '$1');
  // A member of JSON by its name.
  if (/["']$/.test(opening) && /^["']\s{0,4}:/.test(rest)) return undefined;
  // The quote that the name stands in is closed behind it: no argument.
  const behind = rest !== '' && opening.endsWith(rest.trim()) ? '' : rest;
  const args = (behind.match(/"[^"]{0,300}"?|'[^']{0,300}'?|[^\s+"']\S{0,300}/g) ?? []).slice(0, 24);
  return { name, args, pathed: pathed !== null };
}

/** Whether a word is what commands take for an argument, and no word of a sentence. */
export function isArgument(arg: string, name: string): boolean {
  const bare = arg.replace(/[;|&)}`]{1,4}$/, '');
  if (bare === '') return true;
  if (NUMBER.test(bare)) return TAKES_NUMBERS.has(name) || (!WORDY.has(name) && bare.length <= 5);
  return ARGUMENT.test(bare);
}

/** Whether the first arguments are what only this command takes there, so that the others may be words. */
export function isCommandLine(name: string, args: string[]): boolean {
  const [first = ''] = args;
  if (SHELLS.has(name)) return args.length > 1 && /^-[a-z]{0,3}c$/.test(first);
  if (name === 'find')
    return args.length > 2 && args.some((arg) => /^-(?:exec(?:dir)?|ok(?:dir)?|delete|fprintf?)$/.test(arg));
  if (name === 'wmic') return WMI_ALIAS.test(first);
  if (name === 'ps') return args.length === 1 && /^-?(?:aux\w{0,4}|ef\w?)$/.test(first);
  if (COMPOUND.test(name)) return PLAIN.has(name) && args.length < 5 && !args.some((arg) => JOINT.test(arg));
  if (name === 'alias') return ALIASED.test(args.join(' '));
  if (name === 'sudo' || name === 'nohup' || name === 'doas') return args.length === 1 && SHORT.has(first);
  return SHOWS.has(name) && args.length === 1 && KEPT_FILE.test(first);
}
