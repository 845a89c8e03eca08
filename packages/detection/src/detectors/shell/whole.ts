import { anyOf, pattern } from '../../text/regex.ts';
import { isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { readAdministration } from './cmd.ts';
import { isArgument, isCommandLine, readCommand } from './command.ts';
import { COMPOUND, PLAIN, PROBES, WORDY } from './commands.ts';
import { RUNNERS, SHELLS } from './posix/commands.ts';
import type { Add } from './signals.ts';

/** Parameters that are run as a command. */
export const RUNS = ['cmd', 'exec', 'execute', 'command', 'run', 'shell', 'cmdline', 'c0mmand', 'cli', 'ping_cmd'];

/** A column by the name of a command, compared with a number, a text, a variable or a function: no file has such a name. */
const COMPARISON =
  /^\w{1,24}\s{0,2}[<>]=?\s{0,2}(?:-?\d[\d.,:%-]{0,30}\w{0,3}|'[^'/\\]{0,80}'|"[^"/\\]{0,80}"|\$\w{1,24}|now\(\).{0,20})(?:$|\s{1,4}(?:and|or)\b)/i;

/** Commands of administration, which give an attacker nothing: reaching a host, setting rights on a site's own files. */
const LOOKED_UP = pattern`^\s{0,4}(?:sudo\s{1,4})?${anyOf(
  /(?:ping|traceroute|tracert|nslookup|dig|telnet|ssh)\s{1,4}(?:-{1,2}[a-z]\w{0,3}\s{1,4}(?:\d{1,4}\s{1,4})?){0,2}[\w.@-]{1,60}(?:\s{1,4}\d{1,5})?/i,
  /(?:chmod|chown|mkdir|cd|nano|vim?)\s{1,4}[^;|&`$<>\n]{1,80}/i,
)}\s{0,4}$`;

/** A value that is one command line and nothing else. */
export function readWhole(plain: string, view: View, strict: boolean, note: Add): void {
  const { text, parameter = '' } = view;
  // People look up commands; who attacks by a search field names a file, a host or a further command.
  const lookedUp =
    isSearchParameter(view.name) &&
    (LOOKED_UP.test(text) ||
      !/\/(?:etc|s?bin|usr|var|tmp|proc|dev|root|home|opt)\b|[a-z]:\\|https?:|[;&`<>\n]|\$[({]|\d\.\d{1,3}\.\d|\|\s{0,2}(?:ba|z)?sh\b/i.test(
        text,
      ));
  const add: Add = (name, start, end) =>
    note(lookedUp && name === 'whole-command' ? 'command-prose' : name, start, end);
  const isRun = RUNS.includes(parameter.toLowerCase());
  const stripped = plain.replace(/^["'+\s\n\\]{1,4}|["'\s\n\\]{1,4}$/g, '').replace(/^n(?=\/(?:usr|bin))/, '');
  const quotedWhole =
    plain.startsWith("'") &&
    /^'[a-z]{2,10}'$/.test(plain) &&
    PLAIN.has(plain.slice(1, -1)) &&
    !/^'(?:id|node|php|ruby|perl|python|sh|env|echo|host\w*|ping)'$/.test(plain);
  if (quotedWhole) add('whole-command', 0, text.length);
  const lone = /^(\w{2,12})\s{0,4}(?:[|;&]{1,2}\s{0,4})?$/.exec(stripped)?.[1]?.toLowerCase() ?? '';
  if (
    lone !== '' &&
    (PLAIN.has(lone) || PROBES.has(lone) || lone === 'dir') &&
    (lone !== stripped.trim().toLowerCase() || isRun)
  ) {
    add('whole-command', 0, text.length);
  }
  const command = readCommand(stripped);
  if (command === undefined) return;
  const { name, args, pathed } = command;
  if (!PLAIN.has(name) && !WORDY.has(name)) return;
  if (!isRun && (WORDY.has(name) || name.length < 3) && COMPARISON.test(plain)) return;
  if (/^(?:\n|\r)/.test(text) && PLAIN.has(name)) add('whole-command', 0, text.length);
  if (pathed && /^\/(?:usr\/)?(?:local\/)?s?bin\//.test(stripped)) {
    const loose = args.filter((arg) => !isArgument(arg, name)).length;
    if (loose === 0 || (loose === 1 && args.some((arg) => /^-{1,2}\w/.test(arg)))) add('whole-command', 0, text.length);
    return;
  }
  if (
    PLAIN.has(name) &&
    name.length > 3 &&
    !/^(?:node|host\w*|bash|ruby|perl|echo|ping|curl|fetch|perf|python|groups|mysql|lynx|telnet)$/.test(name) &&
    /^\w{3,16}\s{0,4}[;|]/.test(stripped)
  )
    add('whole-command', 0, text.length);
  if (args.length === 0) return;
  const inner =
    RUNNERS.has(name) && args[0] !== undefined
      ? /^(?:\d{1,5}|-\w{1,10})$/.test(args[0])
        ? args[1]
        : args[0]
      : undefined;
  const runs = inner?.toLowerCase() ?? '';
  if (
    (SHELLS.has(runs) && /^-[a-z]{0,3}c$/.test(args[1] ?? '') && args.length > 2) ||
    (PLAIN.has(runs) &&
      runs !== name &&
      runs.length > 2 &&
      !/^(?:node|host|hostname|groups|env|echo|perf)$/.test(runs) &&
      args.slice(1).filter((arg) => !isArgument(arg, runs)).length < 2) ||
    (isRun && PLAIN.has(name))
  ) {
    add('whole-command', 0, text.length);
    return;
  }
  // No program calls itself by two names with a command behind them.
  if ((!strict || COMPOUND.test(name)) && isCommandLine(name, args)) {
    add('whole-command', 0, text.length);
    return;
  }
  const firmCount = args.filter((arg) => isArgument(arg, name)).length;
  const loose = args.length - firmCount;
  const firm = args.some((arg) =>
    /^(?:-{1,2}[a-z]|\/[a-z]{1,4}$|\/\w{1,40}(?:\/|$)|\/$|~\/|[a-z]:[\\/]?|%\w|>|https?:|\/e|\\\\[\w.-]{1,60}\\|\d{1,3}(?:\.\d{1,3}){3})/i.test(
      arg,
    ),
  );
  readAdministration(name, args, plain, add, text.length);
  if (name === 'echo' && /^echo[\s+]{1,4}['"<\\$`]/i.test(stripped) && /[<>`$;|]/.test(stripped))
    add('whole-command', 0, text.length);
  if (!firm) return;
  if (loose === 0) add(strict && firmCount < 1 ? 'command-prose' : 'whole-command', 0, text.length);
  else if (PLAIN.has(name) && loose === 1 && firmCount >= 2 && !strict) add('whole-command', 0, text.length);
  else if (loose <= firmCount && /[;|&>`]\s{0,4}$|[|;&]\s|>\s/.test(stripped)) add('whole-command', 0, text.length);
  else add('command-prose', 0, text.length);
}
