import type { Add } from './signals.ts';
import type { Token, Tokens } from './tokens.ts';
import { knownCall } from './vocabulary.ts';

/** What an expression that fills a whole value is made of, and how it ends: `open` in a string that the query itself closes. */
type Whole = {
  end: 'open' | 'comment' | 'plain';
  operands: number;
  operators: number;
  calls: number;
  formulas: number;
  comparisons: number;
  names: number;
  connectives: number;
  /** Numbers that stand for true or false: 0, 1 and those below. */
  truths: number;
  numbers: number;
  strings: number;
  equalities: number;
  grouped: boolean;
  /** Whether next to nothing follows the comment sign. */
  cut: boolean;
  /** Commas outside of brackets. */
  columns: number;
};

const BEFORE_OPERAND = /^(?:not|binary|interval|select|distinct)$/;
const WORD_OPERATOR = /^(?:mod|escape|collate)$/;
/** Functions that a formula of a calculator has too. */
const MATHEMATICAL =
  /^(?:abs|a?(?:cos|sin|tan)|cot|sqrt|pow(?:er)?|exp|floor|ceil(?:ing)?|round|min|max|sum|avg|mod|pi)$/;
const CONSTANT =
  /^(?:null|true|false|unknown|current_(?:user|date|time|timestamp|role)|session_user|system_user|local(?:time|timestamp)|utc_(?:date|time|timestamp)|user|sysdate|rownum)$/;
