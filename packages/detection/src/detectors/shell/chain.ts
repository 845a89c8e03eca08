import { ADMINISTERS, COMPOUND, LANGUAGES, PLAIN, PROBES, SPOKEN, TAKES_NUMBERS, WORDY } from './vocabulary.ts';
import { isArgument, isCommandLine, NUMBER, readCommand } from './command.ts';
import { isProse, isValue } from './prose.ts';
import type { Add } from './signals.ts';

/** What a shell starts a command behind. */
const SEPARATOR = /[;|&\n\r`]|\$\(|<\(|>\(|(?:^|[^\w$])\(\s{0,2}(?=\/)/g;
/** Further separators and blanks that a command may follow. */
const LEAD = /^[;|&\s]{1,6}/;
/** What ends it. */
const STOP = /[;|&\n\r`]|\)(?=[^)]{0,4}$)/g;
/** More separators than these are no command line. */
const PIECES_MAX = 64;

/** A semicolon after these ends a character reference or parts a data URL. */
const IN_TEXT =
  /(?:^|&)(?:amp|lt|gt|quot)$|&(?:apos|nbsp|[lr][sd]?a?quo|[mn]dash|hellip|#\d{2,5}|#x[\da-f]{2,5})$|\bdata:[\w/+.-]{1,60}$/i;
/** Names in a row, as people list them. */
const LIST = /^[\w ,.-]{1,}(?:[;|][\w ,.-]{1,}){2,}$/;
/**
 * An object that a filter of jq makes of what stands before: `| {id, size: .n}`. In a shell a blank behind the comma ends the braces, and one
 * before the colon ends the name of a command.
 */
const CONSTRUCTED = /^\s{0,4}\{\s{0,4}\w{1,24}[:,]\s/;
/** A field and its operator before what it is compared with, as interfaces of NestJS join them: `isActive||$eq||true`. */
const COMPARED_FIELD =
  /^[\w.]{1,60}\|\|\$(?:eq|ne|[gl]te?|starts|ends|cont|excl|in|notin|isnull|notnull|between)L?\|{1,2}$/;
/** A pattern that another endpoint is asked for, in SPARQL: `SERVICE wikibase:label { … }`. */
const SPARQL_SERVICE =
  /^\s{0,40}service\s{1,8}(?:silent\s{1,8})?(?:[\w-]{1,40}:[\w-]{0,60}|<https?:[^<>\s]{1,200}>|\?\w{1,40})\s{0,40}\{/i;
/** A column by its table, as MySQL quotes them: a command has no other joined to it by a full stop. */
const COLUMN = /^\w{1,64}`\.`/;
/** Behind an operator, the quote that ends what stands between quotes. */
const BEHIND_QUOTED_OPERATOR = /^[|&]?(["'])\s/;

/** A command behind a separator, and what stands around it. */
type Link = {
  readonly separator: string;
  readonly isDoubled: boolean;
  readonly name: string;
  readonly args: string[];
  /** The command is named by its path. */
  readonly isPathed: boolean;
  /** What the text holds before the separator, and some of what it holds behind. */
  readonly before: string;
  readonly rest: string;
  /** Words come right before it, as in a sentence. */
  readonly followsProse: boolean;
  /** How many arguments only a command has, and how many may be words of a sentence. */
  readonly firm: number;
  readonly loose: number;
};
type Verdict = 'chained-command' | 'substitution' | 'command-prose' | undefined;

/** Commands behind separators, and in what a shell runs to put its output there. */
export function readChain(written: string, text: string, isQuery: boolean, add: Add): void {
  // What is put behind the value is cut off: the last command ends here.
  const plain = written.replace(/(?<=[\w/)"'])\s?#\s{0,2}$/, '');
  let prose: boolean | undefined;
  const isInProse = () => (prose ??= isProse(plain));
  SEPARATOR.lastIndex = 0;
  let pieces = 0;
  for (let found = SEPARATOR.exec(plain); found !== null && pieces < PIECES_MAX; found = SEPARATOR.exec(plain)) {
    pieces += 1;
    const [separator] = found;
    const { index: at } = found;
    const from = at + separator.length;
    const rest = plain.slice(from, from + 400);
    if ((separator === '&' && isQuery) || partsText(plain, at, separator, rest)) continue;
    const lead = LEAD.exec(rest)?.[0].length ?? 0;
    STOP.lastIndex = lead;
    const piece = rest.slice(lead, STOP.exec(rest)?.index ?? rest.length);
    const command = readCommand(piece);
    if (command === undefined) {
      if (separator === '$(' && /^\s{0,4}(?:`|<\s{0,2}\/|\()/.test(rest)) add('substitution', at, from + 20);
      continue;
    }
    const { name, args, pathed: isPathed } = command;
    // An element in a regular expression.
    if (separator === '<(' && /<\(\\[wsdb][ +*?{)]/i.test(text)) continue;
    if (name === 'service' && SPARQL_SERVICE.test(rest)) continue;
    // A line of a program: a shell has no bracket right after the name of a command.
    if (separator === '\n' && WORDY.has(name) && /^\s{2,}[a-z]{2,8}\(/.test(rest)) continue;
    if (!PLAIN.has(name) && !WORDY.has(name) && !isPathed) {
      if (separator === '$(' && callsBetweenWords(plain, rest)) add('substitution', at, from + 20);
      continue;
    }
    const before = plain.slice(0, at);
    const isDoubled = plain[at - 1] === separator || rest.startsWith(separator);
    const link = { separator, isDoubled, name, args, isPathed, before, rest, ...prosodyOf(name, args, before) };
    const isSubstitution = separator === '`' || separator === '$(' || separator === '<(';
    const verdict = isSubstitution ? judgeSubstitution(link, plain, isInProse) : judgeChained(link, plain, text);
    if (verdict !== undefined) add(verdict, at, from + piece.length + (isSubstitution ? 1 : 0));
  }
}

/** Whether what looks like a separator is one of a text, of markup or of another language. */
function partsText(plain: string, at: number, separator: string, rest: string): boolean {
  if (separator === '&' && /^\w{1,10};/.test(rest)) return true;
  if (isQuotedOperator(plain, at, rest)) return true;
  if (separator === '|' && CONSTRUCTED.test(rest)) return true;
  if (separator === '|' && isComparison(plain, at)) return true;
  if (separator === '`' && (COLUMN.test(rest) || plain.endsWith('`.', at))) return true;
  return separator === ';' && IN_TEXT.test(plain.slice(Math.max(0, at - 80), at));
}

/** Whether a bar is one of the two between a field's operator and what it is compared with: a single one passes output on to a command. */
const isComparison = (text: string, at: number): boolean =>
  (text[at - 1] === '|' || text[at + 1] === '|') && COMPARED_FIELD.test(text.slice(0, at + 1));

/**
 * Whether an operator stands between quotes by itself, as people search for it: `"&&" bash`. Where it closes the quotes of a command, they
 * open again right before the blank, and what follows is no command.
 */
function isQuotedOperator(text: string, at: number, rest: string): boolean {
  const quote = text[at - 1] === text[at] ? text[at - 2] : text[at - 1];
  return (quote === '"' || quote === "'") && BEHIND_QUOTED_OPERATOR.exec(rest)?.[1] === quote;
}

/** Whether a substitution by a short name is put right before a word, which it hides: `$(x)id`. */
const callsBetweenWords = (plain: string, rest: string): boolean =>
  /^\w{1,6}\)/.test(rest) && /^[a-z]{1,6}\(\w{0,6}\)/i.test(`a${rest}`) && /\$\(\w{1,4}\)\w/.test(plain);

/** How much around a command, and of its arguments, reads like a sentence. */
function prosodyOf(name: string, args: string[], before: string): Pick<Link, 'followsProse' | 'firm' | 'loose'> {
  const followsProse = (before.match(/(?:^|\s)[a-z]{2,}(?=\s)/gi) ?? []).length >= 2 && !/[;|`'"]\s{0,4}$/.test(before);
  // Reports have numbers behind a word: `exit code 1`.
  const isSpoken =
    WORDY.has(name) && /^[a-z]{3,}$/i.test(args[0] ?? '') && args.slice(1).every((arg) => NUMBER.test(arg));
  const firm = isSpoken ? 0 : args.filter((arg) => isArgument(arg, name)).length;
  const loose = args.filter((arg) => /^[a-z]{2,}[.,!?]?$/i.test(arg) && !isArgument(arg, name)).length;
  return { followsProse, firm, loose };
}

function judgeSubstitution(link: Link, plain: string, isInProse: () => boolean): Verdict {
  const { separator, name, args, isPathed, before, rest, followsProse, firm, loose } = link;
  const inBackticks = separator === '`';
  if (inBackticks && WORDY.has(name) && args.length === 0 && (!PROBES.has(name) || isValue(name, plain)))
    return undefined;
  // What stands between two quotes of code.
  if (inBackticks && (before.match(/`/g) ?? []).length % 2 > 0 && isInProse()) return undefined;
  const isInText =
    inBackticks &&
    (followsProse || /`(?:\s[a-z]{2,}){3}/i.test(rest) || isInProse()) &&
    /^[^`]{0,80}`{1,2}(?:[\s.,:;!?)\]'"*_-]|$)/.test(rest) &&
    !/(?:[^\s(["']`|\$\(?)\s{0,2}$/.test(before);
  // A function by its name, as texts on programs have it: a shell has no bracket right behind a command; and a path alone.
  const isNamed = /^\s?[a-z]\w{0,23}\(/i.test(rest) || (isPathed && /^[^\s`]{1,120}`/.test(rest));
  if (isInText && (firm === 0 || isNamed)) return 'command-prose';
  const isClosed = !inBackticks || plain.includes('`', before.length + 1);
  const isCommand = PLAIN.has(name) || isPathed || PROBES.has(name) || firm > 0;
  return isClosed && isCommand && loose <= firm + 1 ? 'substitution' : undefined;
}

function judgeChained(link: Link, plain: string, text: string): Verdict {
  const { separator, isDoubled, name, args, isPathed, before, rest, loose } = link;
  if (isPathed && loose <= 1) return 'chained-command';
  if (args.length === 0) {
    // A field on a line of its own within braces, as queries ask for them.
    if (/[\n\r]/.test(separator) && /^\s*\w{1,24}\s*[\n\r}]/.test(rest) && isWithinBraces(before)) return undefined;
    if (!isDoubled && LIST.test(text)) return undefined;
  }
  return PLAIN.has(name) ? judgePlain(link) : judgeWordy(link, plain);
}

/** A command whose name is no word of a sentence. */
function judgePlain(link: Link): Verdict {
  const { separator, isDoubled, name, args, before, rest, followsProse, firm, loose } = link;
  const isAlone = args.length === 0;
  if (name === 'echo' && isAlone) return undefined;
  if (isAlone && !isDoubled && !/[|\n`]/.test(separator) && LANGUAGES.has(name)) return undefined;
  if (!isAlone && args.every((arg) => NUMBER.test(arg)) && !TAKES_NUMBERS.has(name)) return undefined;
  if (args.length === 1 && loose === 1 && SPOKEN.test(name) && /[a-z]{3}\s{0,4}$/i.test(before)) return undefined;
  if (separator === '&' && isAlone && followsProse) return undefined;
  if (loose > firm + 1 && followsProse) return 'command-prose';
  if (COMPOUND.test(name)) return 'chained-command';
  const isCommand =
    isAlone ||
    firm > 0 ||
    isCommandLine(name, args) ||
    (before.trim() === '' && name.length > 3 && separator !== '&' && loose <= 2) ||
    (separator === ';' && name.length > 3 && loose <= 1 && /\s$/.test(before) && /^\w/.test(rest)) ||
    /^(?:echo|ping|curl|wget|whoami|uname|nslookup|phpinfo|php|python|perl|bash|sh)$/.test(name);
  if (!isCommand) return undefined;
  const isSentence = isAlone ? followsProse && /\s/.test(before.trim()) : loose >= 2 && firm === 0;
  return isSentence ? 'command-prose' : 'chained-command';
}

/** A command whose name is a word, too. */
function judgeWordy({ separator, name, args, before, rest, followsProse, firm, loose }: Link, plain: string): Verdict {
  const isCommand =
    args.length === 0
      ? PROBES.has(name) &&
        !followsProse &&
        (separator !== '&' || before.trim() === '' || /^\w{1,8}&\w{2,10}&$/.test(plain)) &&
        (separator !== '|' || before.trim().length <= 2 || rest.trim() !== name)
      : firm > 0 && loose <= firm;
  if (isCommand) return followsProse && loose > 0 ? 'command-prose' : 'chained-command';
  return ADMINISTERS[name]?.test(args[0] ?? '') === true ? 'chained-command' : undefined;
}

/** Whether a brace is open, and no text, that stands behind a name or begins all; a shell's own stand behind a separator. */
function isWithinBraces(before: string): boolean {
  if ((before.match(/"/g) ?? []).length % 2 > 0) return false;
  const opened = (before.match(/(?:^\s*|[\w)]\s{0,4})\{/g) ?? []).length;
  return opened > (before.match(/\}/g) ?? []).length;
}
