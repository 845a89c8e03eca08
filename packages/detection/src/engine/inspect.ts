import { MEDIUM_SCORE_MIN, type ParsedRequest, type RuleMatch } from '@vigil/shared/contracts';
import { queryStart } from '../views/embedded/pairs.ts';
import { percentDecode } from '../views/percent.ts';
import { isRepositoryPage } from '../views/repository-page.ts';
import { isSearchParameter, isSearchPhrase } from '../views/search-phrase.ts';
import type { LiteralGate } from '../gates/literal-gate.ts';
import type { View } from '../views/view.ts';
import { ownCopy } from '../text/own-copy.ts';
import {
  agentViews,
  headerViews,
  hostViews,
  PLAIN_METHODS,
  refererViews,
  targetViews,
  userViews,
} from '../views/views.ts';
import { isPlainText } from '../formats/other-headers.ts';
import type { PlainFields } from '../formats/plain-combined.ts';
import { textOf } from '../text/chars.ts';
import { agentShape } from './agent-shape.ts';
import type { CompiledRules } from './compile.ts';
import { QuietTexts } from './quiet-texts.ts';
import { QuietTest } from './quiet.ts';
import { kindBit, readsPlace, type CompiledRule, type Unit } from './unit.ts';

/** A match and the rule behind it. */
export type Hit = { readonly compiled: CompiledRule; readonly match: RuleMatch };

const NOTHING: readonly Hit[] = Object.freeze([]);
/** Texts in either half of a memory, and the length of the longest that is kept. */
const MEMORY_HALF_MAX = 4096;
const MEMORY_LENGTH_MAX = 1024;
const EXCERPT_MAX = 200;

/** Runs compiled rules over requests. `gated: false` runs every rule on every view, which is what the gate is proved against. */
export class Inspector {
  readonly #compiled: CompiledRules;
  readonly #gated: boolean;
  readonly #quiet: QuietTest;
  readonly #quietAgents = new QuietTexts();
  /** Agents, referers and what browsers send beside them repeat from request to request. */
  readonly #agents = new Memory<readonly Hit[]>();
  readonly #referers = new Memory<readonly Hit[]>();
  readonly #headers = new Memory<readonly Hit[]>();
  readonly #hosts = new Memory<readonly Hit[]>();
  /** Shapes of agents in which detectors find nothing. */
  readonly #quietShapes = new Memory<true>();
  readonly #open: Uint32Array;
  /** Units that the text scanned last opens. */
  readonly #scanned: Uint32Array;

  constructor(compiled: CompiledRules, options: { gated?: boolean } = {}) {
    this.#compiled = compiled;
    this.#quiet = new QuietTest(compiled.quietGates);
    this.#gated = options.gated ?? true;
    this.#open = new Uint32Array(compiled.gates.path.unitWords);
    this.#scanned = new Uint32Array(this.#open.length);
  }

