import { anyOf, pattern } from '../../text/regex.ts';
import {
  ARITHMETIC,
  BINARY,
  COMPARE,
  CONSTANT,
  EXPRESSION,
  EXPRESSION_WORDS,
  JOINT,
  NAME,
  NULL_TEST,
  wordsOf,
} from './grammar.ts';
import { sentencesOf } from './sentence.ts';
import type { Add, Name } from './signals.ts';
import type { Tokens } from './tokens.ts';

/*
 * What an application puts into its query continues it: the value ends the operand that the query had begun, closes the quote or the
 * brackets around it, and goes on with what can only stand there in SQL. Each line below is one way to go on, as an expression over the
 * sentence that `sentence.ts` makes of a text, in which an expression of SQL is one word. To know another clause, add a line.
 *
 * Most lines end with `END`, so that a text which goes on as prose is no match. The others hold words that prose has not in that order.
 */

/** Whatever is behind the value in the query is cut off by a comment, … */
const CUT = /(?:; )*(?:Cut|Hash) $/;
/** … or is the end of a text that the value leaves open, … */
const CUT_OR_OPEN = anyOf(CUT, /(?:Runs|Begins) $|(?<=(?:Open|Begun) )$/);
/** … or goes on behind it. */
const END = /(?:(?:; )*(?:(?:Cut|Hash) )?|Runs |Begins )$/;

/** A right operand, or as much of it as there is. */
const RIGHT = pattern`(?:${EXPRESSION}(?:${BINARY})?)?`;
/** A condition, begun or whole. */
const TRUTH = pattern`(?:Called )*(?:(?:Truth|FixedTruth|Equation|Inquiry) (?:${BINARY})?|${EXPRESSION}${COMPARE})`;
const COLUMNS = pattern`${EXPRESSION}(?:(?:asc|desc) |using (?:Cmp|Equal) |nulls ${NAME}|, ${EXPRESSION})*`;
const TABLE = pattern`(?:${NAME}|Query |Function |Call )`;
const ROW = /(?:List|Group) /;

/** What a query has behind its condition, as far as there is anything of it. */
const CLAUSE = anyOf(
  pattern`(?:where|having) (?:${TRUTH}|${CONSTANT})|connect by (?:nocycle )?${TRUTH}`,
  pattern`(?:order|group) by (?:${COLUMNS})?(?:with rollup )?`,
  pattern`limit (?:all |${CONSTANT}(?:, ${CONSTANT})?)|offset ${CONSTANT}(?:row |rows )?`,
  pattern`into (?:(?:outfile|dumpfile) ${CONSTANT}|Variable (?:, Variable )*)`,
  /for update (?:of Name |nowait |skip locked )*|for (?:xml|json|browse) (?:(?:Name|path|Function|FixedCall|Odd|,) ){0,6}/,
  /procedure (?:analyse |analyze |Call |Function )/,
  pattern`union (?:all |distinct )?(?:values (?:(?:${ROW}|Call )(?:, )?)*|(?:select|Select|Query|\() )`,
);
/** The same of single databases, and such as prose has the words of. */
const RARE_CLAUSE = anyOf(
  pattern`start with ${TRUTH}|(?:order siblings|partition|cluster) by ${COLUMNS}`,
  pattern`fetch (?:first|next) (?:${CONSTANT})?(?:row|rows|percent) (?:only|with ties) `,
  /for (?:no key update|share|key share) (?:of Name |nowait |skip locked )*|lock in share mode /,
  pattern`(?:option|with) (?:${ROW}|Odd )|returning (?:Op |Name (?:, Name )*)`,
  pattern`window Name as (?:${ROW}|Odd )`,
  // Another table.
  pattern`(?:(?:natural|left|right|full|inner|outer|cross) ){0,2}(?:join|apply) ${TABLE}(?:as )?(?:Name )?(?:on ${RIGHT}|using ${ROW})?`,
  // What is done where a row is there already.
  pattern`on (?:conflict (?:Group )?(?:do )?|duplicate key )(?:nothing |update (?:set )?${RIGHT})?`,
  // Rows of another query.
  pattern`(?:except|intersect|minus) (?:all |distinct )?(?:values ${ROW}|select (?:Name|Op|Number|Text|null) (?:,|from) (?:[^ ]+ )*|(?:Select|Query|\() )`,
  /(?:union|except|intersect|minus) table Name (?=(?:; )?(?:Cut|Hash) )/,
);
const CLAUSES = pattern`(?:${CLAUSE}|${RARE_CLAUSE})+`;

