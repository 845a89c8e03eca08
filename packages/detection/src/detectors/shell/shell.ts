import { words } from '../../text/words.ts';
import { withoutLineFilters } from '../../views/labels.ts';
import { isLogQuery, isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { Found, type Detector, type Signal } from '../detector.ts';
import { readChain } from './chain.ts';
import { PLAIN, WORDY } from './vocabulary.ts';
import { readCut } from './cut.ts';
import { deobfuscate, hidesCommand } from './deobfuscate.ts';
import { RUNNERS } from './posix/commands.ts';
import { readObfuscation } from './posix/hiding.ts';
import { isProse, SESSION, withoutQuotedCode } from './prose.ts';
import { SIGNALS, type Add } from './signals.ts';
import { readWhole, RUNS } from './whole.ts';

/** Without any of these a text is no command line. */
const METACHARACTER = /!-\d|[;|`$\s{<>^~\\()+"'\x00-\x1f&]|\/s?bin\/|\/\?|\*\/|\/et\*|\/b\*|\/dev\//;
/** Words and spaces only: a command line if the first word is a command. */
const WORDS = /^\s{0,8}([\w.-]{1,24})[\w\s.,-]{0,4096}$/;

/** Logic spelt out, which programs have more often than shells. */
const TRUTH = /^\s{0,4}(?:true|false)\s{0,4}(?:\|\||&&)\s{0,4}(?:true|false)\s{0,4}$/i;

/** A field and how it is compared: `time>=5` parts at its equals sign. */
const COMPARED = /^[\w.]{1,40}[<>!~]$/;

/** Fields of which any may match, as a key of a filter: `f[name|id]`. */
const ALTERNATIVES = /^\w{1,40}(?:\|\w{1,40}){1,8}$/;

/** A table that an interface of NestJS is to join, and which of its fields: `join=profile||id`. */
const JOINS = /^join(?:\[\d{0,3}\])?$/i;
const JOINED = /^[\w.]{1,60}\|\|\w{1,40}(?:,\w{1,40}){0,40}$/;

/** Folders by the name of a command and with a short word, which is no option behind that: `/copy/My Docs/`. */
const FOLDERS = /^\/(?!s?bin\/|usr\/)[a-z][\w.-]{1,23}\/\w{1,3}\s/i;

/** What opens the gate by itself; a text of words needs white space and something that makes one of them an argument. */
const GATE_MARKS =
  String.raw`; | & ${'`'} $ { < > ^ ~- ~+ !- \ ( /? */ /et* /b* + " ' /bin/ /sbin/ /dev/ <break>`.split(' ');
const GATE_ARGUMENTS =
  words(`<space>- / <space>~ <space>% .0 .1 .2 .3 .4 .5 .6 .7 .8 .9 : net<space> reg<space> wmic<space> ps<space>aux ps<space>ef
  .php .txt .env .key .pem .asp .jsp .log .inc .bak .conf .ini .cfg .sh .py .rb .pl alias<space> ansible- chef-`);

/** Finds shell commands: a known command where a shell would start one, with arguments that only a command has. */
export const shell: Detector = {
  name: 'shell',
  signals: SIGNALS,
  gate: [...GATE_MARKS, '<space>'],
  gateWith: [...GATE_MARKS, ...GATE_ARGUMENTS, ...[...RUNNERS].map((name) => `${name}<space>`)],
  gateNames: RUNS,
  run(view: View): Signal[] {
    const { field, isQuery } = view;
    const quotesCode = view.text.includes('`') && (isSearchParameter(view.name) || isProse(view.text));
    const text = quotesCode ? withoutQuotedCode(withoutLineFilters(view.text)) : view.text;
    if (isLogQuery(text) || (isSearchParameter(view.name) && SESSION.test(text))) return [];
    if (!METACHARACTER.test(text.trim()) || TRUTH.test(text)) return [];
    if (JOINS.test(view.name ?? '') && JOINED.test(text)) return [];
    if (field === 'param_name' && (COMPARED.test(text) || isOneOfFields(view))) return [];
    const first = WORDS.exec(text)?.[1]?.toLowerCase();
    if (first !== undefined && !PLAIN.has(first) && !WORDY.has(first) && !/[\n\r]/.test(text)) return [];
    const found = new Found();
    const add: Add = (name, start, end) => {
      found.add(name, Math.max(0, start), Math.min(end, text.length));
    };
    const agent = field === 'user_agent' || field === 'header' || field === 'remote_user';
    if (agent && /^[\w .-]{1,40}\/[\w.]{1,24}/.test(text) && !/[`$]|\(\)/.test(text)) return [];
    readObfuscation(text, add);
    const plain = deobfuscate(text);
    if (plain !== text && hidesCommand(text, plain)) add('obfuscation', 0, text.length);
    const wholeText = plain.trim();
    if (field !== 'path' && !isQuery) readWhole(wholeText, view, agent, add);
    else if (field === 'path' && !FOLDERS.test(wholeText)) readWhole(wholeText.replace(/^\//, ''), view, true, add);
    readChain(plain, text, isQuery, add);
    if (!isQuery && field !== 'path') readCut(plain, add);
    return found.signals;
  },
};

const isOneOfFields = ({ text, decoded }: View): boolean => decoded.includes('key') && ALTERNATIVES.test(text);
