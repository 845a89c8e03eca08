import { anyOf, anyWord, pattern } from '../text/regex.ts';

/** Frameworks, engines and systems, by names that no payload has among its words. */
const PRODUCT = anyWord(`
  react angular vue svelte jquery typescript nodejs laravel django flask rails symfony spring hibernate wordpress drupal magento joomla
  mssql mariadb sqlite mongodb cassandra elasticsearch snowflake bigquery thymeleaf freemarker jinja jinja2 twig handlebars mustache
  smarty log4j log4j2 pandas numpy dplyr matlab sharepoint powerbi tableau kotlin flutter android xcode webpack vscode kubernetes terraform
  ansible jenkins gitlab github grafana prometheus kibana splunk ubuntu debian centos macos`);

/** What is asked about, and by which words. */
const QUESTION = anyOf(
  /how\s(?:to|do|does|can|is|many|much)/i,
  /what(?:'s|\s(?:is|are|does|do|means))/i,
  /why\s(?:is|does|do)|where\s(?:is|are)|when\s(?:to|is)|is\sit\s\w{2,}|(?:can|do|should)\s(?:i|you|we)|which\s\w{2,}\s/i,
  // Parts of markup, by what they are called.
  /tags?|elements?|attributes?|selectors?/i,
  /difference|meaning|means|explained|explanation|tutorial|examples?|vs\.?|versus|cheat\s?sheet/i,
  /not\s(?:work|show|fir|found|recogni)\w{0,8}/i,
  // What a program reported, or does to whoever asks.
  /(?:access|permission|connection)\s(?:denied|refused)|(?<!on\s)errors?|exceptions?|warnings?|failed|deprecated|cannot|can't|doesn't|unable\sto/i,
  /syntax|documentation|docs|stack\s?overflow|located|missing|definition|interview\squestions?/i,
  // Operators of search engines and of code hosts: `site:example.com`, `-lang:php`.
  /(?:-?(?:lang(?:uage)?|path|file(?:name|type)?|repo|extension|inurl|intitle|site|is|in|label|author)):\S{1,40}/i,
  /for\sbeginners|best\spractices?/i,
  PRODUCT,
  // In the language that it is about, in some tongues of people.
  pattern`(?:in|en|em|im|dans|w|v|na|på|в|на)\s${anyOf(
    anyWord('bash python java javascript js php sql mysql'),
    /postgres\w{0,4}/i,
    anyWord('oracle linux windows html css excel'),
    /c\+\+|c#/i,
    anyWord('react angular vue node ruby rust go kotlin swift'),
  )}`,
);

/** The same in other tongues: how, what, why, where, example. */
const FOREIGN_QUESTION = anyOf(
  /c[oó]mo|qu[eé]|por\squ[eé]|d[oó]nde|ejemplos?/i,
  /wie|warum|beispiele?/i,
  /comment(?!\s{0,4}-?%\})|pourquoi|exemples?|qu'est/i,
  /cosa|perch[eé]|esempio|esempi/i,
  /o\sque\s[eé]|exemplo/i,
  /jak|hoe|waarom|wat\sis|vad\s[aä]r|hur|nas[ıi]l/i,
  /как|что\sтакое|почему|пример|зачем/i,
  // The tongue that the answer is to be in.
  /(?:en|in|em|auf)\s(?:espa[nñ]ol|ingl[eéê]s|portugu[eêé]s|english|german|french|spanish|deutsch|englisch|fran[cç]ais)/i,
);