/** A statement, as far as it can be told from prose that begins with the same words. */
const STATEMENT = anyOf(
  pattern`(?:create|alter|drop|truncate|rename) (?:or replace |temporary |unique )?(?:table|database|schema|view|index|user|role|login|function|procedure|trigger) (?:if (?:not )?exists )?(?:${NAME}(?:${END}|(?:add|drop|modify|rename|returns|,) )|(?:Function|Odd|Called) )`,
  /set (?:Variable (?:Equal |$)|Equation |(?:global|session) )|declare Variable (?:Name )?(?:(?:Equal|[;,(]) |$)/,
  pattern`(?:exec|execute) (?:(?:immediate|System|Variable|Text|List) |Name (?:Text|Variable|Open) ${END})`,
  /(?:print|return) Server |if (?:not )?exists (?:Query|\() |do (?:Call|Function) $|drop Name ; (?:Cut|Hash) /,
  /select (?:System |Server |Variable |Sign Number )(?:(?:,|as) |$)|select (?:[^ ]+ ){1,20}from Name where $/,
);
/** The same where it takes the query before it to tell it from prose, from reports and from what forums show. */
const FURTHER_STATEMENT = anyOf(
  STATEMENT,
  /insert (?:ignore )?into (?:Name values|Name Group|Function|Odd) |replace into Name values /,
  /update Name set (?:Truth|Name Equal) |delete from Name (?:where |$)/,
  /select (?:Op |(?:Name|Number|null|Text) (?:, (?:Name|Number|null|Text) )*)from /,
  /(?:exec|execute) as (?:Truth |(?:login|user|caller) (?:Text|Open) )|call Function $|print (?:Variable|Text) /,
);

/** A text closed that the value did not open, behind what was in it, … */
const QUOTE = /^(?:(?:Id|Word|Mail|Quote) )?Quote (?:Cast |Type |collate Name |\) )*/;
/** … or brackets, behind a number or at once. */
const CLOSED = anyOf(QUOTE, /^(?:Id )?(?:\) )+/);
const BEHIND_CLOSED = [
  // The rest cut off behind what the text is made, or how it is compared.
  pattern`(?<=(?:Cast |Type |collate Name )(?:\) )*)${CUT}`,
  // A condition with a parameter that nothing is bound to, which makes it null: `or ?`, `and id is not ?`.
  pattern`${JOINT}(?:${NAME}${COMPARE}(?:not )?)?Mark ${CUT}`,
  // What joins a condition, with one or its beginning behind it.
  pattern`${JOINT}(?:${TRUTH}|Sum |(?!Number )${CONSTANT}(?:${BINARY})?)${END}`,
  // What compares, with an operand that is no name, as prose has some of the words.
  pattern`${COMPARE}(?:Called )*(?:${CONSTANT}|Truth )(?:${CLAUSES})?${END}`,
  pattern`${NULL_TEST}${RIGHT}${END}`,
  pattern`(?:(?:asc|desc) |${BINARY}${EXPRESSION}|${NULL_TEST})?${CLAUSES}${END}`,
  pattern`as (?:Name|Text|Open) from |from ${NAME}(?:Name )?${CLAUSES}${END}`,
  pattern`(?:; )*${FURTHER_STATEMENT}`,
  // A statement of any kind, with the rest cut off.
  pattern`; (?:[^ ]+ ){1,12}${CUT}`,
  // A row ended, and another one.
  pattern`(?:, ${EXPRESSION}|, )*(?:\) )?(?:, ${ROW})+(?:${CLAUSES})?${END}`,
  pattern`union (?:(?:all|distinct|select) )*${END}`,
];
const BEHIND_QUOTE = [
  // Any operator, with the rest cut off, and such as prose has not.
  pattern`${BINARY}(?:${CONSTANT})?${CUT_OR_OPEN}`,
  pattern`(?:eqv|imp|xor|rlike|regexp|glob|div|Or|And) ${EXPRESSION}${END}`,
  // An operator that a filter mangled or took away.
  pattern`(?:Name )?(?:Equation ${END}|FixedTruth ${CUT_OR_OPEN})`,
  pattern`(?:, ${EXPRESSION})+(?:${CLAUSES})?${CUT}`,
  /in (?:boolean|natural Name) mode /,
];
const QUOTE_ALONE = [
  pattern`(?:Op|Equal|Cmp|Or|And|div|mod|regexp|rlike) (?:${EXPRESSION})?${END}`,
  // Marks, or a word, with the rest cut off.
  pattern`(?:(?:Mark|Sign|Op|Equal|Cmp|Or|And|,|;|\(|\)) )*${CUT}`,
  pattern`(?:\) )?Name ${CUT}`,
  pattern`Quote ${JOINT}|; ${JOINT}${END}|${JOINT}select `,
  /(?:union|having|procedure|select|insert|update|delete|drop|alter|create|execute) (?:Name )?$/,
];

