import { anyWord, pattern } from '../../text/regex.ts';

/** What Flask, Jinja and Twig put at hand, and what lies behind it. */
export const AT_HAND = anyWord(
  'self config request app lipsum cycler joiner namespace url_for get_flashed_messages settings session g module handler application',
);
/** A condition on a field, or a walk through one, that is to be filled in, as letters to many have them. */
export const ON_FIELD = pattern`(?:if|elif|elsif|unless|each)\s{1,4}(?:not\s{1,4})?(?!(?:${AT_HAND}|true|false|this|constructor)\b|_)[a-z]\w{1,30}(?:\.[a-z]\w{1,30}){0,2}\s{0,4}`;
