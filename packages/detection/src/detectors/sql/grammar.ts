import { anyOf, pattern } from '../../text/regex.ts';

/*
 * Expressions of SQL over the words of a sentence (`sentence.ts`): operands and operators by turns, which no prose is for long, as it has
 * two words in a row somewhere. Every word has a space behind it. Operators and operands begin with different words, so that there is
 * one way to match and time is linear.
 */

/** A name, also one that is a keyword elsewhere. */
export const NAME =
  /(?:Name|System|user|role|login|index|view|database|schema|session|key|path|mode|share|first|next|row|rows|of|do|no|apply|member|percent|start|global|trigger|call|only|skip) /;
/** Operands that neither are names nor hold any. */
export const CONSTANT =
  /(?:Number|Text|Open|Begun|Typed|Variable|Server|Call|FixedCall|Formula|List|Query|Case|null|true|false|default|FixedSum|FixedTruth|Equation|Inquiry) /;
/** Any expression, once it is one word (`reduce`). */
export const EXPRESSION = anyOf(NAME, CONSTANT, /(?:Function|Group|Choice|Sum|Truth) (?:Runs |Begins )?/);

/** What may stand before an operand, with the brackets that it opens. */
const UNARY = /(?:Sign|not|binary|prior|distinct|interval|exists|\() /;
/** What may stand behind one, with the brackets that it closes. */
const BEHIND = /(?:Cast |Type |collate Name |escape (?:Text|Open|Begun) |over (?:List|Group|Odd) |\) )/;
const OPERAND = pattern`${UNARY}*(?:${NAME}|(?:Text )+(?:Open |Begun )?|${CONSTANT}|(?:Function|Group|Truth|match (?:List|Group) against (?:List|Group|Odd)) )${BEHIND}*`;

/** Operators by their signs. */
export const ARITHMETIC = /(?:Sign|Op|div|mod) /;
/** Operators that compare, by signs and by words that are no prose, … */
const TEST =
  /(?:Equal|Cmp|(?:not )?(?:rlike|regexp|ilike|glob|sounds like|member of|similar to)|is (?:not )?distinct from) /;
/** … and by such that are. */
const PROSE_TEST = /(?:(?:not )?(?:like|in|match|between(?: symmetric)?)|is) /;
/** Tests that have nothing behind them. */
export const NULL_TEST = /(?:isnull|notnull|not null) /;
/** What joins conditions. */
export const JOINT = /(?:and|or|xor|And|Or|eqv|imp) /;
export const COMPARE = anyOf(TEST, PROSE_TEST);
export const BINARY = anyOf(ARITHMETIC, TEST, PROSE_TEST, JOINT);

const OPERATION = pattern`(?:${BINARY}${OPERAND}|${NULL_TEST})`;
const EXPRESSIONS = new RegExp(pattern`(?<![^ ])${OPERAND}${OPERATION}*`.source, 'g');
const HAS_NAME = pattern`\b(?:${NAME}|(?:Function|Group|Truth) )`;
const HAS_CONSTANT = pattern`\b${CONSTANT}`;
const HAS_TEST = pattern`\b(?:${TEST}|${NULL_TEST}|Truth )`;
const HAS_PROSE_TEST = pattern`\b${PROSE_TEST}`;
const HAS_ARITHMETIC = pattern`\b(?:${ARITHMETIC}|(?:Or|And) )`;
const UNARIES = pattern`^${UNARY}*`;
const BEHINDS = pattern`^${BEHIND}*$`;

/** Numbers and texts alone, equal or not; or numbers of which one is below zero, which nobody chooses from; or a condition of such that is true or false. */
const EQUATION =
  /^(?=.*Number )(?=.*Equal )(?:(?:Number|Text|Equal|Cmp|and|or|xor|And|Or|not|Cast|\(|\)) )+$|^Sign Number (?:Or|And) (?:Sign )?Number $|^(?:Equation|FixedTruth) (?:is (?:not )?|and |or |xor )(?:true|false|null) $/;
