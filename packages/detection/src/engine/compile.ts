import type { Detector } from '../detectors/detector.ts';
import { DETECTORS } from '../detectors/registry.ts';
import { emptyBits, setBit } from '../gates/bit-set.ts';
import { packHash } from '../rules/pack-hash.ts';
import { LiteralGate, LiteralTable, type GateClauses } from '../gates/literal-gate.ts';
import { ruleFieldSchema, type Rule, type RuleField, type RulePack, type ViewKind } from '../rules/rule-pack.ts';
import type { Place } from '../views/view.ts';

/** A rule made ready to run. `slot` numbers the packs: active ones first, then shadow packs. */
export type CompiledRule = {
  readonly rule: Rule;
  readonly pack: string;
  readonly slot: number;
  readonly shadow: boolean;
  readonly fields: number;
  readonly kinds: number;
  /** Whether it also counts on text that reads like a search phrase. */
  readonly prose: boolean;
  /** Whether it also counts in a parameter that people search with. */
  readonly search: boolean;
  /** Whether it also counts on the pages of a code repository. */
  readonly repository: boolean;
};

/** What runs over a view when its gate opens: one expression, or a detector with the rules that its signals feed. */
export type Unit =
  | { readonly kind: 'regex'; readonly regex: RegExp; readonly target: CompiledRule }
  | {
      readonly kind: 'detector';
      readonly detector: Detector;
      readonly targets: ReadonlyMap<string, readonly CompiledRule[]>;
    };

/** Places that are gated together, as the same rules read them. */
type GatedPart = 'path' | 'query' | 'parameter' | 'referer' | 'user_agent' | 'host' | 'header' | 'request_line';

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

/**
 * Gates over whole parts of a request, before these are taken apart into views. Those named `raw` hold what reads text as logged,
 * `agentExpressions` what reads agents and is no detector.
 */
export type QuietGates = Readonly<
  Record<
    | 'path'
    | 'query'
    | 'targetRaw'
    | 'referer'
    | 'refererRaw'
    | 'host'
    | 'hostRaw'
    | 'header'
    | 'headerRaw'
    | 'agentExpressions',
    LiteralGate
  >
>;

const FIELDS: readonly RuleField[] = ruleFieldSchema.options;
const PLACES: readonly Place[] = [...FIELDS, 'referer_query', 'header_query'];
const PART_OF: Readonly<Record<Place, GatedPart>> = {
  method: 'request_line',
  request_line: 'request_line',
  path: 'path',
  query: 'query',
  referer_query: 'query',
  header_query: 'query',
  param_name: 'parameter',
  param_value: 'parameter',
  referer: 'referer',
  user_agent: 'user_agent',
  host: 'host',
  header: 'header',
  remote_user: 'header',
};
const KIND_BITS: Readonly<Record<ViewKind, number>> = { raw: 1, decoded: 2, unescaped: 4, embedded: 8 };
const KINDS = Object.keys(KIND_BITS) as ViewKind[];

/** Bit of a field in a rule's mask. */
const fieldBit = (field: RuleField): number => 1 << FIELDS.indexOf(field);
/** Bit of a view's kind in a rule's mask. */
export const kindBit = (kind: ViewKind): number => KIND_BITS[kind];
/** Bits that a rule's mask of fields must have for the rule to read a place. */
const PLACE_BITS = byPlace((place) => {
  if (place === 'referer_query') return fieldBit('referer') | fieldBit('query');
  if (place === 'header_query') return fieldBit('header') | fieldBit('query');
  return fieldBit(place);
});

