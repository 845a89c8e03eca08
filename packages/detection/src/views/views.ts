import type { ParsedRequest } from '@vigil/shared/contracts';
import { isPlainText } from '../formats/other-headers.ts';
import type { RuleField } from '../rules/rule-pack.ts';
import { anyOf, pattern } from '../text/regex.ts';
import { decodeText, type Decoded } from './decode.ts';
import { isDocument } from './embedded/json.ts';
import { isOrdinaryMember } from './embedded/list.ts';
import { embeddedViews } from './embedded.ts';
import { isSearchParameter, isSearchPath, isSearchPhrase } from './search-phrase.ts';
import { changedView, createView, type View } from './view.ts';

/**
 * Longest part of each field that is read; a longer one is cut, but for a target, of which the rest is read in parts as long as this.
 * Bytes: as much as nginx and Apache let a client send by default, since what is not read hides whatever stands behind some padding.
 */
const FIELD_BYTES_MAX = 8192;
/** By so much the parts of a long target overlap: a payload that is cut in two stands whole in one of them. */
const OVERLAP_BYTES = 512;
/**
 * Parameters of a query that are read one by one. More that are longer than some payload fit into what is read at a time only where that
 * has half a dozen characters.
 */
const PARAMETERS_MAX = 1_000;
/** A pair that holds nothing but a name and a plain value, as padding does; also of a list or table, whose names have brackets. */
const PLAIN_PAIR = /^(?:[\w.~[\]-]|%5[bd])*(?:=[\w.~-]*)?$/i;