/** Branches, or two calls, one of which is of databases alone or compared. */
const INQUIRY = /\bCase |^(?=.*\b(?:Call|Equal|Cmp) )(?:.*\b(?:Call|Formula) ){2}/;

/**
 * Makes every expression in a sentence one word. A single operand stays what it is, without what stands before and behind it, but is
 * `Typed` where it is cast as only databases do. Several operands are
 *
 * - `Truth` where they are compared, `Sum` where they are reckoned with, `Choice` where names are joined by words of prose
 * - without any name: `Equation`, `Inquiry`, and else `FixedTruth` or `FixedSum`
 *
 * and `Runs` stands behind them where the last is a text that never closes, `Begins` where it has only begun.
 */
export function reduce(sentence: string): string {
  return sentence.replace(EXPRESSIONS, (words) => {
    const operand = words.replace(UNARIES, '');
    const term = operand.slice(0, operand.indexOf(' ') + 1);
    if (BEHINDS.test(operand.slice(term.length))) {
      const isTyped =
        operand.includes(' Cast ') || (operand.includes(' Type ') && /^(?:Call|Formula|Function) /.test(term));
      return isTyped ? 'Typed ' : term;
    }
    if (words.startsWith('match ')) return 'Typed ';
    return kindOf(words) + (words.endsWith('Open ') ? 'Runs ' : words.endsWith('Begun ') ? 'Begins ' : '');
  });
}

function kindOf(words: string): string {
  const compares = HAS_TEST.test(words) || (HAS_PROSE_TEST.test(words) && HAS_CONSTANT.test(words));
  if (HAS_NAME.test(words) && !words.includes('Case '))
    return compares ? 'Truth ' : HAS_ARITHMETIC.test(words) ? 'Sum ' : 'Choice ';
  if (EQUATION.test(words)) return 'Equation ';
  if (INQUIRY.test(words)) return 'Inquiry ';
  return compares ? 'FixedTruth ' : 'FixedSum ';
}

const LIST = pattern`^(?:Op |(?:all )?${EXPRESSION}(?:(?:asc |desc )?, ${EXPRESSION})*(?:asc |desc )?(?:order by ${EXPRESSION}(?:asc |desc )?)?(?:separator Text )?)?$`;
const CONSTANTS = pattern`^${CONSTANT}(?:, ${CONSTANT})*$`;
/** What a few functions have between their brackets: `extract(a from b)`, `convert(a using b)`. */
const ARGUMENTS = pattern`^(?:Name )?${EXPRESSION}(?:as|from|for|using|Name) ${EXPRESSION}(?:, ${EXPRESSION})*(?:for ${EXPRESSION})?$`;
const BRANCHES = pattern`^(?:${EXPRESSION})?(?:when ${EXPRESSION}then ${EXPRESSION})+(?:else ${EXPRESSION})?$`;

/** Whether a sentence is constants with commas between them. */
export const isConstants = (sentence: string): boolean => CONSTANTS.test(sentence);
/** Whether it is what may stand between brackets. */
export const isList = (sentence: string): boolean => LIST.test(sentence);
/** Whether it is what may stand between those of a call. */
export const isArguments = (sentence: string): boolean => LIST.test(sentence) || ARGUMENTS.test(sentence);
/** Whether it is what stands between CASE and END. */
export const isCase = (sentence: string): boolean => BRANCHES.test(sentence);

/** Words of expressions that stand for themselves in a sentence, as those in lower case do. */
export const wordsOf = (expressions: readonly RegExp[]): string[] =>
  expressions.flatMap(({ source }) => source.replace(/\\./g, ' ').match(/\b[a-z]\w*\b/g) ?? []);
export const EXPRESSION_WORDS = wordsOf([EXPRESSIONS, LIST, ARGUMENTS, BRANCHES]);