  /** All hits in a request's text; a shared empty list for an ordinary request. */
  hits(request: ParsedRequest): readonly Hit[] {
    const { referer: from, userAgent, host, target } = request;
    const agent = userAgent === '' ? NOTHING : this.#agentHits(userAgent);
    const gated = this.#gated;
    const quiet = this.#quiet;
    const isRefererQuiet = from === '' || (gated && quiet.referer(from, 0, from.length));
    const referer = isRefererQuiet ? NOTHING : ledBy(from, target, this.#refererHits(from));
    const isTargetQuiet = gated && PLAIN_METHODS.has(request.method) && quiet.target(target, 0, target.length);
    const isHostQuiet = host === '' || (gated && quiet.host(host, 0, host.length));
    const named = isHostQuiet ? NOTHING : this.#hostHits(host);
    const others = this.#otherHits(request);
    if (isTargetQuiet && named === NOTHING && others === NOTHING) {
      if (referer === NOTHING) return agent;
      if (agent === NOTHING) return referer;
    }
    const hits: Hit[] = [];
    if (!isTargetQuiet) this.#run(targetViews(request), hits);
    const further = named.length + referer.length + agent.length + others.length;
    if (further === 0) return hits.length === 0 ? NOTHING : hits;
    const found = new Set(hits.map((hit) => hit.compiled));
    for (const hit of [...named, ...referer, ...agent, ...others]) {
      if (found.has(hit.compiled)) continue;
      found.add(hit.compiled);
      hits.push(hit);
    }
    return hits;
  }

  /** Hits in the user's name and in headers without a name of their own, which few lines have. */
  #otherHits({ headers, remoteUser }: ParsedRequest): readonly Hit[] {
    if (headers === undefined && remoteUser === '') return NOTHING;
    const found: Hit[] = [];
    if (headers !== undefined) for (const text of headers) for (const hit of this.#headerHits(text)) found.push(hit);
    if (!isPlainText(remoteUser) && !(this.#gated && this.#quiet.header(remoteUser)))
      this.#run(userViews(remoteUser), found);
    return found.length === 0 ? NOTHING : found;
  }

  #headerHits(text: string): readonly Hit[] {
    return this.#headers.of(text, () =>
      this.#gated && this.#quiet.header(text) ? NOTHING : this.#found(headerViews(text)),
    );
  }

  /** Whether there are no hits in a plain line; no says nothing. */
  isQuiet(bytes: Buffer, fields: PlainFields): boolean {
    if (!this.#gated) return false;
    const { targetStart, targetEnd, refererStart, refererEnd, agentStart, agentEnd } = fields;
    if (!this.#quiet.target(bytes, targetStart, targetEnd)) return false;
    if (refererEnd > refererStart && !this.#quiet.referer(bytes, refererStart, refererEnd)) {
      if (this.#refererHits(textOf(bytes, refererStart, refererEnd)) !== NOTHING) return false;
      this.#quiet.addReferer(bytes, refererStart, refererEnd);
    }
    if (agentEnd === agentStart || this.#quietAgents.has(bytes, agentStart, agentEnd)) return true;
    if (this.#agentHits(textOf(bytes, agentStart, agentEnd)) !== NOTHING) return false;
    this.#quietAgents.add(bytes, agentStart, agentEnd);
    return true;
  }

  /** Every view of a request, for people. */
  views(request: ParsedRequest): View[] {
    return [
      ...targetViews(request),
      ...(request.referer === '' ? [] : refererViews(request.referer)),
      ...(request.userAgent === '' ? [] : agentViews(request.userAgent)),
      ...(request.host === '' ? [] : hostViews(request.host)),
      ...(request.headers ?? []).flatMap(headerViews),
      ...userViews(request.remoteUser),
    ];
  }

  /** For those that are not quiet. */
  #hostHits(host: string): readonly Hit[] {
    return this.#hosts.of(host, () => this.#found(hostViews(host)));
  }

  #agentHits(agent: string): readonly Hit[] {
    const known = this.#agents.get(agent);
    if (known !== undefined) return known;
    const shape = this.#gated ? agentShape(agent) : undefined;
    const isQuietShape = shape !== undefined && this.#quietShapes.get(shape) === true;
    const hits =
      isQuietShape && !this.#compiled.quietGates.agentExpressions.opens(agent)
        ? NOTHING
        : this.#found(agentViews(agent));
    this.#agents.set(agent, hits);
    if (shape !== undefined && !isQuietShape && hits === NOTHING) this.#quietShapes.set(shape, true);
    return hits;
  }

  /** For those that are not quiet. */
  #refererHits(referer: string): readonly Hit[] {
    return this.#referers.of(referer, () => this.#found(refererViews(referer)));
  }

  #found(views: readonly View[]): readonly Hit[] {
    const found: Hit[] = [];
    this.#run(views, found);
    return found.length === 0 ? NOTHING : found.map(keepable);
  }

  /** Adds each rule's first match in these views. */
  #run(views: readonly View[], hits: Hit[]): void {
    const { units, gates, rawGates, masks, named } = this.#compiled;
    const open = this.#open;
    const done = new Set<CompiledRule>();
    const seen = new Map<string, View[]>();
    let scanned: { gate: LiteralGate; text: string; opens: boolean } | undefined;
    let parameter: string | undefined;
    let always: Uint32Array | undefined;
    for (let index = 0; index < views.length; index += 1) {
      const view = views[index] as View;
      const { place, text } = view;
      const mask = masks[view.kind][place];
      if (!this.#gated) open.fill(0xffffffff);
      else {
        if (view.parameter !== parameter) {
          parameter = view.parameter;
          always = parameter === undefined ? undefined : named.get(parameter.toLowerCase());
        }
        // Most texts need no decoding, and stand twice in a row: as logged, and then as decoded.
        const gate = view.kind === 'raw' && views[index + 1]?.text !== text ? rawGates[place] : gates[place];
        if (scanned === undefined || scanned.text !== text || scanned.gate !== gate)
          scanned = { gate, text, opens: gate.scan(text, this.#scanned) };
        if (!scanned.opens && always === undefined) continue;
        open.set(this.#scanned);
        for (let word = 0; word < (always?.length ?? 0); word += 1)
          open[word] = (open[word] as number) | (always?.[word] as number);
      }
      let any = 0;
      for (let word = 0; word < open.length; word += 1)
        any |= open[word] = (open[word] as number) & (mask[word] as number);
      if (any === 0) continue;
      const alike = seen.get(text);
      if (alike === undefined) seen.set(text, [view]);
      else if (alike.some((other) => readsAlike(other, view))) continue;
      else alike.push(view);
      for (let word = 0; word < open.length; word += 1) {
        for (let bits = open[word] as number; bits !== 0; bits &= bits - 1) {
          const unit = units[word * 32 + 31 - Math.clz32(bits & -bits)];
          if (unit !== undefined) runUnit(unit, view, done, hits);
        }
      }
    }
  }
}

/** A whole URL, and its path. */
const PAGE = /^https?:\/\/[^/?#]{1,255}([^?#]*)/i;

/**
 * What counts of the hits in a Referer. A page that leads to itself, by a form that is sent or a list that is sorted, is no second witness:
 * what its URL held was judged when that was asked for.
 */
function ledBy(referer: string, target: string, hits: readonly Hit[]): readonly Hit[] {
  if (hits === NOTHING || !isSamePage(referer, target)) return hits;
  const strong = hits.filter(({ match }) => match.score >= MEDIUM_SCORE_MIN);
  return strong.length === 0 ? NOTHING : strong;
}

function isSamePage(referer: string, target: string): boolean {
  const path = PAGE.exec(referer)?.[1];
  if (path === undefined || !target.startsWith(path)) return false;
  return target.length === path.length || target[path.length] === '?';
}

/** Whether rules that ran on one view would find nothing else in the other, which has the same text. */
function readsAlike(one: View, other: View): boolean {
  return (
    one.kind === other.kind &&
    one.field === other.field &&
    one.parameter === other.parameter &&
    one.name === other.name &&
    one.json === other.json &&
    one.isQuery === other.isQuery
  );
}

/** A hit that is remembered beyond its request, and shall not keep the request's line alive. */
function keepable({ compiled, match }: Hit): Hit {
  const { excerpt, parameter } = match;
  return {
    compiled,
    match: {
      ...match,
      excerpt: ownCopy(excerpt),
      parameter: parameter === undefined ? undefined : ownCopy(parameter),
    },
  };
}

/** What is known of texts that repeat. Two halves of which the older is dropped when the younger is full, so that keeping costs little. */
class Memory<Known> {
  #young = new Map<string, Known>();
  #old = new Map<string, Known>();

  get(text: string): Known | undefined {
    const known = this.#young.get(text);
    if (known !== undefined) return known;
    const older = this.#old.get(text);
    if (older !== undefined) this.set(text, older);
    return older;
  }

  /** What is known of a text, or else what `find` gives, from then on. */
  of(text: string, find: () => Known): Known {
    const known = this.get(text);
    if (known !== undefined) return known;
    const found = find();
    this.set(text, found);
    return found;
  }

  /** A very long text is not worth its memory. */
  set(text: string, known: Known): void {
    if (text.length > MEMORY_LENGTH_MAX) return;
    if (this.#young.size >= MEMORY_HALF_MAX) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(ownCopy(text), known);
  }
}

function runUnit(unit: Unit, view: View, done: Set<CompiledRule>, hits: Hit[]): void {
  if (unit.kind === 'regex') {
    if (done.has(unit.target)) return;
    const found = unit.regex.exec(view.text);
    if (found !== null) put(unit.target, view, found.index, found.index + found[0].length, done, hits);
    return;
  }
  if (view.json && unit.detector.readsDocuments !== true) return;
  for (const signal of unit.detector.run(view)) {
    for (const target of unit.targets.get(signal.name) ?? []) put(target, view, signal.start, signal.end, done, hits);
  }
}

/** Notes what was found of a rule, where that rule reads the view and nothing speaks against it. */
function put(target: CompiledRule, view: View, start: number, end: number, done: Set<CompiledRule>, hits: Hit[]): void {
  if (!readsPlace(target, view.place) || (target.kinds & kindBit(view.kind)) === 0 || done.has(target)) return;
  if (!target.search && isSearchParameter(view.name)) return;
  if (!target.repository && view.place === 'path' && isRepositoryPage(view.text)) return;
  if (target.notIn !== undefined && view.name !== undefined && target.notIn.has(plainName(view.name))) return;
  if (isReadElsewhere(target, view, start, end)) return;
  // Last, as it is by far the dearest.
  if (!target.prose && isSearchPhrase(view.text, view.name)) return;
  done.add(target);
  hits.push({ compiled: target, match: toMatch(target, view, start, end) });
}

/** A parameter's name without the brackets of a list: `schema[]`. */
const plainName = (name: string): string => name.toLowerCase().replace(/\[.*$/, '');

/** Whether what was found is in a part that is read by itself, under its own name: in a value of a query, or in a parameter within a URL. */
function isReadElsewhere(target: CompiledRule, view: View, start: number, end: number): boolean {
  if (view.isQuery) return readsPlace(target, 'param_value') && isInValue(view.text, start, end);
  if (view.parameter === undefined) return false;
  if (view.json && (!target.prose || !target.search) && isInText(view.text, start, end))
    return (target.kinds & kindBit('embedded')) !== 0;
  // Expressions may begin with the equals sign before the value.
  const before = view.text.slice(0, start + 1);
  const read = view.kind === 'raw' ? percentDecode(before) : before;
  return queryStart(read) !== -1 && isInSearchParameter(read);
}

/** Whether a part of a document begins and ends within one of its texts. */
const isInText = (text: string, start: number, end: number): boolean => !/["{}[\]]/.test(text.slice(start, end));

/** Whether a query ends in the value of a parameter that people search with, or in that of a URL within it. */
function isInSearchParameter(before: string): boolean {
  const from = Math.max(before.lastIndexOf('&'), before.lastIndexOf('?')) + 1;
  const equals = before.indexOf('=', from);
  return equals !== -1 && isSearchParameter(before.slice(from, equals));
}

/** Whether a part of a query lies within one value: then it was read without what stands around the value, which is no part of it. */
function isInValue(query: string, start: number, end: number): boolean {
  const before = query.slice(0, start + 1);
  if (isInSearchParameter(before)) return true;
  const from = before.lastIndexOf('&') + 1;
  const equals = query.indexOf('=', from);
  if (equals === -1 || equals >= start) return false;
  const next = query.indexOf('&', start);
  return next === -1 || end <= next;
}

function toMatch({ rule }: CompiledRule, view: View, start: number, end: number): RuleMatch {
  return {
    rule: rule.id,
    class: rule.class,
    score: rule.score,
    field: view.field,
    // Undefined where there is none, and so in no JSON: objects of one shape are made and read several times as fast.
    parameter: view.parameter,
    decoded: view.decoded.slice(),
    excerpt: view.text.slice(start, Math.min(end, start + EXCERPT_MAX)),
    span: [start, end],
  };
}
