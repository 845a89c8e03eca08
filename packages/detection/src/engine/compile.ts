import { DETECTORS } from '../detectors/registry.ts';
import { emptyBits, setBit } from '../gates/bit-set.ts';
import type { GateClauses, LiteralGate } from '../gates/literal-gate.ts';
import { packHash } from '../rules/pack-hash.ts';
import type { RulePack, ViewKind } from '../rules/rule-pack.ts';
import type { Place } from '../views/view.ts';
import { UnitGates, type QuietGates } from './unit-gates.ts';
import { byPlace, fieldBit, kindBit, KINDS, readersOf, type CompiledRule, type Gated, type Unit } from './unit.ts';

export type CompiledRules = {
  units: Unit[];
  /** What a view's text must hold for units to run on it, but for the values of parameters in `named`. */
  gates: Readonly<Record<Place, LiteralGate>>;
  /** The same for text as logged, which few units read: a table of their literals alone, small enough to stay at hand. */
  rawGates: Readonly<Record<Place, LiteralGate>>;
  /** Units that read the values of a parameter whatever they hold, as a bit set, by the parameter's name in lower case. */
  named: ReadonlyMap<string, Uint32Array>;
  quietGates: QuietGates;
  /** Units that read a kind of view at a place, as a bit set over their indexes. */
  masks: Readonly<Record<ViewKind, Readonly<Record<Place, Uint32Array>>>>;
  rules: CompiledRule[];
  version: string;
};

/** Makes packs ready to run: one gate over the literals of all rules, and detectors shared by the rules that name them. */
export function compileRules(packs: readonly RulePack[], shadowPacks: readonly RulePack[]): CompiledRules {
  const rules = [...packs, ...shadowPacks].flatMap((pack, slot) => compiledRules(pack, slot, slot >= packs.length));
  const gated = [...expressions(rules), ...detectors(rules)];
  const units = gated.map(({ unit }) => unit);
  const gates = new UnitGates(gated);
  return {
    units,
    gates: gates.ofPlaces(),
    rawGates: gates.ofRawPlaces(),
    named: namedUnits(gated.map(({ names }) => names)),
    quietGates: gates.ofWholeParts(),
    masks: unitMasks(units),
    rules,
    version: stamp(packs),
  };
}

function compiledRules(pack: RulePack, slot: number, shadow: boolean): CompiledRule[] {
  return pack.rules.map((rule) => ({
    rule,
    pack: pack.pack,
    slot,
    shadow,
    fields: rule.fields.reduce((mask, field) => mask | fieldBit(field), 0),
    prose: rule.prose,
    search: rule.search,
    repository: rule.repository,
    notIn: rule.not_in.length === 0 ? undefined : new Set(rule.not_in),
    kinds: rule.views.reduce((mask, kind) => mask | kindBit(kind), 0),
  }));
}

function expressions(rules: readonly CompiledRule[]): Gated[] {
  return rules.flatMap((target) => {
    const { rule } = target;
    if (!('regex' in rule)) return [];
    const unit: Unit = { kind: 'regex', regex: new RegExp(rule.regex, 'i'), target };
    return [{ unit, clauses: clausesOf(rule.gate, rule.gate_with), names: [] }];
  });
}

function detectors(rules: readonly CompiledRule[]): Gated[] {
  const targetsOf = new Map<string, Map<string, CompiledRule[]>>();
  for (const compiled of rules) {
    const { rule } = compiled;
    if (!('detect' in rule)) continue;
    const [name = '', signal = ''] = rule.detect.split('.');
    const targets = targetsOf.get(name) ?? new Map<string, CompiledRule[]>();
    targetsOf.set(name, targets.set(signal, [...(targets.get(signal) ?? []), compiled]));
  }
  return Array.from(targetsOf, ([name, targets]) => {
    const detector = DETECTORS.get(name);
    if (detector === undefined) throw new Error(`no detector is named ${name}`);
    return {
      unit: { kind: 'detector', detector, targets },
      clauses: clausesOf(detector.gate, detector.gateWith),
      names: detector.gateNames ?? [],
    };
  });
}

function clausesOf(gate: readonly string[], gateWith: readonly string[] | undefined): GateClauses {
  return gateWith === undefined ? [gate] : [gate, gateWith];
}

function namedUnits(namesByUnit: readonly (readonly string[])[]): Map<string, Uint32Array> {
  const named = new Map<string, Uint32Array>();
  for (const [unit, names = []] of namesByUnit.entries())
    for (const name of names) {
      const bits = named.get(name) ?? emptyBits(namesByUnit.length);
      setBit(bits, unit);
      named.set(name, bits);
    }
  return named;
}

function unitMasks(units: readonly Unit[]): CompiledRules['masks'] {
  const maskOf = (kind: ViewKind, place: Place) => {
    const mask = emptyBits(units.length);
    for (const [index, unit] of units.entries()) if (readersOf(unit, place, kind).length > 0) setBit(mask, index);
    return mask;
  };
  return Object.fromEntries(KINDS.map((kind) => [kind, byPlace((place) => maskOf(kind, place))])) as Record<
    ViewKind,
    Record<Place, Uint32Array>
  >;
}

function stamp(packs: readonly RulePack[]): string {
  const names = packs.map((pack) => `${pack.pack}@${pack.version}`).join('+');
  return `${names}#${packHash(packs.map((pack) => pack.hash).join(' ')).slice(0, 8)}`;
}