/** Steps of a path without a name, which servers pass over; a URL within a path has one by rights. */
const EMPTY_STEPS = /(?<!:)\/{2,}/g;
/** Parameters of a step, which Java's servers take off before they look at its name (RFC 3986, 3.3). */
const STEP_PARAMETERS = /;[^/]*/g;
/** A step that stays where it is, or goes back up. */
const DOT_STEP = /\/\.{1,2}(?:\/|$)/;
/** What ends a path: a fragment, which nginx drops, and the mark of a query that a proxy decodes. */
const PATH_END = /[?#]/;
/** What servers drop at the end of a path: a line's end, blanks, the byte that ends texts in C, and on Windows full stops. */
const UNSEEN_END = /[\x00-\x20.]/;

/** Methods that ordinary requests have. */
export const PLAIN_METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH']);
/** From here a path holds more than a path: what precedes is the route that the payload was put on. */
const TAIL = /[\s'"()<>;|`${},*]|--/;

const URL_START = /^(?:\/|https?:\/\/)/i;
const ORIGIN = /^https?:\/\/[^/]{0,255}(?=\/)/i;

/** Characters of a step of a path that may hold something encoded. */
const SEGMENT_LENGTH_MIN = 12;
/** A parameter has a name; an equals sign elsewhere is part of some text, and a character set of a `data:` URL. */
const NAMED = /(?!charset=)[\w.~:$@[\]-]{1,64}=/;
/** A key of a list or table that is more than a name, among others that are none: `order[id desc,sleep(5)]`. */
const ODD_KEY = /^[\w.$-]{0,64}(?:\[[\w.$-]{0,64}\]){0,8}\[([^\]].{1,127}?)\](?:\[[\w.$-]{0,64}\]){0,8}$/s;
/** A parameter within a path. */
const PATH_PARAMETER = pattern`^${NAMED}`;
/** A semicolon behind which another parameter begins; one that is encoded is part of a value. */
const BEFORE_PARAMETER = new RegExp(pattern`;(?=${NAMED})`, 'g');

/** The query of gitweb, which parts its parameters by semicolons: the repository that it shows … */
const GITWEB = /(?:^|;)p=[^;]{1,200}\.git(?:;|$)/;
/** … and a file in that, by a name that others should not have; none of its links steps up. */
const GITWEB_FILE = /^fp?=(?!.*\.\.)[\w.-][\w./-]*$/;

/** A percent sign within a word, which begins no code. */
const STRAY_PERCENT = /[a-z]%(?![0-9a-f]{2}|u[0-9a-f]{4})[a-z]/i;
/** All that begin no code before a letter: the classic ASP of IIS drops them (`%s%e%l%e%c%t`, `se%lect`). */
const STRAY_PERCENTS = /%(?![0-9a-f]{2}|u[0-9a-f]{4})(?=[a-z])/gi;

/** Views of the request's target: the path, its tail, each parameter's name and value, and the query as a whole. */
export function targetViews(request: ParsedRequest): View[] {
  const target = request.target.slice(0, FIELD_BYTES_MAX);
  // A URL without a method is from a format that tells of none.
  if (request.method === '-' && !URL_START.test(target)) return fieldViews('request_line', target, false);
  const views: View[] = [];
  if (request.method !== '-' && !PLAIN_METHODS.has(request.method))
    views.push(...fieldViews('method', request.method.slice(0, 64), false));
  splitUrl(target, views, undefined);
  const step = FIELD_BYTES_MAX - OVERLAP_BYTES;
  for (let from = step; from + OVERLAP_BYTES < request.target.length; from += step)
    splitQuery(request.target.slice(from, from + FIELD_BYTES_MAX), views, undefined);
  return views;
}

/** Views of the Referer: the whole, and where it is a URL its path and parameters. All have the field `referer`. */
export function refererViews(referer: string): View[] {
  return urlViews(referer.slice(0, FIELD_BYTES_MAX), 'referer');
}

function urlViews(text: string, field: 'referer' | 'header'): View[] {
  const views: View[] = [];
  // A scheme in letters of changing size is left in place: no browser writes it so.
  const url = /^(?:[Hh]ttps?|HTTPS?):\/\/([\w.:[\]-]{1,255})(?=[/?#]|$)/.exec(text);
  if (url === null) {
    views.push(...fieldViews(field, text, true));
    if (text.includes('=')) splitQuery(text, views, field);
    return views;
  }
  views.push(createView({ field, kind: 'decoded', decoded: [], text: url[1] ?? '' }));
  splitUrl(text.slice(url[0].length), views, field);
  return views;
}

const PRODUCT = anyOf(/[\w.!-]{1,40}\/[\w.+:-]{1,40}/, /\([^()]{0,400}\)/);
/** Products and comments, which every agent begins with; what was put behind them is a text of its own. */
const PRODUCTS = pattern`^${PRODUCT}(?:\s{1,4}${PRODUCT}){0,16}(?:\s{1,4}|$)`;

/** Views of the User-Agent. */
export function agentViews(agent: string): View[] {
  const text = agent.slice(0, FIELD_BYTES_MAX);
  const views = fieldViews('user_agent', text, false);
  if (text.includes('+') && !text.includes(' ')) views.push(...fieldViews('user_agent', text, true).slice(1));
  const rest = text.replace(PRODUCTS, '');
  if (rest === '' || rest === text) return views;
  for (const view of fieldViews('user_agent', rest, false).slice(1))
    views.push(changedView(view, { decoded: [...view.decoded, 'tail'] }));
  return views;
}

/** Views of the Host field. */
export function hostViews(host: string): View[] {
  return fieldViews('host', host.slice(0, 512), false);
}

/** Views of a header without a name of its own here, which may be a URL that was typed into a search. */
export function headerViews(header: string): View[] {
  const text = header.slice(0, FIELD_BYTES_MAX);
  return /^https?:\/\//.test(text) ? urlViews(text, 'header') : fieldViews('header', text, false);
}

/** Views of the user's name, where it is more than a plain one. */
export function userViews(user: string): View[] {
  return isPlainText(user) ? [] : fieldViews('remote_user', user.slice(0, FIELD_BYTES_MAX), false);
}

function splitUrl(url: string, views: View[], as: RuleField | undefined): void {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  if (path.length > 1) {
    const base = fieldViews(as ?? 'path', path, false);
    const read = [...base];
    for (const view of base.slice(1))
      for (const text of asServed(view.text))
        read.push(changedView(view, { decoded: [...view.decoded, 'as-served'], text }));
    if (path.includes('+')) read.push(...fieldViews(as ?? 'path', path, true).slice(1));
    for (const view of base.slice(1)) {
      const tail = tailOf(view.text);
      if (tail !== undefined) read.push(changedView(view, { decoded: [...view.decoded, 'tail'], text: tail }));
    }
    views.push(...(isSearchPath(path) ? read.map((view) => changedView(view, { name: 'search' })) : read));
    if (path.length >= SEGMENT_LENGTH_MIN) {
      for (const segment of path.split('/', 24)) {
        if (segment.length < SEGMENT_LENGTH_MIN) continue;
        views.push(...embeddedViews(createView({ field: as ?? 'path', kind: 'decoded', decoded: [], text: segment })));
      }
    }
    if (path.includes('=')) {
      for (const segment of path.split(/[/;]/, 24)) if (PATH_PARAMETER.test(segment)) splitQuery(segment, views, as);
    }
  }
  if (mark !== -1 && mark < url.length - 1) splitQuery(url.slice(mark + 1), views, as);
}

/**
 * What servers make of a path: of a whole URL that is asked of them (RFC 9112, 3.2.2) and of what they drop; and what the most lenient
 * one does, which takes backslashes for slashes and goes no step that leads nowhere.
 */
function asServed(path: string): string[] {
  const plain = path.includes('//') ? path.replace(ORIGIN, '').replace(EMPTY_STEPS, '/') : path;
  const end = plain.search(PATH_END);
  let lenient = end > 0 ? plain.slice(0, end) : plain;
  if (/[;\\]/.test(lenient))
    lenient = lenient.replaceAll('\\', '/').replace(STEP_PARAMETERS, '').replace(EMPTY_STEPS, '/');
  if (DOT_STEP.test(lenient)) lenient = withoutDotSteps(lenient);
  const readings = new Set([withoutEnd(plain), withoutEnd(lenient)]);
  readings.delete(path);
  return [...readings];
}

/** A path without what servers drop at its end. */
function withoutEnd(path: string): string {
  let to = path.length;
  while (to > 1 && UNSEEN_END.test(path[to - 1] as string)) to -= 1;
  return path.slice(0, to);
}

/** Takes out the steps that lead nowhere or back up (RFC 3986, 5.2.4); those above the root have nothing to take back. */
function withoutDotSteps(path: string): string {
  const steps: string[] = [];
  for (const step of path.split('/')) {
    if (step === '..') {
      if (steps.length > 1) steps.pop();
    } else if (step !== '.') steps.push(step);
  }
  return steps.length === 1 ? '/' : steps.join('/');
}

function tailOf(path: string): string | undefined {
  const found = TAIL.exec(path);
  if (found === null) return undefined;
  const slash = path.lastIndexOf('/', found.index);
  const tail = path.slice(slash + 1);
  return tail.length === path.length ? undefined : tail;
}

function splitQuery(query: string, views: View[], as: RuleField | undefined): void {
  const { pairs, rest } = chosen(query.split('&'));
  /** Of several pairs those that are no evidence where they stand, and so neither are within the whole. */
  const asked = new Set<string>();
  for (const pair of pairs) {
    const value = readPair(pair, views, as);
    if (pairs.length > 1 && value !== undefined && isSearchPhrase(value.text, value.name)) asked.add(pair);
  }
  if (query.includes(';')) readSemicolons(pairs, views, as);
  if (rest !== '') views.push(...fieldViews(as ?? 'param_value', rest, true));
  // Last, so that a match is put down to its parameter where one holds it.
  const [only] = pairs;
  const parameter =
    pairs.length === 1 && only !== undefined && /^[\w.-]{1,40}=/.test(only)
      ? only.slice(0, only.indexOf('='))
      : undefined;
  const whole = asked.size === 0 ? query : pairs.filter((pair) => !asked.has(pair)).join('&');
  views.push(...fieldViews(as ?? 'query', whole, true, { parameter, isQuery: true }));
  const parted = whole.replace(BEFORE_PARAMETER, '&');
  if (parted !== whole) views.push(...fieldViews(as ?? 'query', parted, true, { isQuery: true }));
}

/** Views of one pair's name and value; returns the value as decoded. `name` stands in for the parameter's own. */
function readPair(pair: string, views: View[], as: RuleField | undefined, name?: string): View | undefined {
  if (pair === '') return undefined;
  const equals = pair.indexOf('=');
  const rawName = equals === -1 ? pair : pair.slice(0, equals);
  const decodedName = decodeText(rawName, true);
  const parameter = decodedName.text.slice(0, 128);
  const names = viewsOf(as ?? 'param_name', rawName, decodedName, true, { parameter, name });
  views.push(...names);
  const key = ODD_KEY.exec(parameter)?.[1];
  if (key !== undefined && !isOrdinaryMember(key))
    views.push(changedView(names[1] as View, { kind: 'embedded', decoded: [...decodedName.chain, 'key'], text: key }));
  if (equals === -1) {
    readLoneName(parameter, names, views, as);
    return undefined;
  }
  const rawValue = pair.slice(equals + 1);
  if (rawValue === '') return undefined;
  let value: View | undefined;
  for (const view of fieldViews(as ?? 'param_value', rawValue, true, { parameter, name })) {
    views.push(view);
    if (view.kind !== 'decoded') continue;
    value = view;
    views.push(...embeddedViews(view));
  }
  return value;
}

/** A lone name is as often a value: `?<script>`. */
function readLoneName(parameter: string, names: readonly View[], views: View[], as: RuleField | undefined): void {
  const field = as ?? 'param_value';
  for (const view of names.slice(1)) views.push(changedView(view, { field }));
  // Or a pair whose `=` was encoded with the rest.
  const encoded = /^[\w.-]{1,40}=/.exec(names[1]?.text ?? '');
  if (encoded !== null) {
    for (const view of names.slice(1)) {
      if (view.text.startsWith(encoded[0]))
        views.push(
          changedView(view, { field, parameter: encoded[0].slice(0, -1), text: view.text.slice(encoded[0].length) }),
        );
    }
  }
  const whole = createView({ field, parameter, kind: 'decoded', decoded: [], text: parameter });
  views.push(...embeddedViews(whole));
}

/**
 * Views of the pairs that semicolons part within others, as they do for CGI in Perl, Rack before 3 and Python before 3.9.2. What is searched
 * for may hold such pairs, and goes by the name that it is searched with.
 */
function readSemicolons(pairs: readonly string[], views: View[], as: RuleField | undefined): void {
  const searches = new Map<string, string | undefined>();
  const isGitweb = pairs.some((pair) => GITWEB.test(pair));
  for (const pair of pairs) {
    const pieces = pair.split(BEFORE_PARAMETER);
    if (pieces.length === 1) continue;
    const name = decodeText(pair.slice(0, Math.max(0, pair.indexOf('='))), true).text;
    for (const piece of pieces)
      if (!isGitweb || !GITWEB_FILE.test(piece)) searches.set(piece, isSearchParameter(name) ? name : undefined);
  }
  const { pairs: pieces, rest } = chosen([...searches.keys()]);
  for (const piece of pieces) readPair(piece, views, as, searches.get(piece));
  if (rest !== '') views.push(...fieldViews(as ?? 'param_value', rest, true));
}

/**
 * The pairs of a query that are read one by one, and the rest of it as one text. Of too many the plain ones and repeats are left out, and
 * the longest are taken: whoever hides a payload among others has to make each of those longer.
 */
function chosen(pairs: string[]): { pairs: string[]; rest: string } {
  if (pairs.length <= PARAMETERS_MAX) return { pairs, rest: '' };
  const distinct = [...new Set(pairs)];
  const notable = distinct.filter((pair) => !PLAIN_PAIR.test(pair)).sort((a, b) => b.length - a.length);
  const rest = notable.splice(PARAMETERS_MAX).join(' ');
  const taken = new Set(notable);
  for (const pair of distinct) if (taken.size < PARAMETERS_MAX && PLAIN_PAIR.test(pair)) taken.add(pair);
  return { pairs: distinct.filter((pair) => taken.has(pair)), rest };
}

/** What the views of one text have in common besides their field. */
type Whose = { parameter?: string | undefined; name?: string | undefined; isQuery?: boolean };

/** Raw, decoded and, where it differs, unescaped view of one text. */
const fieldViews = (field: RuleField, raw: string, plus: boolean, whose: Whose = {}): View[] =>
  viewsOf(field, raw, decodeText(raw, plus), plus, whose);

function viewsOf(field: RuleField, raw: string, decoded: Decoded, plus: boolean, whose: Whose): View[] {
  const { parameter, name, isQuery = false } = whose;
  const json = isDocument(decoded.text);
  const views: View[] = [
    createView({ field, kind: 'raw', decoded: [], text: raw, parameter, name, isQuery }),
    createView({ field, kind: 'decoded', decoded: decoded.chain, text: decoded.text, parameter, name, json, isQuery }),
  ];
  if (plus && decoded.text.includes('+') && !decoded.text.includes(' ')) {
    const text = decoded.text.replaceAll('+', ' ');
    const chain = [...decoded.chain, 'plus'];
    views.push(createView({ field, kind: 'unescaped', decoded: chain, text, parameter, name, isQuery }));
  }
  if (plus && STRAY_PERCENT.test(raw)) {
    const { text, chain } = decodeText(raw.replace(STRAY_PERCENTS, ''), plus);
    views.push(createView({ field, kind: 'unescaped', decoded: ['stray', ...chain], text, parameter, name, isQuery }));
  }
  if (decoded.unescaped !== undefined) {
    const { text, chain } = decoded.unescaped;
    views.push(createView({ field, kind: 'unescaped', decoded: chain, text, parameter, name, json, isQuery }));
  }
  return views;
}
