import type { Detector } from '../detectors/detector.ts';
import type { GateClauses } from '../gates/literal-gate.ts';
import { ruleFieldSchema, type Rule, type RuleField, type ViewKind } from '../rules/rule-pack.ts';
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
  /** Parameters in which it does not count; none for most rules. */
  readonly notIn: ReadonlySet<string> | undefined;
};

/** What runs over a view when its gate opens: one expression, or a detector with the rules that its signals feed. */
export type Unit =
  | { readonly kind: 'regex'; readonly regex: RegExp; readonly target: CompiledRule }
  | {
      readonly kind: 'detector';
      readonly detector: Detector;
      readonly targets: ReadonlyMap<string, readonly CompiledRule[]>;
    };

/** What a text must hold for a unit to find something in it. */
export type Gated = {
  readonly unit: Unit;
  readonly clauses: GateClauses;
  /** Parameters, in lower case, whose values it reads whatever they hold. */
  readonly names: readonly string[];
};

const FIELDS: readonly RuleField[] = ruleFieldSchema.options;
/** Where views stand. */
export const PLACES: readonly Place[] = [...FIELDS, 'referer_query', 'header_query'];
const KIND_BITS: Readonly<Record<ViewKind, number>> = { raw: 1, decoded: 2, unescaped: 4, embedded: 8 };
export const KINDS = Object.keys(KIND_BITS) as ViewKind[];

/** Bit of a field in a rule's mask. */
export const fieldBit = (field: RuleField): number => 1 << FIELDS.indexOf(field);
/** Bit of a view's kind in a rule's mask. */
export const kindBit = (kind: ViewKind): number => KIND_BITS[kind];
/** Bits that a rule's mask of fields must have for the rule to read a place. */
const PLACE_BITS = byPlace((place) => {
  if (place === 'referer_query') return fieldBit('referer') | fieldBit('query');
  if (place === 'header_query') return fieldBit('header') | fieldBit('query');
  return fieldBit(place);
});

/** Rules of a unit that read a place, of a kind of view where one is given. */
export function readersOf(unit: Unit, place: Place, kind?: ViewKind): readonly CompiledRule[] {
  const rules = unit.kind === 'regex' ? [unit.target] : [...unit.targets.values()].flat();
  return rules.filter((rule) => readsPlace(rule, place) && (kind === undefined || (rule.kinds & kindBit(kind)) !== 0));
}

/** Whether a rule reads a place. */
export function readsPlace({ fields }: CompiledRule, place: Place): boolean {
  const wanted = PLACE_BITS[place];
  return (fields & wanted) === wanted;
}

/** What `make` gives for each place. */
export function byPlace<T>(make: (place: Place) => T): Record<Place, T> {
  return Object.fromEntries(PLACES.map((place) => [place, make(place)])) as Record<Place, T>;
}
