import { pattern } from '../text/regex.ts';

/** A label with what it is compared with. */
const LABEL = /\s{0,4}[a-z_]\w{0,60}\s{0,4}(?:=~|!~|!?=)\s{0,4}(?:"(?:[^"\\]|\\.){0,200}"|`[^`]{0,200}`)\s{0,4}/i;
/** What chooses series or streams in PromQL and LogQL: `{job="web",filename="/var/log/auth.log"}`. Braces of templates and shells are none. */
const LABELS = pattern`(?<![$#%@{])\{${LABEL}(?:,${LABEL}){0,16},?\s{0,4}\}`;
const EACH_LABELS = new RegExp(LABELS, 'gi');
/** What lines of a log are to hold, as LogQL's editors put it. */
const EACH_LINE_FILTER = /\|[=~]\s{0,4}`[^`\n]{0,200}`|![=~]\s{0,4}`[^`\n]{0,200}`/g;

const blank = (found: string): string => '_'.repeat(found.length);

/** A text without labels and what they are compared with; no other character moves. A step up is no part of a label. */
export const withoutLabels = (text: string): string =>
  text.includes('{') ? text.replace(EACH_LABELS, (labels) => (labels.includes('..') ? labels : blank(labels))) : text;

/** A query of a log store without what lines are searched for; no other character moves. */
export const withoutLineFilters = (text: string): string =>
  text.includes('`') && LABELS.test(text) ? text.replace(EACH_LINE_FILTER, blank) : text;