/** Makes packs ready to run: one gate over the literals of all rules, and detectors shared by the rules that name them. */
export function compileRules(packs: readonly RulePack[], shadowPacks: readonly RulePack[]): CompiledRules {
  const rules: CompiledRule[] = [];
  for (const [slot, pack] of [...packs, ...shadowPacks].entries()) {
    for (const rule of pack.rules) {
      rules.push({
        rule,
        pack: pack.pack,
        slot,
        shadow: slot >= packs.length,
        fields: rule.fields.reduce((mask, field) => mask | fieldBit(field), 0),
        prose: rule.prose,
        search: rule.search,
        repository: rule.repository,
        kinds: rule.views.reduce((mask, kind) => mask | kindBit(kind), 0),
      });
    }
  }
  const units: Unit[] = [];
  const clauses: GateClauses[] = [];
  const names: (readonly string[])[] = [];
  const byDetector = new Map<string, Map<string, CompiledRule[]>>();
  for (const compiled of rules) {
    const { rule } = compiled;
    if ('regex' in rule) {
      clauses.push(clausesOf(rule.gate, rule.gate_with));
      units.push({ kind: 'regex', regex: new RegExp(rule.regex, 'i'), target: compiled });
    } else {
      const [name = '', signal = ''] = rule.detect.split('.');
      const signals = byDetector.get(name) ?? new Map<string, CompiledRule[]>();
      byDetector.set(name, signals.set(signal, [...(signals.get(signal) ?? []), compiled]));
    }
  }
  for (const [name, targets] of byDetector) {
    const detector = DETECTORS.get(name);
    if (detector === undefined) throw new Error(`no detector is named ${name}`);
    clauses.push(clausesOf(detector.gate, detector.gateWith));
    names[units.length] = detector.gateNames ?? [];
    units.push({ kind: 'detector', detector, targets });
  }
  const namesOf = (unit: number) => (names[unit] ?? []).map((name) => `${name}=`);
  const table = new LiteralTable([...clauses.flat(2), ...[...units.keys()].flatMap(namesOf)]);
  const readsRaw = (unit: Unit) => PLACES.some((place) => readersOf(unit, place, 'raw').length > 0);
  const rawTable = new LiteralTable(clauses.filter((_, index) => readsRaw(units[index] as Unit)).flat(2));
  const gateOf = (
    places: readonly Place[],
    options: {
      kind?: ViewKind;
      ampersand?: boolean;
      isWhole?: boolean;
      only?: Unit['kind'];
      literals?: LiteralTable;
    } = {},
  ) => {
    const { kind, ampersand = false, isWhole = false, only, literals: of = table } = options;
    const reads = (unit: Unit) => places.some((place) => readersOf(unit, place, kind).length > 0);
    const reachesAcross = (unit: Unit | undefined) => readersOf(unit, 'query').length > 0;
    const own = units.map((unit, index) => {
      const isIn = only === undefined || unit.kind === only;
      const literals = isIn && reads(unit) ? (clauses[index] ?? []) : [];
      // A parameter holds an encoded ampersand at most, at which a gate is not quiet anyway.
      const across = reachesAcross(unit);
      const canOccur = (text: string) => ampersand || (across ? text !== '&' : !text.includes('&'));
      return literals.map((clause) => clause.filter(canOccur));
    });
    // A name opens with the sign behind it, which those that read its value do not see.
    const named = units.flatMap((unit, index) => {
      const texts = isWhole && reads(unit) ? namesOf(index) : [];
      return texts.length > 0 ? [[texts]] : [];
    });
    return new LiteralGate(of, [...own, ...named], (index) => index >= units.length || reachesAcross(units[index]));
  };
  const partGates = new Map<GatedPart, LiteralGate>();
  const rawPartGates = new Map<GatedPart, LiteralGate>();
  for (const part of new Set(Object.values(PART_OF))) {
    // In a whole query an ampersand parts parameters; elsewhere it is part of the text.
    const places = PLACES.filter((place) => PART_OF[place] === part);
    const ampersand = part !== 'query';
    partGates.set(part, gateOf(places, { ampersand }));
    rawPartGates.set(part, gateOf(places, { ampersand, kind: 'raw', literals: rawTable }));
  }
  const query: Place[] = ['query', 'param_name', 'param_value'];
  return {
    units,
    gates: byPlace((place) => partGates.get(PART_OF[place]) as LiteralGate),
    rawGates: byPlace((place) => rawPartGates.get(PART_OF[place]) as LiteralGate),
    named: namedUnits(names),
    quietGates: {
      path: gateOf(['path']),
      query: gateOf(query, { isWhole: true }),
      targetRaw: gateOf(['path', ...query], { kind: 'raw' }),
      referer: gateOf(['referer'], { isWhole: true }),
      refererRaw: gateOf(['referer'], { kind: 'raw' }),
      host: gateOf(['host']),
      hostRaw: gateOf(['host'], { kind: 'raw' }),
      header: gateOf(['header', 'remote_user']),
      headerRaw: gateOf(['header', 'remote_user'], { kind: 'raw' }),
      agentExpressions: gateOf(['user_agent'], { ampersand: true, only: 'regex' }),
    },
    masks: unitMasks(units),
    rules,
    version: stamp(packs),
  };
}

/** Rules of a unit that read a place, of a kind of view where one is given. */
function readersOf(unit: Unit | undefined, place: Place, kind?: ViewKind): readonly CompiledRule[] {
  if (unit === undefined) return [];
  const rules = unit.kind === 'regex' ? [unit.target] : [...unit.targets.values()].flat();
  return rules.filter((rule) => readsPlace(rule, place) && (kind === undefined || (rule.kinds & kindBit(kind)) !== 0));
}

/** Whether a rule reads a place. */
export function readsPlace({ fields }: CompiledRule, place: Place): boolean {
  const wanted = PLACE_BITS[place];
  return (fields & wanted) === wanted;
}

function byPlace<T>(make: (place: Place) => T): Record<Place, T> {
  return Object.fromEntries(PLACES.map((place) => [place, make(place)])) as Record<Place, T>;
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