const NUMBER = /^Id (?:Cast |Type )?/;
const BEHIND_NUMBER = [
  // People limit numbers, too.
  pattern`(?!(?:limit|offset) Number $)(?:${CLAUSE}(?:${CLAUSES})?${END}|${CLAUSES}${CUT})`,
  pattern`${JOINT}(?:${TRUTH}${END}|(?:Call|FixedCall|Server|Query|Inquiry|true|false|null) ${END}|${CUT})`,
  pattern`(?:not )?(?:(?:like|sounds like|rlike|regexp|member of) ${CONSTANT}|in (?:List|Query) )${END}`,
  pattern`(?:is (?:null |(?:not )?distinct from ${CONSTANT})|${NULL_TEST}|(?:Equal|Cmp) Query )${END}`,
  pattern`as (?:Name|Text) from |(?:; )*${FURTHER_STATEMENT}`,
];

/** Lines by the signal that they give, the surest first. */
const LINES: readonly (readonly [Name, RegExp])[] = [
  // What closes a quote or brackets and goes on, or cuts the rest of the query off.
  [
    'continuation',
    anyOf(
      pattern`${CLOSED}(?:${anyOf(...BEHIND_CLOSED)})`,
      pattern`${QUOTE}(?:${anyOf(...BEHIND_QUOTE)})`,
      pattern`^Quote (?:${anyOf(...QUOTE_ALONE)})`,
      pattern`^(?:Word |Mail )?Quote (?:\) )*(?:${ARITHMETIC}|(?:Or|And) )${CONSTANT}${END}`,
      /^Mail Quote ; $/,
      pattern`^Id ; (?:[^ ]+ ){1,12}${CUT}`,
      pattern`^(?:FixedSum|FixedTruth|Equation|Inquiry) (?:${JOINT})?${CUT}`,
      pattern`^(?:(?:Number|Text|Sign|FixedSum|\)) )+union (?:(?:all|distinct|select) )*${END}`,
    ),
  ],
  // Operators and operands, with names among them, and single constants: nothing in a path.
  [
    'expression',
    anyOf(
      pattern`${QUOTE}${BINARY}${RIGHT}${CUT_OR_OPEN}`,
      /^(?:(?:Equation|FixedTruth|Inquiry) Rest |(?:Number|Text|Variable|Call|List|Query|Typed|null|true|false) (?:; )*Cut )$/,
    ),
  ],
  // Conditions without what they are added to.
  [
    'fragment-condition',
    anyOf(
      pattern`^(?:\) )*(?:${JOINT}|(?:where|having|on) )${TRUTH}${END}`,
      pattern`^(?:where|having) FixedSum ${END}|^${JOINT}${CONSTANT}(?:${CUT}|Begins $)`,
      pattern`^${JOINT}(?:not |\( )*(?:Called (?:FixedSum|Number ,) |(?:Call|Formula) ${END})|^Or (?:List|Query) $`,
      // A comparison that ends where its text begins, and one that says all by itself.
      /^(?:Truth|FixedTruth) Begins $|^(?:Equation|Inquiry) $/,
    ),
  ],
  // Clauses, statements and operands without what they are added to.
  [
    'fragment-clause',
    anyOf(
      pattern`${NUMBER}(?:${anyOf(...BEHIND_NUMBER)})`,
      pattern`^(?:[;)] )*from (?:System |${NAME}(?:Name )?${CLAUSES})${END}`,
      pattern`^(?:Name )?(?:order|group) by Number (?:, Number )*${CUT}|^Name having (?:FixedSum|Equation|List|Number) $`,
      // Without columns it is a heading, or what a list is sorted by.
      pattern`^(?:order|group) by (?:${COLUMNS}${CUT_OR_OPEN}|${CUT})`,
      pattern`^(?:\( )?case (?:${EXPRESSION})?when ${EXPRESSION}then |^(?:\) )?when ${EXPRESSION}then (?:${EXPRESSION})?(?:(?:when|else|end) |${END})|^(?:select )?Case `,
      // Interfaces of tables send the operator of a filter alone, and its list with it: `op=is null`, `status=in(1,2)`.
      pattern`^(?:not )?(?:in|like) (?:Query ${END}|(?:List|null) ${CUT})|^is (?:not )?null ${CUT}`,
      pattern`^(?:not )?in \( (?:${EXPRESSION}(?:, ${EXPRESSION})*)?$`,
      pattern`^(?:; )?${STATEMENT}|^(?:Mark )?; (?:drop|truncate|insert|delete|exec|execute) `,
      // Columns to sort by, and the statement ended.
      pattern`^(?:Name|Number) (?:, (?:Name|Number) )*; ${CUT}`,
      // What names a part of a database by itself, or closes and opens brackets to see what happens.
      /^(?:Typed (?:Name )?|System |Server )$|^(?:\( ){6,}$|^(?:\) ){6,}$/,
    ),
  ],
  // A function called and never closed, and the brackets of a filter closed and opened.
  ['fragment-call', /^(?:(?:Mark|Quote|Sign|Op|Equal|;|\)|,) )*(?:Called (?:Number (?:Equal|Cmp) )?|Name \( )$/],
];

const KEYWORDS = new Set([...EXPRESSION_WORDS, ...wordsOf(LINES.map(([, lines]) => lines))]);
/** A town of France, and streets by that name; nobody closes a quote behind such a letter: `L'Union`, `rue de l'union`. */
const TOWN = /^\s{0,4}(?:\w{1,24}[\s-]){0,4}l'union\s{0,4}$/i;
/** What is longer is told by its parts. */
const CHARS_MAX = 400;

/** Finds a value that continues a query. `brokeOut`: the tokens follow the quote that a value closed. */
export function readFragment(text: string, tokens: Tokens, brokeOut: boolean, add: Add): void {
  if (text.length > CHARS_MAX || TOWN.test(text)) return;
  for (const sentence of sentencesOf(text, tokens, brokeOut, KEYWORDS))
    for (const [signal, lines] of LINES) if (lines.test(sentence)) add(signal, 0, text.length);
}