/** What is left after a comment sign that cuts a query off: next to nothing. */
const CUT = /^(?:--\s{0,8}[-+]{0,2}\s?\w?|#\s{0,8}(?:\w{0,2}|\()|\/\*)\s{0,4}$/;
const OPEN_STRING = /^['"][\w.%-]{0,16}\s{0,2}$/;
/** Longest list of tokens that is read: what is longer is told by its parts. */
const TOKENS_MAX = 80;
/** Columns that an expression may name; a path, where templates leave theirs unfilled, may have none. */
export const NAMES_MAX = 2;

/**
 * Finds a value that is an expression of SQL from its first token to its last: operands and operators by turns, and at the end a comment or
 * the string that the query closes. Prose has two words in a row somewhere, which no expression has.
 * `brokeOut`: the tokens follow the quote that a value closed.
 */
export function readWhole(text: string, tokens: Tokens, brokeOut: boolean, namesMax: number, add: Add): void {
  if (tokens.list.length > TOKENS_MAX) return;
  if (brokeOut && !/^\s{0,4}(?:[\w@.-]{0,16}|-?\d{1,9}\s)$/.test(tokens.prefix)) return;
  const whole = readExpression(tokens, brokeOut);
  if (whole === undefined) return;
  if (whole.end === 'comment' && !whole.cut && (brokeOut || whole.comparisons === 0)) return;
  if (brokeOut) {
    const isRow = whole.columns > 0;
    if (isRow && whole.end !== 'comment') return;
    if (whole.end !== 'plain' && (whole.operators > 0 || isRow) && whole.names <= namesMax)
      add('expression', 0, text.length);
    return;
  }
  if (whole.names > 0) return;
  if (whole.end === 'comment' && (whole.operands > 1 || whole.grouped || !/#/.test(text)))
    add('expression', 0, text.length);
  else if (whole.end === 'plain' && whole.operators > 0 && (callsServer(whole) || isConstantCondition(text, whole)))
    add('fragment-condition', 0, text.length);
}

const callsServer = ({ calls, formulas, comparisons }: Whole) => calls + comparisons > 0 && calls + formulas > 1;

/**
 * Whether constants alone make a condition: two of them are equal or not, or two numbers, one of which is true or false by itself, are
 * joined by a sign that no text has there (`1&&2`).
 */
function isConstantCondition(text: string, whole: Whole): boolean {
  if (whole.calls + whole.formulas > 0 || whole.operands !== whole.numbers + whole.strings) return false;
  // `2 + 2 = 4` is a sum.
  if (whole.comparisons > 0)
    return whole.equalities > 0 && whole.numbers > 0 && whole.operators === whole.comparisons + whole.connectives;
  return (
    whole.truths > 0 && whole.operands === 2 && whole.numbers === 2 && /\d\s{0,2}(?:&&|\|\|)\s{0,2}-?\d/.test(text)
  );
}

function readExpression({ list, match }: Tokens, brokeOut: boolean): Whole | undefined {
  const whole: Whole = {
    end: 'plain',
    operands: 0,
    operators: 0,
    calls: 0,
    formulas: 0,
    comparisons: 0,
    names: 0,
    connectives: 0,
    truths: 0,
    numbers: 0,
    strings: 0,
    equalities: 0,
    grouped: false,
    cut: false,
    columns: 0,
  };
  let wantsOperand = !brokeOut;
  let compared = false;
  let depth = 0;
  for (let at = 0; at < list.length; at += 1) {
    const token = list[at] as Token;
    const wasCompared: boolean = compared;
    compared = false;
    switch (token.kind) {
      case 'comment':
        if (wantsOperand || at < list.length - 1) return undefined;
        whole.end = 'comment';
        whole.cut = CUT.test(token.text);
        return whole.operands > 0 ? whole : undefined;
      case 'operator':
        if (token.text.startsWith(':')) return undefined;
        if (wantsOperand && !/^[-+~!]$/.test(token.text)) return undefined;
        if (!wantsOperand) whole.operators += 1;
        wantsOperand = true;
        break;
      case 'logic':
        // A condition may begin with what joins it to the query.
        if (wantsOperand && at > 0) return undefined;
        whole.operators += 1;
        whole.connectives += 1;
        wantsOperand = true;
        break;
      case 'compare':
        if (wantsOperand && !wasCompared) return undefined;
        whole.operators += 1;
        whole.comparisons += 1;
        if (/^(?:={1,2}|!=|<=?>)$/.test(token.text)) whole.equalities += 1;
        wantsOperand = true;
        compared = true;
        break;
      case '(':
        if (!wantsOperand) return undefined;
        whole.grouped = true;
        depth += 1;
        break;
      case ')':
        if (wantsOperand) return undefined;
        depth -= 1;
        if (depth < 0 && !brokeOut) return undefined;
        break;
      case ',':
        if (wantsOperand || (depth <= 0 && !brokeOut)) return undefined;
        // Behind a closed string it leads to the next value of a row, or to the next row.
        if (depth <= 0) whole.columns += 1;
        wantsOperand = true;
        break;
      case 'open':
        if (!wantsOperand || at < list.length - 1 || !OPEN_STRING.test(token.text)) return undefined;
        whole.end = 'open';
        return whole;
      case ';':
        if (wantsOperand || (at < list.length - 1 && list[at + 1]?.kind !== 'comment')) return undefined;
        break;
      case 'call': {
        if (!wantsOperand) {
          if (!/^(?:in|mod|like|r?like|regexp)$/.test(token.text)) return undefined;
          wantsOperand = true;
          break;
        }
        if (BEFORE_OPERAND.test(token.text)) break;
        const close = match[at + 1] ?? -1;
        if (close === -1) return undefined;
        if (MATHEMATICAL.test(token.text)) whole.formulas += 1;
        else if (knownCall(token.text)) whole.calls += 1;
        else whole.names += 1;
        whole.operands += 1;
        wantsOperand = false;
        at = close;
        break;
      }
      case 'word':
        if (token.text === 'not' || (wantsOperand && BEFORE_OPERAND.test(token.text))) {
          compared = wasCompared || !wantsOperand;
          if (!wantsOperand && list[at + 1]?.kind !== 'compare') return undefined;
          break;
        }
        if (!wantsOperand) {
          if (!WORD_OPERATOR.test(token.text)) return undefined;
          whole.operators += 1;
          wantsOperand = true;
          break;
        }
        if (!CONSTANT.test(token.text)) whole.names += 1;
        whole.operands += 1;
        wantsOperand = false;
        break;
      case 'other':
        // `\N` is NULL.
        if (token.text !== '\\' || list[at + 1]?.text !== 'n' || !wantsOperand) return undefined;
        at += 1;
        whole.operands += 1;
        wantsOperand = false;
        break;
      default:
        if (!wantsOperand) return undefined;
        whole.operands += 1;
        if (token.kind === 'string') whole.strings += 1;
        if (token.kind === 'number') {
          whole.numbers += 1;
          if (/^[01]$/.test(token.text) || list[at - 1]?.text === '-') whole.truths += 1;
        }
        wantsOperand = false;
    }
  }
  return wantsOperand ? undefined : whole;
}

/** UNION as the last word after a value: the query that it appends is to follow. */
export function readOpenUnion(text: string, { list }: Tokens, brokeOut: boolean, add: Add): void {
  const at = list.findIndex((token) => token.text === 'union');
  if (at === -1 || (at === 0 && !brokeOut)) return;
  const isValue = (token: Token) => /^(?:number|string|operator|comment|\))$/.test(token.kind);
  const isRest = (token: Token) => token.kind === 'comment' || /^(?:all|distinct|select)$/.test(token.text);
  if (list.slice(0, at).every(isValue) && list.slice(at + 1).every(isRest)) add('expression', 0, text.length);
}
