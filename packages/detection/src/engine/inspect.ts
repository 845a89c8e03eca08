import type { ParsedRequest, RuleMatch } from '@vigil/shared/contracts';
import { isSearchParameter, isSearchPhrase } from '../views/search-phrase.ts';
import { MIXED_RUN_MIN, ODD } from '../views/mixed-run.ts';
import type { View } from '../views/view.ts';
import { agentViews, hostViews, refererViews, targetViews } from '../views/views.ts';
import {
  fieldBit,
  kindBit,
  partOf,
  type CompiledRule,
  type CompiledRules,
  type GatedPart,
  type Unit,
} from './compile.ts';

/** A match and the rule behind it. */
export type Hit = { readonly compiled: CompiledRule; readonly match: RuleMatch };

const NOTHING: readonly Hit[] = Object.freeze([]);
/** Agents, and referers, whose hits are kept. */
const CACHED_MAX = 4096;
const CACHED_LENGTH_MAX = 1024;
const EXCERPT_MAX = 200;
const PLAIN_METHOD = /^(?:GET|POST|HEAD|OPTIONS|PUT|DELETE|PATCH)$/;

/** Runs compiled rules over requests. `gated: false` runs every rule on every view, which is what the gate is proved against. */
export class Inspector {
  readonly #compiled: CompiledRules;
  readonly #gated: boolean;
  readonly #agents = new Map<string, readonly Hit[]>();
  readonly #referers = new Map<string, readonly Hit[]>();

  constructor(compiled: CompiledRules, options: { gated?: boolean } = {}) {
    this.#compiled = compiled;
    this.#gated = options.gated ?? true;
  }

  /** All hits in a request's text; a shared empty list for an ordinary request. */
  hits(request: ParsedRequest): readonly Hit[] {
    const agent = request.userAgent === '' ? NOTHING : this.#cached(this.#agents, request.userAgent, agentViews);
    const referer = request.referer === '' ? NOTHING : this.#cached(this.#referers, request.referer, refererViews);
    const plainTarget = this.#isPlain(request.target, 'target') && PLAIN_METHOD.test(request.method);
    const plainHost = request.host === '' || this.#isPlain(request.host, 'host');
    if (plainTarget && plainHost && referer === NOTHING) return agent;
    if (plainTarget && plainHost && agent === NOTHING) return referer;
    const hits: Hit[] = [];
    if (!plainTarget) this.#run(targetViews(request), hits);
    if (!plainHost) this.#run(hostViews(request.host), hits);
    if (hits.length + referer.length + agent.length === 0) return NOTHING;
    const found = new Set(hits.map((hit) => hit.compiled));
    for (const hit of [...referer, ...agent]) {
      if (found.has(hit.compiled)) continue;
      found.add(hit.compiled);
      hits.push(hit);
    }
    return hits;
  }

  /** Every view of a request, for people. */
  views(request: ParsedRequest): View[] {
    return [
      ...targetViews(request),
      ...(request.referer === '' ? [] : refererViews(request.referer)),
      ...(request.userAgent === '' ? [] : agentViews(request.userAgent)),
      ...(request.host === '' ? [] : hostViews(request.host)),
    ];
  }

  #isPlain(text: string, part: GatedPart, from = 0): boolean {
    if (!this.#gated || !this.#compiled.plainGates[part].isPlain(text, ODD, MIXED_RUN_MIN, from)) return false;
    const ampersand = text.indexOf('&');
    const query = text.indexOf('?');
    return ampersand === -1 || (query !== -1 && query < ampersand);
  }

  /** Hits of a text that repeats from request to request. The oldest goes first; a very long one is not worth its memory. */
  #cached(cache: Map<string, readonly Hit[]>, text: string, viewsOf: (text: string) => View[]): readonly Hit[] {
    const known = cache.get(text);
    if (known !== undefined) return known;
    const found: Hit[] = [];
    const scheme = text.startsWith('https://') ? 8 : text.startsWith('http://') ? 7 : 0;
    if (viewsOf === agentViews || !this.#isPlain(text, 'referer', scheme)) this.#run(viewsOf(text), found);
    const hits = found.length === 0 ? NOTHING : found;
    if (text.length > CACHED_LENGTH_MAX) return hits;
    if (cache.size >= CACHED_MAX) {
      for (const oldest of cache.keys()) {
        cache.delete(oldest);
        break;
      }
    }
    cache.set(text, hits);
    return hits;
  }

  /** Adds each rule's first match in these views. */
  #run(views: readonly View[], hits: Hit[]): void {
    const { units, gates, masks } = this.#compiled;
    const words = gates.target.groupWords;
    const open = new Uint32Array(words);
    const done = new Set<CompiledRule>();
    let seen: Set<string> | undefined;
    for (const view of views) {
      const field = fieldBit(view.field);
      const kind = kindBit(view.kind);
      const mask = masks[view.kind][view.field];
      open.fill(this.#gated ? 0 : 0xffffffff);
      if (this.#gated && !gates[partOf(view.field)].scan(view.text, open)) continue;
      let any = 0;
      for (let word = 0; word < words; word += 1) any |= open[word] = (open[word] as number) & (mask[word] as number);
      if (any === 0) continue;
      const key = `${field} ${kind} ${view.json === true} ${view.parameter ?? ''} ${view.text}`;
      seen ??= new Set();
      if (seen.has(key)) continue;
      seen.add(key);
      for (let word = 0; word < words; word += 1) {
        for (let bits = open[word] as number; bits !== 0; bits &= bits - 1) {
          const unit = units[word * 32 + 31 - Math.clz32(bits & -bits)];
          if (unit !== undefined) runUnit(unit, view, field, kind, done, hits);
        }
      }
    }
  }
}

function runUnit(unit: Unit, view: View, field: number, kind: number, done: Set<CompiledRule>, hits: Hit[]): void {
  const put = (target: CompiledRule, start: number, end: number) => {
    if ((target.fields & field) === 0 || (target.kinds & kind) === 0 || done.has(target)) return;
    if (!target.prose && isSearchPhrase(view.text, view.parameter)) return;
    if (!target.search && isSearchParameter(view.parameter)) return;
    done.add(target);
    hits.push({ compiled: target, match: toMatch(target, view, start, end) });
  };
  if (unit.kind === 'regex') {
    if (done.has(unit.target)) return;
    const found = unit.regex.exec(view.text);
    if (found !== null) put(unit.target, found.index, found.index + found[0].length);
    return;
  }
  for (const signal of unit.detector.run(view)) {
    for (const target of unit.targets.get(signal.name) ?? []) put(target, signal.start, signal.end);
  }
}

function toMatch({ rule }: CompiledRule, view: View, start: number, end: number): RuleMatch {
  return {
    rule: rule.id,
    class: rule.class,
    score: rule.score,
    field: view.field,
    ...(view.parameter === undefined ? {} : { parameter: view.parameter }),
    decoded: [...view.decoded],
    excerpt: view.text.slice(start, Math.min(end, start + EXCERPT_MAX)),
    span: [start, end],
  };
}
