import type { RuleMatch } from '@vigil/shared/contracts';
import { queryStart } from '../views/embedded/pairs.ts';
import { percentDecode } from '../views/percent.ts';
import { isRepositoryPage } from '../views/repository-page.ts';
import { isSearchParameter, isSearchPhrase } from '../views/search-phrase.ts';
import type { View } from '../views/view.ts';
import { kindBit, readsPlace, type CompiledRule, type Unit } from './unit.ts';

const EXCERPT_MAX = 200;

/** A match and the rule behind it. */
export type Hit = { readonly compiled: CompiledRule; readonly match: RuleMatch };

/** Adds what a unit finds in a view of rules that have no hit yet; `done` has those that have one. */
export function runUnit(unit: Unit, view: View, done: Set<CompiledRule>, hits: Hit[]): void {
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
