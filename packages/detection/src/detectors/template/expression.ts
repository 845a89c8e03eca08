import { anyOf, anyWord, pattern } from '../../text/regex.ts';
import type { Block } from './block.ts';
import { isConstant } from './constant.ts';
import { AT_HAND, ON_FIELD } from './names.ts';
import type { Name } from './signals.ts';

const ARITHMETIC = anyOf(
  /^[\s"'({=[-]{0,6}\d{1,9}[\s"']{0,4}(?:[*+/%-]|\*\*)[\s"']{0,4}["']?\d{1,9}[\s"')}\]]{0,6}$/,
  /\d{1,9}\s{0,2}\*\s{0,2}["']?\d{1,9}/,
  // A text repeated, or joined to another: languages tell themselves apart by what comes out.
  /^[\s{]{0,4}["']\w{1,12}["']\s{0,2}\*\s{0,2}\d/,
  /^\s{0,4}["']\w{0,12}["']\s{0,2}[+~]\s{0,2}["']\w{0,12}["']\s{0,4}$/,
);
/** Members of Python's and Java's objects that lead to their classes, and on to what runs commands. */
const MEMBER =
  anyWord(`mro class base bases subclasses globals builtins getclass forname getruntime newinstance constructor
  classloader protectiondomain invoke exec popen system`);
const BEHIND = anyWord(
  `_ module template context request attr cache filters items from_ environ application init class secret args values cookies meta config
  settings headers form files`,
);
/** Steps from an object at hand to one that reads files or runs commands. */
const WALK = anyOf(
  /__\w{3,24}__/i,
  pattern`\.${MEMBER}\b\s{0,4}[([.]`,
  /_templatereference__/i,
  /\[["'](?:__\w{1,24}__|constructor|class)["']\]/i,
  /\|\s{0,2}attr\s{0,2}\(/i,
  // Java: types of SpEL and Thymeleaf, packages, what OGNL keeps of the application.
  /\bt\s{0,2}\(\s{0,2}(?:java|org|javax)\./i,
  /java\.(?:lang|util|io|net)\./i,
  /#(?:_memberaccess|context|application|session|request|parameters|rt|cmd|ognlutil)\b/i,
  /@java\./i,
  // Python's module that runs commands.
  /\bos\.(?:system|popen)/i,
  pattern`\b${AT_HAND}\.${BEHIND}`,
  // Twig's own environment.
  /\b_self\.env\b/i,
  // FreeMarker's built-ins that make objects, run texts or spell them from numbers.
  /freemarker\.template|\?new\s{0,2}\(|\?(?:api|eval|interpret|(?:lower|upper)_abc)\b/i,
  /\b(?:request|self|config|app|session|settings|application|header|env|system(?:properties|environment))\s{0,2}\[\s{0,2}["']/i,
  // Lodash and Underscore, by what they say of themselves.
  /\b_\.(?:version|template)/i,
  // JavaScript on a server.
  /process\.(?:mainmodule|binding|env|versions?|argv|cwd|platform|pid)\b|(?:global|root)\.process|require\s{0,2}\(|range\.constructor|string\.constructor/i,
  // Ruby and Lua: files, and commands between backticks.
  /file\.open|file\.read|io\.popen|backtick/i,
  /`[^`]{1,200}`/i,
);
const FILTER_CALL =
  /\|\s{0,4}(?:filter|map|reduce|sort|join|attr|system|exec|passthru|shell_exec|format|raw|e|safe|tojson|list|select)\s{0,4}(?:\(|$)/i;
/** A number put through a filter: templates filter what they do not know. */
const PIPED_NUMBER = /^\s{0,4}\d{1,9}\s{0,4}\|\s{0,4}[a-z_]{2,24}\b/i;
/** A block opened over a text that stands in it, or under names for its parts. */
const LITERAL_BLOCK = /^#\s{0,2}\w{2,16}\s{1,4}(?:["'(]|[^}]{1,60}\sas\s{0,2}\|)/i;
/** A variable or a member set: who waits for a value to be filled in sets none. */
const ASSIGNMENT = /^\s{0,4}[\w$]{1,24}(?:\.\w{1,24}){0,3}\s{0,2}:?=\s{0,2}[\w"'[(]/;
/** A function of Go's templates with a value, which is parted from it by a space. */
const GO_CALL =
  /^(?:(?:print(?:f|ln)?|html|js|urlquery|len|index|call|define|template|block|range|with)\s{1,4}["'.$(]|(?:\.\w{1,24}){1,4}\s{1,4}["'\d]|\.\s{1,4}\|)/;
const CALL = /[\w\])"']\s{0,2}\(.{0,400}?\)|\(\s{0,2}\)\s{0,2}[.[]|\[\s{0,2}\]\s{0,2}[.[|]/;
/** A name alone that shows what is behind the template: whoever prints it reads settings, or learns which engine it is. */
const SPECIAL = pattern`^[{$#\s%=]{0,8}${anyOf(
  // All that the template was given: Go, Handlebars, Angular and Vue.
  /\.|\$|@root|\$(?:parent|root|eval|on|watch|apply|new|el|refs|emit|options)(?:\.\$\w{1,24}){0,3}|(?:block)?helpermissing/i,
  // Python: Flask, Jinja, Tornado.
  anyWord('self config request settings lipsum cycler joiner cookies varargs kwargs'),
  /handler(?:\.\w{1,24})?/i,
  // PHP: Twig.
  /app\.request(?:\.\w{1,24}){0,3}|_self(?:\.\w{1,24}){0,3}|_(?:context|charset|view|template)|dump\s{0,2}\(/i,
  anyWord('debug class env session application this constructor beans global globalthis'),
  // PHP: Smarty.
  /\$this|smarty\.\w{1,24}|php_version/i,
  // FreeMarker.
  /\.(?:data_model|vars|globals|main|version)/i,
)}(?:\s{0,4}\|\s{0,4}\w{1,20})?[\s}%|]{0,8}$`;
/** The same between single braces, where names of all kinds wait to be filled in. */
const SPECIAL_SINGLE = pattern`^\s{0,4}${anyOf(
  // Java: what JSP, JSF and Spring's language know by themselves.
  /(?:page|request|session|application)scope(?:\.\w{1,24}){0,3}|(?:page|faces)context(?:\.\w{1,24}){0,4}/i,
  anyWord('initparam systemproperties systemenvironment elresolver'),
  // Thymeleaf and OGNL.
  /#\w{2,30}\.\w{1,40}(?:\.\w{1,40}){0,4}(?:\(\))?/i,
  pattern`#${anyWord('ctx vars root request response session servletcontext execinfo locale this strings objects lists maps')}`,
  // FreeMarker.
  /\.(?:data_model|vars|globals|locals|main|namespace|version|now|locale|lang|template_name|current_template_name|error)/i,
)}\s{0,4}\}?$`;
/** A class or a constant of Ruby within a text; a fragment of another page, as Thymeleaf has it. */
const BY_OPENER = anyOf(
  /^#\{\s{0,4}(?:[A-Z][a-z]{1,20}(?:::[A-Z]\w{1,20}){0,3}\.[a-z]\w{1,24}|RUBY_[A-Z_]{2,20}|\$[A-Z0-9]\w{0,20})\W/,
  /^~\{\s{0,4}[\w/]{0,40}\s{0,2}::\s{0,2}[#.]?\w/,
);
/** Nothing but marks, which no engine takes for a value. */
const MARKS = /^[{}/@#!>%<'"\\]{1,6}$/;
/** A page of Ruby or of a server's script that prints a constant of the language or what its objects look like inside, or loads something. */
const SERVER_PAGE = anyOf(
  /^<%[=-]\s{0,4}(?:[A-Z]\w{1,40}(?:\b|::)|(?:self|this|global|binding|params|session|@?request|controller)\s{0,4}-?%>|locals\s{0,4}%>|\$[0-9A-Z]|[\w.@]{1,60}\.(?:inspect|methods|class|to_s)\s{0,4}-?%>|%[wxq]?\()/,
  /^<%\s{0,4}(?:require|load)\s{1,4}["']/,
  /^<%=?\s{0,4}(?:(?:exec|spawn|system|eval|open)\s{1,4}["']|request\.(?:env|headers|cookies|session|cookie_jar)\b)/,
);
/** A directive named, not used: these need an argument, or end what another began. */
const UNUSED_DIRECTIVE = pattern`^\s{0,4}${anyOf(
  /(?:if|elif|else|for|set|block|include|extends|macro|with|end\w{2,12})?/i,
  ON_FIELD,
  // A URL or a text that a page's author has looked up.
  /(?:url|static|asset|trans)\s{1,4}["'][\w./:-]{1,80}["'](?:\s{1,4}[\w.]{1,40}){0,3}/i,
)}\s{0,4}$`;
/** A tag of a language that has statements as well as values: Jinja, FreeMarker, Smarty, pages of servers. */
const TAG = /^(?:\{%|\[#|\[=|\{php|\{if|\{literal|<%)/;
/** A tag that runs or declares something, whatever stands in it. */
const RUNS = anyOf(
  /^<%(?:[@!_]|#\s{0,4}(?:eval|bind)\b|\s{0,4}\$\w)/i,
  /^\[#[a-z]|^\{php|^<%\s{0,4}(?:import|from|include|eval|system|exec)\b/i,
);
/** A variable of Smarty that is put through something, and what of that runs commands or functions. */
const MODIFIED = /^\{[\w$]{1,24}\|/;
const MODIFIED_BY = /\|\s{0,4}(?:system|exec|passthru|shell_exec|filter|map|sort)\b/i;
/** A text that is translated, or a day that is written out: pages call these by themselves. */
const PAGE_CALL = /^\s{0,4}(?:_|t|i18n|trans|translate|formatdate)\s{0,2}\(/i;
/** A member of a class, as a page of ASP.NET names one. */
const CLASS_MEMBER = /^[A-Z]\w{1,30}\.[A-Z]\w/;

/**
 * The signal that a block gives.
 * @param text that it stands in
 * @param isSearched people search with that
 * @returns undefined where no engine would do anything with it
 */
export function signalOf(block: Block, text: string, isSearched: boolean): Name | undefined {
  const { whole, inner } = block;
  const isAt = whole.startsWith('@(');
  if (ARITHMETIC.test(inner)) {
    // Amid a text what stands in such brackets are numbers: of telephones, or years.
    return isAt && !inner.includes('*') && whole.length < text.trim().length ? undefined : 'arithmetic';
  }
  // Links of a wiki and URLs stand in these brackets, too; what walks objects is neither.
  if (whole.startsWith('[[')) {
    if (WALK.test(inner)) return 'object-walk';
    return /^[$*]\{/.test(inner) && SPECIAL_SINGLE.test(inner.slice(2)) ? 'special-name' : undefined;
  }
  if (isAt) {
    if (WALK.test(inner)) return 'object-walk';
    return CLASS_MEMBER.test(inner) ? 'special-name' : undefined;
  }
  if (TAG.test(whole)) return signalOfTag(block, isSearched);
  if (MODIFIED.test(whole)) return MODIFIED_BY.test(whole) ? 'call' : undefined;
  return signalOfExpression(block, isSearched);
}

function signalOfTag({ whole, inner }: Block, isSearched: boolean): Name | undefined {
  if (WALK.test(inner) && !whole.startsWith('<%@')) return 'object-walk';
  if (/^<%[=-]/.test(whole) && isConstant(inner, isSearched)) return 'constant';
  if (SERVER_PAGE.test(whole)) return 'special-name';
  const isDirective = CALL.test(inner) || (whole.startsWith('{%') && !UNUSED_DIRECTIVE.test(inner)) || RUNS.test(whole);
  return isDirective ? 'directive' : undefined;
}

function signalOfExpression({ whole, inner }: Block, isSearched: boolean): Name | undefined {
  const isDoubled = whole.startsWith('{{');
  if (WALK.test(inner)) return 'object-walk';
  if (FILTER_CALL.test(inner) || (isDoubled && PIPED_NUMBER.test(inner))) return 'call';
  if (isConstant(inner, isSearched)) return 'constant';
  if (isDoubled && (LITERAL_BLOCK.test(inner) || GO_CALL.test(inner) || ASSIGNMENT.test(inner))) return 'directive';
  if (CALL.test(inner) && !PAGE_CALL.test(inner)) return 'call';
  const special = isDoubled || whole.startsWith('!') ? SPECIAL : SPECIAL_SINGLE;
  if (special.test(inner) || BY_OPENER.test(whole) || MARKS.test(inner.trim())) return 'special-name';
  return inner === '' ? undefined : 'placeholder';
}
