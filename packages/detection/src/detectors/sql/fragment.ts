import { anyOf, pattern } from '../../text/regex.ts';
import type { Add } from './signals.ts';

const ADDRESS = /:\/\/|^\/[\w/.-]{0,80}\?/;

/** A fragment is short: what is longer is prose or a whole statement, which the tokens tell. */
const CHARS_MAX = 160;

/** Nothing but a name and a bracket that never closes: what a fuzzer sends to see a function run. */
const OPEN_CALL = /^[^\w\s]{0,3}[a-z][\w.]{0,40}\W{0,8}\($/;
const OPERAND = /[\w.@`"'[\]-]{1,60}|\(?[\w.]{1,40}\(.{0,40}\)/;
const COMPARE = /={1,3}|!={1,2}|<>|[<>]=?|\blike\b|\bis\b/;
const COMPARED_WITH = anyOf(/["'`(][^"'`]{0,40}["'`)]{0,2}/, /[\w.]{1,40}["'`)]{0,2}/, /!?\d\)?/);

/** A condition without what it is added to. */
const CONDITION = pattern`^[^\w\s]{0,3}\s{0,4}(?:(?:and|or|xor|having|where|on)(?=[\s("'\`])|&&|\|\|)\s{0,4}\(?\s{0,4}${OPERAND}\s{0,4}${COMPARE}\s{0,4}${COMPARED_WITH}?$`;
/** A comparison that ends where its string begins. */
const OPEN_STRING = pattern`${anyOf(
  /\b(?:like|where|and|or|immediate)\s{1,4}/,
  pattern`[\w)\]]\s{0,4}${COMPARE}\s{0,4}`,
)}["'\`]$`;
/** A placeholder before a quote, which closes a text of such. */
const ENDS_IN_PLACEHOLDER = /<\w{1,24}>["'`]$/;
/** A quote, and a statement right behind it. */
const QUOTE_STATEMENT =
  /^["'`]{1,2}[\s;)]{0,6}(?:union|select|insert|update|delete|drop|alter|create|execute|having|order\s+by|group\s+by|procedure)\b/;
/** What a number, as an application puts it into its query, is followed by. */
const NUMBER_CLAUSE = anyOf(
  /(?:limit|offset)\s{1,4}\d{1,9}(?:\s{0,2},\s{0,2}\d{1,9})?/,
  /(?:sounds\s{1,4})?like\s{1,4}["']?\d{1,9}/,
  /in\s{0,2}\(\s{0,2}\d{1,9}(?:,\d{1,9}){0,8}\s{0,2}\)/,
  /is\s{1,4}(?:not\s{1,4})?null/,
  /for\s{1,4}update|into\s{1,4}@\w{1,20}/,
  /for\s{1,4}(?:xml|json)\s{1,4}(?:path|auto|raw|explicit)(?:\s{0,2}\(\s{0,2}'?'?\s{0,2}\))?/,
  /(?:&&|\|\|)\s{1,4}\d{1,9}/,
);
/** The middle of a query, without its beginning. */
const CLAUSES: readonly RegExp[] = [
  /^(?:[)`'"!\s]{1,4}|\d{1,9}\s|.{0,12}["'`)]\s)\s{0,8}as\b['"\s`]{1,8}[\w`'"]{0,60}\s{0,8}from\b/,
  /^[)\s;]{0,4}from\s{1,4}[\w`".[\]]{1,60}\s{1,4}(?:where\s{1,4}[\w`".]{1,40}(?:\(.{0,60}\))?\s{0,4}[=<>]|where\s{1,4}convert\s{0,2}\(|limit\b|group\s{1,4}by\b)/,
  /^from\s{1,4}`?information_schema\b/,
  /^\(?\s{0,4}case\s{1,4}when\b.{1,100}\bthen\b/,
  /^\)?\s{0,4}when\s{1,4}\S{1,40}\s{1,4}then\b/,
  /^[)\s]{0,4}(?:not\s{1,4})?in(?:\s{0,4}|\/\*.{0,20}\*\/)\(\s{0,4}(?:-?\d|$)/,
  /^(?:is\s{1,4}(?:not\s{1,4})?null|(?:not\s{1,4})?like\s{1,4}null)$|^[)'"]\s{0,4}(?:not\s{1,4})?like\s{0,4}[('"]/,
  /^[^\w\s]{0,2};\s{0,4}(?:drop|update\s{1,4}\w+|insert|delete|set\s{1,4}@\w{1,60}|exec|truncate)\b[^;]{0,40}$/,
  /^set\s{1,4}@\w{1,60}(?:$|\s{0,4}:?=)/,
  /^(?:-?\d{1,9}\s{1,4})?exec(?:ute\s{1,4}(?:immediate\b|\w{1,20}$)|\s{1,4}(?:[sx]p(?:_\w{0,20})?(?=$|\s\()|\w{0,20}_\w{0,20}$))/,
  // A statement that shows what there is, with the query before it ended and the rest of it cut off.
  /^.{0,24}["'`)\d]\s{0,2};\s{0,4}(?:desc|describe|show|explain)\s{1,4}[\w.]{1,30}(?:\s{1,4}[\w.]{1,30}){0,2}\s{0,4}(?:;\s{0,4})?(?:--|#|\/\*)/,
  // A comment closed that the query has opened, and a comparison.
  /^\w{0,24}:?\*\/\s{0,2}[=<>]{1,2}\s{0,2}['"\d]\S{0,24}--/,
  // A text closed before anything is in it, or begun, and the rest cut off behind one word.
  /^["'`][\s)]{0,4}\w{1,24}\s{0,2}--\s{0,2}[-+]?$/,
  /^["'`)\s]{0,4}(?:or|and)\s{0,4}\(\s{0,2}(?:not\s{1,4})?exists\s{0,2}[()]/,
  /^[/'"]?(?:create|drop|alter|truncate)\s{1,4}(?:table|database|view|index|schema|user|function|procedure|trigger)\s{1,4}[\w.`"[\]]{1,60}\s{0,4}(?:[;(#-]{0,4}$|\(\s{0,4}\w|(?:add|drop|modify|rename)\s|returns\b)/,
  /^drop\s{1,4}\w{1,60}\s{0,4};\s{0,4}--/,
  /^select\s{1,4}(?:pg_\w{3,20}|@@\w{2,20}|sleep|benchmark)$/,
  /^["'`]{1,2}\s{0,4}[*/+-]\s{0,4}\d{2,9}$/,
  // A query cut off where its condition is to stand.
  /^select\b.{1,100}\sfrom\s{1,4}[\w.]{1,40}\s{1,4}where$/,
  /^(?:<=>|<>)$/,
  // A column to sort by, and the statement ended.
  /^[\w.,]{1,24}\s?;\s{0,2}(?:--\s{0,2}-?|#)$/,
  /^(?:try_)?cast\s{0,2}\(\s{0,2}['"\d][^()]{0,40}\sas\s{1,4}\w{3,16}\s{0,2}\)\s{0,2}(?:--|#|$)/,
  // A comment for a word, and a comparison of numbers.
  /^["'`]\s{0,4}\/\*[^\n]{0,40}\*\/\s{0,4}(\d{1,6})\s{0,2}=\s{0,2}\1\s{0,4}(?:--|#|$)/,
  // A word between quote and comparison, mangled or not, with the rest cut off.
  /^["'`][\s)]{0,4}[a-z]{2,8}\s{1,4}\d{1,6}\s{0,2}[<>=]{1,2}\s{0,2}\d{1,6}\s{0,4}(?:#|--)/,
  /^@@\w{3,30}$/,
  /^select\w{0,3}\s{1,4}(?:\(?\s{0,4}case\b|\w{1,24}\($)/,
  /^(?:order|group)\s{1,4}by$|^declare(?:\s{1,4}|\/\*.{0,20}\*\/)@\w/,
  /^["'`]\s{0,4}(?:regexp|rlike|like|div|xor)\b(?!["'`]\s\w)/,
  /^["'`]{2,3}\s{0,4}(?:and|or|union|having)\b\s{0,4}\S/,
  /^[\w@.-]{0,24}["'`]{1,3}\s{0,2}(?:or|and|xor|\|\||&&)(?:\s{0,2}(?!"\s{1,2}[a-z]{2,}|['"`]\s['"`]\w)["'`?(]|\s{1,2}\w{1,20}\s{1,2}is\b)\S{0,24}/,
  /^["'`](?:[!<>=*:;}]{1,3}[^\s"'`]{1,8}|[!<>=*]{1,3}["'`]?|\d{1,6}[*/:][^\s"'`]{1,8})$/,
  /^["'](?:["'\s,]{1,4}\d{0,4}){2,12}$/,
  /^[()]{6,}$/,
  /^["'`]{1,2}\s{0,4}(?:or|and|xor|union|having)\s{0,4}$/,
  /^\w{0,8}["'`]\s{0,2}(?:or|and|xor)\s{1,2}(?:current_\w{4,12}|\d{1,6}(?!\/(?:2|4|8|16|32)(?:\D|$)))\s{0,2}[*+/-]/,
  /^(?:and|or)\s{1,4}\w{3,12}\(\s{0,2}\d{1,6}\s{0,2}[/*+-]/,
  /^["'`]\w{1,9}["'`]={1,2}["'`]\w{1,9}$/,
  /^\w{0,12}["'`]\)?\s{1,4}in\s{1,4}(?:boolean|natural\s{1,4}language)\s{1,4}mode\b/,
  /^-?\d{0,9}'\)?\s{1,4}(?:not\s{1,4})?between\s{1,4}\S{1,12}\s{1,4}and\s{1,4}\S{1,12}(?:\s{0,4}(?:--|#).{0,4})?$/,
  /^-?\d{1,9}["')]{0,3}\s{1,4}(?:group|order)\s{1,4}by\s{1,4}[\w.`]{1,40}(?:\s{1,4}(?:asc|desc))?\s{0,4}(?:--|#|$)/,
  /^["')\s]{0,3}json_\w{4,16}\s{0,2}\(\s{0,2}'[^()]{1,80}\)\s{0,2}(?:[=<>]|is\s)/,
  pattern`^-?\d{1,9}["')]{0,3}\s{1,4}${NUMBER_CLAUSE}\s{0,4}(?:(?:--|#).{0,4})?$`,
  /^\w{0,12}["']\)?\s{0,4}[=<>!]{1,3}\s{0,4}(?:any|some|all)\s{0,2}\(/,
  /^(?:if|ifnull|nullif|coalesce|greatest|least|div)\s{0,2}\(\s{0,2}-?\d{1,6}(?:\.\d{1,6})?(?:\s{0,2},\s{0,2}-?\d{1,6}(?:\.\d{1,6})?){1,3}\s{0,2}\)$/,
  /^if\s{0,2}\(\s{0,2}\d{1,9}\s{0,2}=$/,
  /^\d{1,3}\.e\.(?:tables|columns|schemata|users?|members|accounts|passwords?)\b/,
  /^\w{0,8},\s{0,2}(\d{1,6})\s{0,2}=\s{0,2}\1$/,
  /^having\s{1,4}\(?["']?\d{1,9}["']?\s{0,2}(?:[-+*/%&^|]|(?:mod|div)\b)\s{0,2}["']?\d{1,9}["']?\)?\s{0,2}(?:--|#|$)/,
  /^\w{1,30}::(?:int(?:eger|[248])?|(?:big|small)int|numeric|varchar|bytea|jsonb|regclass)$/,
  /^[\w.="' ]{0,24}["'\d)]\s{0,4}(?:or|and)\s{0,2}(?:--\s{0,2}-?|#)$/,
  /^[\w.+-]{1,40}@[\w.-]{1,60}["'`]\s{0,2}(?:\/\*.{0,40}\*\/\s{0,2})?;$/,
  /^[\w.-]{0,24}["']\s{0,2};\s{0,2}\w{2,24}\s{1,4}(?:--|#)/,
  /^select[-+!~]{1,3}\d{1,9}$/,
  /^["'`)\s]{0,4}[a-z]\w{1,30}\s{0,2}\(.{1,120}\)\s{0,2}::\s{0,2}(?:(?:big|small)?int|integer|text|numeric|real|float|double|(?:var)?char|date|time\w{0,8}|jsonb?|bool(?:ean)?|bytea|reg\w{2,12}|money|xml|name|bit)\b/,
  /^["'`][\s!-/:-@[-^{-~]{1,14}(?:--|#)$/,
  /^\{\s{0,2}`\w{1,20}`\s{0,2}[\w'"(@]/,
];

/** A part of a query that is the whole of a value: too little to attack with, and nothing that people write. */
export function readFragment(text: string, add: Add): void {
  const value = text.trim().toLowerCase();
  if (value.length < 3 || value.length > CHARS_MAX) return;
  if (value.endsWith('(') && OPEN_CALL.test(value)) add('fragment-call', 0, text.length);
  if (!ADDRESS.test(value) && (CONDITION.test(value) || (OPEN_STRING.test(value) && !ENDS_IN_PLACEHOLDER.test(value))))
    add('fragment-condition', 0, text.length);
  const opener = value[0];
  const closes = opener !== undefined && `'"\``.includes(opener) && value.indexOf(opener, 2) !== -1;
  if ((!closes && QUOTE_STATEMENT.test(value)) || CLAUSES.some((clause) => clause.test(value)))
    add('fragment-clause', 0, text.length);
}
