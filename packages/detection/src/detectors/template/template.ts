import { anyOf, anyWord, pattern } from '../../text/regex.ts';
import { isSearchParameter } from '../../views/search-phrase.ts';
import type { View } from '../../views/view.ts';
import { Found, type Detector, type Signal } from '../detector.ts';
import { isConstant } from './constant.ts';
import { readLookup } from './lookup.ts';
import { isMixed } from './mixed.ts';

const SIGNALS = [
  'arithmetic',
  'object-walk',
  'call',
  'special-name',
  'directive',
  'statement',
  'constant',
  'lookup',
  'lookup-nested',
  'placeholder',
  'polyglot',
] as const;

const OPENER =
  /\{\{|[$#*@~%!]\{|<%|\[\[|\{%|\[[#=]|@\(|\{(?:php|if|literal)\}|\{[\w$]{1,24}\||\{[=@#]?(?=\s{0,4}\d{1,9}\s{0,4}[*+])/gi;
const BLOCKS_MAX = 32;
const BLOCK_CHARS_MAX = 600;

/** The block that an opener starts, up to its closer; nothing where it does not close near. */
function blockAt(text: string, start: number, opener: string): string | undefined {
  const limit = Math.min(text.length, start + BLOCK_CHARS_MAX);
  const near = (closer: string) => {
    const at = text.indexOf(closer, start + opener.length);
    return at === -1 || at >= limit ? undefined : text.slice(start, at + closer.length);
  };
  if (opener === '{{') return near('}}');
  if (opener === '[[') return near(']]');
  if (opener === '<%') return near('%>');
  if (opener === '{%') return near('%}');
  if (opener === '@(') return near(')');
  if (opener.startsWith('[')) return near(']');
  if (/^\{(?:php|if|literal)\}$/i.test(opener)) return text.slice(start, Math.min(limit, start + 300));
  // Code between backticks ends with them.
  if (text[start - 1] === '`' && /^[$%#]\{$/.test(opener)) {
    const quoted = /^[^`{}]{0,80}\}(?=`)/.exec(text.slice(start + opener.length, limit));
    if (quoted !== null) return opener + quoted[0];
  }
  if (/^[$%]\{$/.test(opener)) {
    const last = text.lastIndexOf('}', limit);
    return last > start ? text.slice(start, last + 1) : undefined;
  }
  return near('}');
}

const ARITHMETIC = anyOf(
  /^[\s"'({=[-]{0,6}\d{1,9}[\s"']{0,4}(?:[*+/%-]|\*\*)[\s"']{0,4}["']?\d{1,9}[\s"')}\]]{0,6}$/,
  /\d{1,9}\s{0,2}\*\s{0,2}["']?\d{1,9}/,
  // A text repeated, or joined to another: languages tell themselves apart by what comes out.
  /^[\s{]{0,4}["']\w{1,12}["']\s{0,2}\*\s{0,2}\d/,
  /^\s{0,4}["']\w{0,12}["']\s{0,2}[+~]\s{0,2}["']\w{0,12}["']\s{0,4}$/,
);
/** The same in lines and brackets that other texts have, too, so that nothing but the product of two numbers counts in them. */
const BARE_ARITHMETIC = anyOf(
  // ColdFusion; Velocity and other engines; Template Toolkit; Xslate.
  /#\s{0,2}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}\s{0,2}#/,
  /[$#]\(\s{0,2}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}\s{0,2}\)/,
  /\[%-?\s{0,4}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}/,
  /<:=?\s{0,4}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}/,
  // A line of Slim or Haml.
  /[\r\n]\s{0,4}[!&]?={1,2}\s{0,4}\d{1,9}\s{0,2}\*\s{0,2}\d{1,9}\s{0,4}$/,
);
/** Members of Python's and Java's objects that lead to their classes, and on to what runs commands. */
const MEMBER =
  anyWord(`mro class base bases subclasses globals builtins getclass forname getruntime newinstance constructor
  classloader protectiondomain invoke exec popen system`);
/** What Flask, Jinja and Twig put at hand, and what lies behind it. */
const AT_HAND = anyWord(
  'self config request app lipsum cycler joiner namespace url_for get_flashed_messages settings session g module handler application',
);
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
/** A condition on a field, or a walk through one, that is to be filled in, as letters to many have them. */
const ON_FIELD = pattern`(?:if|elif|elsif|unless|each)\s{1,4}(?:not\s{1,4})?(?!(?:${AT_HAND}|true|false|this|constructor)\b|_)[a-z]\w{1,30}(?:\.[a-z]\w{1,30}){0,2}\s{0,4}`;
/** A part that Mustache shows where a field is filled in, and for each of many; what takes an argument is a helper. */
const SECTION = pattern`(?!(?:${AT_HAND}|this|constructor|each|if|unless|with|lookup|log)\b|_)[a-z]\w{0,30}(?:\.[a-z]\w{1,30}){0,3}\s{0,4}`;
/** A block of a template that begins and ends. */
const WHOLE_BLOCK = anyOf(
  pattern`\{%[-+]?\s{0,4}(?!${ON_FIELD}-?%\})[a-z]\w{1,16}\b[^%]{0,120}%\}.{0,200}?\{%[-+]?\s{0,4}end`,
  pattern`\{\{[#^]\s{0,2}(?!(?:${ON_FIELD}|${SECTION}(?!\}\}\d))\}\})[a-z]\w{0,16}\b[^:}]{0,80}\}\}.{0,200}?\{\{\/`,
  /#\{?(?:if|foreach|macro|define|literal)\}?\s{0,2}\([^()]{0,80}\).{0,120}?#end\b/i,
  /@(?:php\s|(?:if|for(?:each)?|section|switch|while)\s{0,2}\().{1,120}?@end/i,
  // A variable that is set and then shown.
  /\{%[-+]?\s{0,4}(?:set|assign|capture)\s[^%]{1,120}%\}.{0,80}?\{\{/i,
  /[<[]#assign\s[^<>]{1,120}[>\]].{0,80}?(?:\$\{|\[=)|#set\s{0,2}\(\s{0,2}\$.{1,120}?\)\s{0,4}\$/i,
);
/** A directive named, not used: these need an argument, or end what another began. */
const UNUSED_DIRECTIVE = pattern`^\s{0,4}${anyOf(
  /(?:if|elif|else|for|set|block|include|extends|macro|with|end\w{2,12})?/i,
  ON_FIELD,
  // A URL or a text that a page's author has looked up.
  /(?:url|static|asset|trans)\s{1,4}["'][\w./:-]{1,80}["'](?:\s{1,4}[\w.]{1,40}){0,3}/i,
)}\s{0,4}$`;

/** Finds template expressions that compute, call or walk objects; a lone name in braces is an unfilled placeholder. */
export const template: Detector = {
  name: 'template',
  readsDocuments: true,
  signals: SIGNALS,
  gate: ['{', '}}', '<%', '[[', '[#', '[=', '[%', '@(', '$(', '#', '<#', '<@', '<:', '<th:', '<break>', '@end'],
  run(view: View): Signal[] {
    const { text } = view;
    const found = new Found();
    const add = (name: (typeof SIGNALS)[number], start: number, end: number) => {
      found.add(name, start, Math.min(end, text.length));
    };
    const isSearched = isSearchParameter(view.name);
    readLookup(text, isSearched, add);
    if (view.json) {
      const dollar = /\{\{.{1,80}?\}\}|\$\{.{1,80}?\}|#\{.{1,80}?\}/.exec(text);
      if (dollar === null) return found.signals;
    }
    OPENER.lastIndex = 0;
    let blocks = 0;
    for (let opener = OPENER.exec(text); opener !== null && blocks < BLOCKS_MAX; opener = OPENER.exec(text)) {
      blocks += 1;
      const start = opener.index;
      const whole = blockAt(text, start, opener[0]);
      if (whole === undefined) continue;
      OPENER.lastIndex = Math.max(OPENER.lastIndex, start + whole.length);
      const end = start + whole.length;
      const inner = whole.replace(
        /^(?:\{\{|[$#*@~%!]\{|<%[=-]?|\[\[|\{%|\[[#=]|@\()[=\s-]{0,4}|(?:\}\}|\}|%>|\]\]|%\}|\]|\))$|^\{[=@#]?(?=\s{0,4}\d)/g,
        '',
      );
      const brackets = whole.startsWith('[[');
      const at = whole.startsWith('@(');
      if (ARITHMETIC.test(inner)) {
        if (!(at && !/\*/.test(inner) && whole.length < text.trim().length)) add('arithmetic', start, end);
        continue;
      }
      if (brackets || at) {
        // Links of a wiki and URLs stand in such brackets, too; what walks objects is neither.
        if (WALK.test(inner)) add('object-walk', start, end);
        else if (
          at ? /^[A-Z]\w{1,30}\.[A-Z]\w/.test(inner) : /^[$*]\{/.test(inner) && SPECIAL_SINGLE.test(inner.slice(2))
        )
          add('special-name', start, end);
        continue;
      }
      if (/^(?:\{%|\[#|\[=|\{php|\{if|\{literal|<%)/.test(whole)) {
        if (WALK.test(inner) && !whole.startsWith('<%@')) add('object-walk', start, end);
        else if (/^<%[=-]/.test(whole) && isConstant(inner, isSearched)) add('constant', start, end);
        else if (SERVER_PAGE.test(whole)) add('special-name', start, end);
        else if (
          CALL.test(inner) ||
          (whole.startsWith('{%') && !UNUSED_DIRECTIVE.test(inner)) ||
          /^<%(?:[@!_]|#\s{0,4}(?:eval|bind)\b|\s{0,4}\$\w)/i.test(whole) ||
          /^\[#[a-z]|^\{php|^<%\s{0,4}(?:import|from|include|eval|system|exec)\b/.test(whole)
        )
          add('directive', start, end);
        continue;
      }
      if (/^\{[\w$]{1,24}\|/.test(whole)) {
        if (/\|\s{0,4}(?:system|exec|passthru|shell_exec|filter|map|sort)\b/i.test(whole)) add('call', start, end);
        continue;
      }
      if (WALK.test(inner)) add('object-walk', start, end);
      else if (FILTER_CALL.test(inner) || (whole.startsWith('{{') && PIPED_NUMBER.test(inner))) add('call', start, end);
      else if (isConstant(inner, isSearched)) add('constant', start, end);
      else if (whole.startsWith('{{') && (LITERAL_BLOCK.test(inner) || GO_CALL.test(inner) || ASSIGNMENT.test(inner)))
        add('directive', start, end);
      else if (CALL.test(inner) && !/^\s{0,4}(?:_|t|i18n|trans|translate|formatdate)\s{0,2}\(/i.test(inner))
        add('call', start, end);
      else if (
        (/^(?:\{\{|!)/.test(whole) ? SPECIAL : SPECIAL_SINGLE).test(inner) ||
        BY_OPENER.test(whole) ||
        MARKS.test(inner.trim())
      )
        add('special-name', start, end);
      else if (inner.length > 0) add('placeholder', start, end);
    }
    const bare = BARE_ARITHMETIC.exec(text);
    if (bare !== null) add('arithmetic', bare.index, bare.index + bare[0].length);
    const block = WHOLE_BLOCK.exec(text);
    if (block !== null) add('statement', block.index, block.index + block[0].length);
    const interpreted = /<@[^<>]{1,60}\?interpret\b/i.exec(text);
    if (interpreted !== null) add('object-walk', interpreted.index, interpreted.index + interpreted[0].length);
    if (!view.isQuery && !view.json && isMixed(text)) add('polyglot', 0, text.length);
    if (
      /\$\{\{<%\[%'"\}\}%\\|\{\{<%|<%\[%|\}\}\s{0,2}<\/script|\}\}%>|\{\{\{(?:(?!\{\{\{).){0,20}<%|<th:\w{1,12}=|\{\{=\{@\{|\{##\}|<%%/.test(
        text,
      )
    )
      add('polyglot', 0, text.length);
    if (
      /#set\s{0,2}\(\s{0,2}\$|<#(?:assign|import|include|list|macro)\b|\[#(?:assign|import|include)\b|#(?:foreach|evaluate|include|parse)\s{0,2}\(/i.test(
        text,
      )
    ) {
      add('directive', 0, Math.min(text.length, 80));
    }
    return found.signals;
  },
};
