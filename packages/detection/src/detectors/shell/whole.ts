import { anyOf, pattern } from '../../text/regex.ts';
import { isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { administers } from './cmd.ts';
import { isArgument, isCommandLine, readCommand } from './command.ts';
import { COMPOUND, PLAIN, PROBES, WORDY } from './vocabulary.ts';
import { RUNNERS, SHELLS } from './posix/commands.ts';
import type { Add } from './signals.ts';

/** Parameters that are run as a command. */
export const RUNS = ['cmd', 'exec', 'execute', 'command', 'run', 'shell', 'cmdline', 'c0mmand', 'cli', 'ping_cmd'];

/** A column by the name of a command, compared with a number, a text, a variable or a function: no file has such a name. */
const COMPARISON =
  /^\w{1,24}\s{0,2}[<>]=?\s{0,2}(?:-?\d[\d.,:%-]{0,30}\w{0,3}|'[^'/\\]{0,80}'|"[^"/\\]{0,80}"|\$\w{1,24}|now\(\).{0,20})(?:$|\s{1,4}(?:and|or)\b)/i;

/** An argument that no word of a sentence resembles. */
const FIRM =
  /^(?:-{1,2}[a-z]|\/[a-z]{1,4}$|\/\w{1,40}(?:\/|$)|\/$|~\/|[a-z]:[\\/]?|%\w|>|https?:|\/e|\\\\[\w.-]{1,60}\\|\d{1,3}(?:\.\d{1,3}){3})/i;

/** What a command names that is to do harm: a file of the system, a host, a further command. */
const USED =
  /\/(?:etc|s?bin|usr|var|tmp|proc|dev|root|home|opt)\b|[a-z]:\\|https?:|[;&`<>\n]|\$[({]|\d\.\d{1,3}\.\d|\|\s{0,2}(?:ba|z)?sh\b/i;

/** Commands of administration, which give an attacker nothing: reaching a host, setting rights on a site's own files. */
const LOOKED_UP = pattern`^\s{0,4}(?:sudo\s{1,4})?${anyOf(
  /(?:ping|traceroute|tracert|nslookup|dig|telnet|ssh)\s{1,4}(?:-{1,2}[a-z]\w{0,3}\s{1,4}(?:\d{1,4}\s{1,4})?){0,2}[\w.@-]{1,60}(?:\s{1,4}\d{1,5})?/i,
  /(?:chmod|chown|mkdir|cd|nano|vim?)\s{1,4}[^;|&`$<>\n]{1,80}/i,
)}\s{0,4}$`;

/** A value that is one command line and nothing else. */
export function readWhole(plain: string, view: View, strict: boolean, note: Add): void {
  const { text, parameter = '' } = view;
  const isLookedUp = looksUp(view);
  const add = (name: 'whole-command' | 'command-prose' | 'windows-command') =>
    note(isLookedUp && name === 'whole-command' ? 'command-prose' : name, 0, text.length);
  const isRun = RUNS.includes(parameter.toLowerCase());
  const line = plain.replace(/^["'+\s\n\\]{1,4}|["'\s\n\\]{1,4}$/g, '').replace(/^n(?=\/(?:usr|bin))/, '');
  if (isQuotedName(plain) || isLone(line, isRun)) add('whole-command');
  const command = readCommand(line);
  if (command === undefined) return;
  const { name, args, pathed } = command;
  if (!PLAIN.has(name) && !WORDY.has(name)) return;
  if (!isRun && (WORDY.has(name) || name.length < 3) && COMPARISON.test(plain)) return;
  if (/^(?:\n|\r)/.test(text) && PLAIN.has(name)) add('whole-command');
  if (pathed && /^\/(?:usr\/)?(?:local\/)?s?bin\//.test(line)) {
    const loose = args.filter((arg) => !isArgument(arg, name)).length;
    // Its commands are named behind it, and bots ask for one that it does not have: `/bin/busybox SORA`.
    if (name === 'busybox' && args.length === 1) add('whole-command');
    if (loose === 0 || (loose === 1 && args.some((arg) => /^-{1,2}\w/.test(arg)))) add('whole-command');
    return;
  }
  if (isEnded(name, line)) add('whole-command');
  if (args.length === 0) return;
  // No program calls itself by two names with a command behind them.
  const isWhole = (!strict || COMPOUND.test(name)) && isCommandLine(name, args);
  if (isWhole || (isRun && PLAIN.has(name)) || runsAnother(name, args)) {
    add('whole-command');
    return;
  }
  if (administers(name, args, plain)) add('windows-command');
  if (name === 'echo' && /^echo[\s+]{1,4}['"<\\$`]/i.test(line) && /[<>`$;|]/.test(line)) add('whole-command');
  if (args.some((arg) => FIRM.test(arg))) add(judgeArguments(name, args, line, strict));
}

/** People look up commands; who attacks by a search field names a file, a host or a further command. */
const looksUp = ({ name, text }: View): boolean =>
  isSearchParameter(name) && (LOOKED_UP.test(text) || !USED.test(text));

/** A command's name between quotes, and nothing else. */
const isQuotedName = (plain: string): boolean =>
  /^'[a-z]{2,10}'$/.test(plain) &&
  PLAIN.has(plain.slice(1, -1)) &&
  !/^'(?:id|node|php|ruby|perl|python|sh|env|echo|host\w*|ping)'$/.test(plain);

/** A command alone, and a separator unless the parameter is run. */
function isLone(line: string, isRun: boolean): boolean {
  const name = /^(\w{2,12})\s{0,4}(?:[|;&]{1,2}\s{0,4})?$/.exec(line)?.[1]?.toLowerCase() ?? '';
  return (PLAIN.has(name) || PROBES.has(name)) && (isRun || name !== line.trim().toLowerCase());
}

/** Whether a separator ends a command right behind its name. */
const isEnded = (name: string, line: string): boolean =>
  PLAIN.has(name) &&
  name.length > 3 &&
  !/^(?:node|host\w*|bash|ruby|perl|echo|ping|curl|fetch|perf|python|groups|mysql|lynx|telnet)$/.test(name) &&
  /^\w{3,16}\s{0,4}[;|]/.test(line);

/** Whether a command runs another one that its arguments hold. */
function runsAnother(name: string, args: string[]): boolean {
  if (!RUNNERS.has(name)) return false;
  const [first = '', second = ''] = args;
  const run = (/^(?:\d{1,5}|-\w{1,10})$/.test(first) ? second : first).toLowerCase();
  if (SHELLS.has(run) && /^-[a-z]{0,3}c$/.test(second) && args.length > 2) return true;
  if (!PLAIN.has(run) || run === name || run.length < 3) return false;
  if (/^(?:node|host|hostname|groups|env|echo|perf)$/.test(run)) return false;
  return args.slice(1).filter((arg) => !isArgument(arg, run)).length < 2;
}

/** What a command with a firm argument is, by the others. */
function judgeArguments(
  name: string,
  args: string[],
  line: string,
  strict: boolean,
): 'whole-command' | 'command-prose' {
  const firm = args.filter((arg) => isArgument(arg, name)).length;
  const loose = args.length - firm;
  const isFirm = loose === 0;
  const isNearlyFirm = PLAIN.has(name) && loose === 1 && firm >= 2 && !strict;
  const isEndedOrJoined = loose <= firm && /[;|&>`]\s{0,4}$|[|;&]\s|>\s/.test(line);
  return isFirm || isNearlyFirm || isEndedOrJoined ? 'whole-command' : 'command-prose';
}
