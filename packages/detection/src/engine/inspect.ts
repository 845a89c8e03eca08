import { MEDIUM_SCORE_MIN, type ParsedRequest } from '@vigil/shared/contracts';
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
import { Memory } from './memory.ts';
import { QuietTexts } from './quiet-texts.ts';
import { QuietTest } from './quiet.ts';
import { runUnit, type Hit } from './run-unit.ts';
import type { CompiledRule } from './unit.ts';

const NOTHING: readonly Hit[] = Object.freeze([]);

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
    const { referer, userAgent, host, target } = request;
    const gated = this.#gated;
    const quiet = this.#quiet;
    const inAgent = userAgent === '' ? NOTHING : this.#agentHits(userAgent);
    const isRefererQuiet = referer === '' || (gated && quiet.referer(referer, 0, referer.length));
    const inReferer = isRefererQuiet ? NOTHING : ledBy(referer, target, this.#refererHits(referer));
    const isTargetQuiet = gated && PLAIN_METHODS.has(request.method) && quiet.target(target, 0, target.length);
    const isHostQuiet = host === '' || (gated && quiet.host(host, 0, host.length));
    const inHost = isHostQuiet ? NOTHING : this.#hostHits(host);
    const inOthers = this.#otherHits(request);
    if (isTargetQuiet && inHost === NOTHING && inOthers === NOTHING) {
      if (inReferer === NOTHING) return inAgent;
      if (inAgent === NOTHING) return inReferer;
    }
    const hits: Hit[] = [];
    if (!isTargetQuiet) this.#run(targetViews(request), hits);
    const further = inHost.length + inReferer.length + inAgent.length + inOthers.length;
    if (further === 0) return hits.length === 0 ? NOTHING : hits;
    const found = new Set(hits.map((hit) => hit.compiled));
    for (const hit of [...inHost, ...inReferer, ...inAgent, ...inOthers]) {
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