/** Words that people add to what they look up, and that no payload needs. */
const ASKING = anyOf(
  pattern`(?:^|[\s=])${QUESTION}(?=\s|$|[?.!,:;](?!\w))`,
  // A language named last: `read file python`. What runs a language does so, too: `exec php`.
  /(?:^|\s)(?:why\??$|(?<!^exec\w{0,4}\s)(?:javascript|jquery|php|python|java|sql|mysql|postgres\w{0,4}|oracle|sql\sserver|excel|css|html|xpath|regex|bash)(?:\s\d[\d.]{0,6})?\s{0,4}\??$)/i,
  // Or named first, before what it is to do.
  /^\s{0,4}(?:xpath|xquery|jsonpath|ldap|cypher|sparql|regexp?)\s/i,
  /^\s{0,4}(?:javascript|js|jquery|node|typescript|php|python|java|c\+\+|c#|golang|rust|mysql|postgres\w{0,4}|oracle|sql\sserver|t-sql|excel|vba|css|html|xpath|regex|regexp)\s(?=[\w('"<{@$])(?!-)/i,
  pattern`(?:^|\s)${FOREIGN_QUESTION}(?=\s|$|[?.!,:;])`,
);
/** What makes a text an attack whatever words stand beside it: a quote closed into an operator, a call in a handler, a cut. */
const HARD = anyOf(
  // A string closed, and the statement ended, cut or carried on.
  /['"`][\s)\]}]{0,24}(?:;|--|#(?=\s|$)|\|\||&&|\+|(?<=[\]}]\s{0,4}),\s{0,4}\$\w|(?:or|and|union|having|xor|order|group|limit|where|r?like|procedure|into|waitfor|rlike)\b)/i,
  // A text compared with one of another character set, or in hexadecimal.
  /['"]\s{0,4}=\s{0,4}[nx]'/i,
  // A string closed and another one left open, so that the statement around it goes on: `x' is 0 or '1`.
  /^[\w-]{1,12}['"][\s)]{0,4}[^'"]{1,80}['"]\w{0,4}$/i,
  /\bon\w{3,24}\s{0,4}=\s{0,4}["']?\w{0,40}\s{0,2}[(`]/i,
  // An attribute or a text element closed that this text did not open.
  /^[^<]{0,200}["']\s{0,4}>|<\/(?:script|title|textarea|style)/i,
  /--\s{0,4}$/i,
  // A command after a separator, with an option or a path.
  /[;|&`]\s{0,4}[\w-]{1,20}\s{1,4}[/-]/i,
  /\$\{jndi/i,
  /(?<!\/)\/\*/i,
  // A list of columns that words follow is no query.
  /union\s{1,8}(?:all\s{1,8})?select\s{1,8}(?:null|\d)(?![\d, ]{0,40}(?:\s(?!from|where|into|limit|order|group|union)[a-z]{2,20}){2,8}\??$)|\bselect\s.{1,60}\sfrom\s{1,8}information_schema\./i,
  /<script[^>]{0,80}>[^<]{0,40}[(=`]/i,
);

/** Words in quotes that a text opened by itself, behind a space or a sign of its own; what breaks out of a string closes one that it did not open. */
const OWN_STRING = /(?<=^|[\s=(:,])(["'])\w[\w .-]{0,60}\w\1(?=$|[\s?.,;)])/g;

/** What a shell is to run, which only who looks it up writes into a search field: its name at the end asks for no language there. */
const PIPED = /\|\s{0,4}(?:ba|z|k|da)?sh\s{0,4}$/i;

/** Words, and operators of a search, that ask for an example, which stands between quotes that belong together. */
const QUOTED_EXAMPLE =
  /^(?:(?:[a-z][\w-]{1,20}(?::[\w./*-]{1,24}|(?<=\w{3}))\s){1,8}"[^\s"'`;#][^"'`;#]{1,60}[^\s"'`;#-]"|"[^\s"'`;#][^"'`;#]{1,60}[^\s"'`;#-]"(?=\s[a-z]{3}))(?:\s[a-z][\w-]{1,20}(?::[\w./*-]{1,24}|(?<=\w{3}))){0,8}\??$/i;

/** What no example of code in a search phrase needs: a target elsewhere, a call with something in it, a way up, a set-up for more. */
const USED = anyOf(
  /https?:|\/\/\w|__schema|script:|\w\([^)]{1,80}\)/i,
  // A call within a call, with blanks before the brackets.
  /\w\s{1,4}\(\s{0,4}\w{1,24}\s{1,4}\(/i,
  /^\W{0,4}\.\.[\\/]|=\.\./i,
  /[;|&]\s{0,2}\S/i,
  // A variable that a loop of a batch file runs through.
  /%\w{1,12}\s{1,4}in\s{0,4}\(/i,
  // Compared with a number, or with a text that begins with one; attributes of a tag have such values.
  /(?<!<[a-z][^<>]{0,80})=\s{0,2}['"`(]?\s{0,2}['"`]?\d/i,
  /\b(?:union|select|insert|update|delete|drop|sleep|benchmark|exec|order|group|into|having|waitfor|declare|reg|net|xp_\w{2,20})\b(?=.{0,200}[\d*'"(,=@])/i,
  /`|\$\(|%0|\x00|[\r\n]/i,
);
/** A tag without attributes that a text names as code. */
const NAMED_TAG = /`<\/?[a-z][\w-]{0,24}\s{0,2}\/?>`/gi;
const TAG = /<[^<>]{0,120}>|\{[{%][^{}]{0,80}[%}]\}/g;
const PLAIN_WORDS = /(?:^|\s)[a-z][a-z0-9'-]{1,20}(?=$|[\s?!.,:])/gi;

/** Words that a question has at least; where nobody searches, one word behind an attack makes none of it. */
const ASKED_WORDS_MIN = 2;

/**
 * Whether a text reads like a search phrase or a question about what it names, and shows no sign of being put to use. In a parameter
 * that people search with, words around an example are enough.
 */
export function isSearchPhrase(text: string, parameter?: string): boolean {
  if (text.length >= 200 || !text.includes(' ')) return false;
  if (text !== lastText || parameter !== lastParameter) {
    lastText = text;
    lastParameter = parameter;
    isLastPhrase = readsAsPhrase(text, parameter);
  }
  return isLastPhrase;
}

/** What an interface puts around a part of a text that it looks for. */
const WILDCARDS = /^%|%$/g;

/** What was asked for last, and the answer: it is asked for again by each rule that matches in a text. */
let lastText = '';
let lastParameter: string | undefined;
let isLastPhrase = false;

function readsAsPhrase(written: string, parameter: string | undefined): boolean {
  const isSearch = isSearchParameter(parameter);
  const text = isSearch ? written.replace(WILDCARDS, '') : written;
  if (isSearch && QUOTED_EXAMPLE.test(text)) return true;
  const shown = text.replace(OWN_STRING, ' ').replace(NAMED_TAG, ' ');
  if (HARD.test(shown) || (PIPED.test(text) && !isSearch)) return false;
  if (ASKING.test(text) && (isSearch || countWords(text) >= ASKED_WORDS_MIN)) return true;
  if (!isSearch || USED.test(text.replace(NAMED_TAG, ' '))) return false;
  const words = countWords(text);
  return (
    words >= 2 ||
    (words === 1 &&
      (VERBS.test(text) || /\s(?:[a-z]{4,20}|php|sql|css|xml|vue|svg|dom|npm|c\+\+|c#)\s{0,4}$/i.test(text)))
  );
}

/** How many words a text has outside its tags. */
const countWords = (text: string): number => text.replace(TAG, ' ').match(PLAIN_WORDS)?.length ?? 0;

/** Words that people put before the file or the setting that they ask for. */
const VERBS = /^\s{0,4}(?:edit|open|change|restart|reload|configure|install|fix|create|missing|default|what|where)\s/i;

/** How interfaces compare a field with a part of its text, whatever the field is called: `like`, `$containsi`, `_nstarts_with`. */
const COMPARES_PART = /[$_]{0,2}(?:not_?|n)?i?(?:contains|like|reg(?:ex|exp)|(?:starts|ends)_?with)i?/i;

/** Parameters by which sites, engines and their suggestions are searched. */
const SEARCH_PARAMETER = pattern`^${anyOf(
  anyWord('q _q s k kw w wd word p query'),
  /search\w{0,12}|\w{0,12}search/i,
  anyWord('find term terms'),
  // What people write: articles, messages, comments, and pieces of code that are shown to others.
  anyWord(`text title subject body message comment content note description summary quote snippet source sql sql_query stmt
    statement`),
  // What tools report, with the text that went wrong in it.
  /stack(?:trace)?|logs?|err|error\w{0,12}|exception/i,
  // Variables of dashboards, which their queries are made of.
  /var-\w{1,24}/i,
  /keywords?|field-keywords|prefix|phrase|suggest|lookup|srsearch|highlight|hl/i,
  // Filters and query languages of programming interfaces.
  /\w{0,8}filter|\$(?:filter|search|where|query|having)|[acjkt]ql|kuery|criteria|lookfor|query_?string|tq/i,
  /segment|where|expr\w{0,8}|formula|equation/i,
  COMPARES_PART,
  // A field, with how it is compared: `title_like`, `name__icontains`, `f[title][$contains]`.
  pattern`[a-z]\w{0,60}?_${COMPARES_PART}|[a-z]\w{0,40}(?:\[[\w$.-]{0,40}\]){0,6}\[${COMPARES_PART}\]`,
  // The fields of a filter: `filters[$and][0][title][$eq]`.
  /(?:filters?|where|q)(?:\[[\w$.-]{1,40}\]){1,8}/i,
)}(?:\[\w{0,12}\])?$`;

/** The language of a log store, whose pipes lead into commands of its own and whose sources are files of its own. */
const LOG_QUERY =
  /^\s{0,4}(?:(?:search\s{1,4})?(?:index|source|sourcetype|eventtype)\s{0,2}=\s{0,2}["\w*]|search\s{1,4}(?:\w{1,24}=[\w@*"][^\s;|&]{0,60}\s{1,4}){1,6}source=)/i;

/** Whether a text asks a log store. */
export const isLogQuery = (text: string): boolean => LOG_QUERY.test(text);

/** The name that was asked for last, and the answer: whatever reads a parameter's views asks for the same one. */
let lastName = '';
let isLastSearch = SEARCH_PARAMETER.test(lastName);

/** Whether a parameter, by its name, holds what people search for or write. */
export function isSearchParameter(name: string | undefined): boolean {
  if (name === undefined) return false;
  if (name !== lastName) {
    lastName = name;
    isLastSearch = SEARCH_PARAMETER.test(name);
  }
  return isLastSearch;
}

/** Folders under which sites keep what is searched for, or articles by the name of what they are about. */
const SEARCH_PATH = /^\/(?:[\w-]{1,24}\/){0,2}?(?:search|find|tags?|q|query|wiki|keywords?|topics?|hashtags?)\/./i;

/** Whether a path ends in what people search for. */
export const isSearchPath = (path: string): boolean => path.includes('/', 1) && SEARCH_PATH.test(path);
