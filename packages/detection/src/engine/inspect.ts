import type { ParsedRequest, RuleMatch } from '@vigil/shared/contracts';
import { MIXED_RUN_MIN, ODD } from '../views/mixed-run.ts';
import type { View } from '../views/view.ts';
import { agentViews, hostViews, refererViews, targetViews } from '../views/views.ts';
import { fieldBit, kindBit, type CompiledRule, type CompiledRules } from './compile.ts';

/** A match and the rule behind it. */
export type Hit = { readonly compiled: CompiledRule; readonly match: RuleMatch };

const NOTHING: readonly Hit[] = Object.freeze([]);
const AGENTS_CACHED_MAX = 4096;
const EXCERPT_MAX = 200;
const PLAIN_METHOD = /^(?:GET|POST|HEAD|OPTIONS|PUT|DELETE|PATCH)$/;

/** Runs compiled rules over requests. `gated: false` runs every rule on every view, which is what the gate is proved against. */
export class Inspector {
  readonly #compiled: CompiledRules;
  readonly #gated: boolean;
  /** Hits by User-Agent, as agents repeat; the oldest goes first. */
  readonly #agents = new Map<string, readonly Hit[]>();

  constructor(compiled: CompiledRules, options: { gated?: boolean } = {}) {
    this.#compiled = compiled;
    this.#gated = options.gated ?? true;
  }

  /** All hits in a request's text; a shared empty list for an ordinary request. */
  hits(request: ParsedRequest): readonly Hit[] {
    const agent = this.#agentHits(request.userAgent);
    const plainTarget = this.#isPlain(request.target) && PLAIN_METHOD.test(request.method);
    const plainReferer = this.#isPlain(request.referer);
    const plainHost = this.#isPlain(request.host);
    if (plainTarget && plainReferer && plainHost) return agent;
    const hits: Hit[] = [...agent];
    if (!plainTarget) this.#run(targetViews(request), hits);
    if (!plainReferer) this.#run(refererViews(request.referer), hits);
    if (!plainHost) this.#run(hostViews(request.host), hits);
    return hits.length === 0 ? NOTHING : hits;
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

  #isPlain(text: string): boolean {
    return text === '' || (this.#gated && this.#compiled.gate.isPlain(text, ODD, MIXED_RUN_MIN));
  }

  #agentHits(agent: string): readonly Hit[] {
    if (agent === '') return NOTHING;
    const known = this.#agents.get(agent);
    if (known !== undefined) return known;
    const found: Hit[] = [];
    this.#run(agentViews(agent), found);
    const hits = found.length === 0 ? NOTHING : found;
    if (this.#agents.size >= AGENTS_CACHED_MAX) {
      for (const oldest of this.#agents.keys()) {
        this.#agents.delete(oldest);
        break;
      }
    }
    this.#agents.set(agent, hits);
    return hits;
  }

  /** Adds each rule's first match in these views. */
  #run(views: readonly View[], hits: Hit[]): void {
    const { units, gate } = this.#compiled;
    const done = new Set<CompiledRule>(hits.map((hit) => hit.compiled));
    const open = new Uint32Array(gate.groupWords);
    const seen = new Set<string>();
    for (const view of views) {
      const field = fieldBit(view.field);
      const kind = kindBit(view.kind);
      const key = `${field} ${kind} ${view.json === true} ${view.text}`;
      if (seen.has(key)) continue;
      seen.add(key);
      if (this.#gated) {
        open.fill(0);
        if (!gate.scan(view.text, open)) continue;
      }
      for (const [index, unit] of units.entries()) {
        if (this.#gated && ((open[index >>> 5] as number) & (1 << (index & 31))) === 0) continue;
        if ((unit.fields & field) === 0) continue;
        if (unit.kind === 'regex') {
          const { target } = unit;
          if ((target.kinds & kind) === 0 || done.has(target)) continue;
          const found = unit.regex.exec(view.text);
          if (found !== null) push(target, view, found.index, found.index + found[0].length);
          continue;
        }
        for (const signal of unit.detector.run(view)) {
          for (const target of unit.targets.get(signal.name) ?? []) {
            if ((target.fields & field) === 0 || (target.kinds & kind) === 0 || done.has(target)) continue;
            push(target, view, signal.start, signal.end);
          }
        }
      }
    }
    function push(target: CompiledRule, view: View, start: number, end: number): void {
      done.add(target);
      hits.push({ compiled: target, match: toMatch(target, view, start, end) });
    }
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
