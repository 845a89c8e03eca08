import type { Detector } from '../detectors/detector.ts';
import { DETECTORS } from '../detectors/registry.ts';
import { LiteralGate } from '../rules/aho-corasick.ts';
import { hashText } from '../rules/hash-text.ts';
import { ruleFieldSchema, type Rule, type RuleField, type RulePack, type ViewKind } from '../rules/rule-pack.ts';

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
};

/** What runs over a view when its gate opens: one expression, or a detector with the rules that its signals feed. */
export type Unit =
  | { readonly kind: 'regex'; readonly regex: RegExp; readonly target: CompiledRule; readonly fields: number }
  | {
      readonly kind: 'detector';
      readonly detector: Detector;
      readonly targets: ReadonlyMap<string, readonly CompiledRule[]>;
      readonly fields: number;
    };

/** Parts of a request that are gated apart, as their rules and their ordinary texts differ. */
export type GatedPart = 'target' | 'referer' | 'user_agent' | 'host';

export type CompiledRules = {
  units: Unit[];
  gates: Readonly<Record<GatedPart, LiteralGate>>;
  /**
   * The same for text as logged, without the ampersand: there it parts parameters, and a rule sees one in a value only where it was
   * encoded.
   */
  plainGates: Readonly<Record<GatedPart, LiteralGate>>;
  /** Units that read a kind of view of a field, as a bit set over their indexes. */
  masks: Readonly<Record<ViewKind, Readonly<Record<RuleField, Uint32Array>>>>;
  rules: CompiledRule[];
  version: string;
};

/** What the stand-ins of a pack's gates mean to `LiteralGate`. */
const STAND_INS = new Map([
  ['<space>', [' ', '\0']],
  ['<non-ascii>', ['\u0080']],
]);

const FIELDS: readonly RuleField[] = ruleFieldSchema.options;
const KINDS: ViewKind[] = ['raw', 'decoded', 'unescaped', 'embedded'];

/** Bit of a field in a rule's mask. */
export const fieldBit = (field: RuleField): number => 1 << FIELDS.indexOf(field);
/** Bit of a view's kind in a rule's mask. */
export const kindBit = (kind: ViewKind): number => 1 << KINDS.indexOf(kind);

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
        kinds: rule.views.reduce((mask, kind) => mask | kindBit(kind), 0),
      });
    }
  }
  const units: Unit[] = [];
  const texts: (readonly string[])[] = [];
  const byDetector = new Map<string, Map<string, CompiledRule[]>>();
  for (const compiled of rules) {
    const { rule } = compiled;
    if ('regex' in rule) {
      texts.push(rule.gate.flatMap((text) => STAND_INS.get(text) ?? text));
      units.push({ kind: 'regex', regex: new RegExp(rule.regex, 'i'), target: compiled, fields: compiled.fields });
    } else {
      const [name = '', signal = ''] = rule.detect.split('.');
      const signals = byDetector.get(name) ?? new Map<string, CompiledRule[]>();
      byDetector.set(name, signals.set(signal, [...(signals.get(signal) ?? []), compiled]));
    }
  }
  for (const [name, targets] of byDetector) {
    const detector = DETECTORS.get(name);
    if (detector === undefined) throw new Error(`no detector is named ${name}`);
    texts.push(detector.gate);
    const fields = [...targets.values()].flat().reduce((mask, compiled) => mask | compiled.fields, 0);
    units.push({ kind: 'detector', detector, targets, fields });
  }
  const gateOf = (fields: readonly RuleField[], ampersand = true) => {
    const mask = fields.reduce((bits, field) => bits | fieldBit(field), 0);
    const literals = new Map<string, number[]>();
    for (const [index, unit] of units.entries()) {
      if ((unit.fields & mask) === 0) continue;
      for (const text of texts[index] ?? [])
        if (ampersand || text !== '&') literals.set(text, [...(literals.get(text) ?? []), index]);
    }
    return new LiteralGate(literals, units.length);
  };
  const gatesOf = (ampersand: boolean) => ({
    target: gateOf(
      FIELDS.filter((field) => partOf(field) === 'target'),
      ampersand,
    ),
    referer: gateOf(['referer'], ampersand),
    user_agent: gateOf(['user_agent'], ampersand),
    host: gateOf(['host'], ampersand),
  });
  return {
    units,
    gates: gatesOf(true),
    plainGates: gatesOf(false),
    masks: unitMasks(units),
    rules,
    version: stamp(packs),
  };
}

function unitMasks(units: readonly Unit[]): CompiledRules['masks'] {
  const wanted = (unit: Unit, kind: ViewKind, field: RuleField) =>
    (unit.kind === 'regex' ? [unit.target] : [...unit.targets.values()].flat()).some(
      (rule) => (rule.kinds & kindBit(kind)) !== 0 && (rule.fields & fieldBit(field)) !== 0,
    );
  const maskOf = (kind: ViewKind, field: RuleField) => {
    const mask = new Uint32Array(Math.max(1, Math.ceil(units.length / 32)));
    for (const [index, unit] of units.entries()) {
      if (wanted(unit, kind, field)) mask[index >>> 5] = (mask[index >>> 5] ?? 0) | (1 << (index & 31));
    }
    return mask;
  };
  const byField = (kind: ViewKind) =>
    Object.fromEntries(FIELDS.map((field) => [field, maskOf(kind, field)])) as Record<RuleField, Uint32Array>;
  return Object.fromEntries(KINDS.map((kind) => [kind, byField(kind)])) as Record<
    ViewKind,
    Record<RuleField, Uint32Array>
  >;
}

/** The part that a field is gated with. */
export function partOf(field: RuleField): GatedPart {
  return field === 'referer' || field === 'user_agent' || field === 'host' ? field : 'target';
}

function stamp(packs: readonly RulePack[]): string {
  const names = packs.map((pack) => `${pack.pack}@${pack.version}`).join('+');
  return `${names}#${hashText(packs.map((pack) => pack.hash).join(' ')).slice(0, 8)}`;
}
