import { ADMINISTERS, COMPOUND, LANGUAGES, PLAIN, PROBES, SPOKEN, TAKES_NUMBERS, WORDY } from './commands.ts';
import { isArgument, isCommandLine, NUMBER, readCommand } from './command.ts';
import { isProse, isValue } from './prose.ts';
import type { Add } from './signals.ts';

/** What a shell starts a command behind. */
const SEPARATOR = /[;|&\n\r`]|\$\(|<\(|>\(|(?:^|[^\w$])\(\s{0,2}(?=\/)/g;
/** A semicolon after these ends a character reference or parts a data URL. */
const IN_TEXT =
  /(?:^|&)(?:amp|lt|gt|quot)$|&(?:apos|nbsp|[lr][sd]?a?quo|[mn]dash|hellip|#\d{2,5}|#x[\da-f]{2,5})$|\bdata:[\w/+.-]{1,60}$/i;

/** Names in a row, as people list them. */
const LIST = /^[\w ,.-]{1,}(?:[;|][\w ,.-]{1,}){2,}$/;

/** A column by its table, as MySQL quotes them: a command has no other joined to it by a full stop. */
const COLUMN = /^\w{1,64}`\.`/;

/** Further separators and blanks that a command may follow. */
const LEAD = /^[;|&\s]{1,6}/;
/** What ends it. */
const STOP = /[;|&\n\r`]|\)(?=[^)]{0,4}$)/g;
/** Behind an operator, the quote that ends what stands between quotes. */
const BEHIND_QUOTED_OPERATOR = /^[|&]?(["'])\s/;

/**
 * Whether an operator stands between quotes by itself, as people search for it: `"&&" bash`. Where it closes the quotes of a command, they
 * open again right before the blank, and what follows is no command.
 */
function isQuotedOperator(text: string, at: number, rest: string): boolean {
  const quote = text[at - 1] === text[at] ? text[at - 2] : text[at - 1];
  return (quote === '"' || quote === "'") && BEHIND_QUOTED_OPERATOR.exec(rest)?.[1] === quote;
}

/** Commands behind separators, and in what a shell runs to put its output there. */
export function readChain(written: string, text: string, query: boolean, add: Add): void {
  // What is put behind the value is cut off: the last command ends here.
  const plain = written.replace(/(?<=[\w/)"'])\s?#\s{0,2}$/, '');
  SEPARATOR.lastIndex = 0;
  let pieces = 0;
  let prose: boolean | undefined;
  const isInProse = () => (prose ??= isProse(plain));
  for (let found = SEPARATOR.exec(plain); found !== null && pieces < 64; found = SEPARATOR.exec(plain)) {
    pieces += 1;
    const separator = found[0];
    const from = found.index + separator.length;
    if (separator === '&' && query) continue;
    const rest = plain.slice(from, from + 400);
    if (separator === '&' && /^\w{1,10};/.test(rest)) continue;
    if (isQuotedOperator(plain, found.index, rest)) continue;
    if (separator === '`' && (COLUMN.test(rest) || plain.endsWith('`.', found.index))) continue;
    if (separator === ';' && IN_TEXT.test(plain.slice(Math.max(0, found.index - 80), found.index))) continue;
    const lead = LEAD.exec(rest)?.[0].length ?? 0;
    STOP.lastIndex = lead;
    const piece = rest.slice(lead, STOP.exec(rest)?.index ?? rest.length);
    const command = readCommand(piece);
    if (command === undefined) {
      if (separator === '$(' && /^\s{0,4}(?:`|<\s{0,2}\/|\()/.test(rest)) add('substitution', found.index, from + 20);
      continue;
    }
    const { name, args, pathed } = command;
    const plainName = PLAIN.has(name);
    const wordy = WORDY.has(name);
    const substitution = separator === '`' || separator === '$(' || separator === '<(';
    // An element in a regular expression.
    if (separator === '<(' && /<\(\\[wsdb][ +*?{)]/i.test(text)) continue;
    // A line of a program: a shell has no bracket right after the name of a command.
    if (separator === '\n' && wordy && /^\s{2,}[a-z]{2,8}\(/.test(rest)) continue;
    if (!plainName && !wordy && !pathed) {
      if (
        separator === '$(' &&
        /^\w{1,6}\)/.test(rest) &&
        /^[a-z]{1,6}\(\w{0,6}\)/i.test(`a${rest}`) &&
        /\$\(\w{1,4}\)\w/.test(plain)
      )
        add('substitution', found.index, from + 20);
      continue;
    }
    const before = plain.slice(0, found.index);
    const proseBefore =
      (before.match(/(?:^|\s)[a-z]{2,}(?=\s)/gi) ?? []).length >= 2 && !/[;|`'"]\s{0,4}$/.test(before);
    // Reports have numbers behind a word: `exit code 1`.
    const isSpoken = wordy && /^[a-z]{3,}$/i.test(args[0] ?? '') && args.slice(1).every((arg) => NUMBER.test(arg));
    const firmCount = isSpoken ? 0 : args.filter((arg) => isArgument(arg, name)).length;
    const loose = args.filter((arg) => /^[a-z]{2,}[.,!?]?$/i.test(arg) && !isArgument(arg, name)).length;
    const end = from + piece.length;
    if (substitution) {
      const closed = separator !== '`' || plain.indexOf('`', from) !== -1;
      if (separator === '`' && wordy && args.length === 0 && (!PROBES.has(name) || isValue(name, plain))) continue;
      // What stands between two quotes of code.
      if (separator === '`' && (before.match(/`/g) ?? []).length % 2 > 0 && isInProse()) continue;
      const inText =
        separator === '`' &&
        (proseBefore || /`(?:\s[a-z]{2,}){3}/i.test(rest) || isInProse()) &&
        /^[^`]{0,80}`{1,2}(?:[\s.,:;!?)\]'"*_-]|$)/.test(rest) &&
        !/(?:[^\s(["']`|\$\(?)\s{0,2}$/.test(before);
      // A function by its name, as texts on programs have it: a shell has no bracket right behind a command; and a path alone.
      const isNamed = /^\s?[a-z]\w{0,23}\(/i.test(rest) || (pathed && /^[^\s`]{1,120}`/.test(rest));
      if (inText && (firmCount === 0 || isNamed)) {
        add('command-prose', found.index, end + 1);
        continue;
      }
      if (closed && (plainName || pathed || PROBES.has(name) || firmCount > 0) && loose <= firmCount + 1)
        add('substitution', found.index, end + 1);
      continue;
    }
    if (pathed && loose <= 1) {
      add('chained-command', found.index, end);
      continue;
    }
    const terminal = args.length === 0;
    // A field on a line of its own within braces, as queries ask for them.
    if (terminal && /[\n\r]/.test(separator) && /^\s*\w{1,24}\s*[\n\r}]/.test(rest) && isWithinBraces(before)) continue;
    const doubled = plain[found.index - 1] === separator || rest.startsWith(separator);
    if (terminal && !doubled && LIST.test(text)) continue;
    if (plainName) {
      if (name === 'echo' && terminal) continue;
      if (terminal && !doubled && !/[|\n`]/.test(separator) && LANGUAGES.has(name)) continue;
      if (!terminal && args.every((arg) => NUMBER.test(arg)) && !TAKES_NUMBERS.has(name)) continue;
      if (args.length === 1 && loose === 1 && SPOKEN.test(name) && /[a-z]{3}\s{0,4}$/i.test(before)) continue;
      if (separator === '&' && terminal && proseBefore) continue;
      if (loose > firmCount + 1 && proseBefore) add('command-prose', found.index, end);
      else if (COMPOUND.test(name)) add('chained-command', found.index, end);
      else if (
        terminal ||
        firmCount > 0 ||
        isCommandLine(name, args) ||
        (before.trim() === '' && name.length > 3 && separator !== '&' && loose <= 2) ||
        (separator === ';' && name.length > 3 && loose <= 1 && /\s$/.test(before) && /^\w/.test(rest)) ||
        /^(?:echo|ping|curl|wget|whoami|uname|nslookup|phpinfo|php|python|perl|bash|sh)$/.test(name)
      ) {
        if (terminal && /\s/.test(before.trim()) && proseBefore) add('command-prose', found.index, end);
        else if (loose >= 2 && firmCount === 0) add('command-prose', found.index, end);
        else add('chained-command', found.index, end);
      }
    } else if (
      terminal
        ? PROBES.has(name) &&
          !proseBefore &&
          (separator !== '&' || before.trim() === '' || /^\w{1,8}&\w{2,10}&$/.test(plain)) &&
          (separator !== '|' || before.trim().length <= 2 || rest.trim() !== name)
        : firmCount > 0 && loose <= firmCount
    ) {
      add(proseBefore && loose > 0 ? 'command-prose' : 'chained-command', found.index, end);
    } else if (ADMINISTERS[name]?.test(args[0] ?? '') === true) {
      add('chained-command', found.index, end);
    }
  }
}

/** Whether a brace is open, and no text, that stands behind a name or begins all; a shell's own stand behind a separator. */
function isWithinBraces(before: string): boolean {
  if ((before.match(/"/g) ?? []).length % 2 > 0) return false;
  const opened = (before.match(/(?:^\s*|[\w)]\s{0,4})\{/g) ?? []).length;
  return opened > (before.match(/\}/g) ?? []).length;
}
