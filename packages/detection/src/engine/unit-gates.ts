import { LiteralGate, LiteralTable } from '../gates/literal-gate.ts';
import type { ViewKind } from '../rules/rule-pack.ts';
import { HEXADECIMAL_SIGNS } from '../views/embedded/hexadecimal.ts';
import type { Place } from '../views/view.ts';
import { byPlace, PLACES, readersOf, type Gated, type Unit } from './unit.ts';

/** Places that are gated together, as the same rules read them. */
type GatedPart = 'path' | 'query' | 'parameter' | 'referer' | 'user_agent' | 'host' | 'header' | 'request_line';

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

/** Which gates a `UnitGates` gives. */
type GateOptions = {
  /** Of views of one kind alone. */
  kind?: ViewKind;
  /** Ampersands are part of the text, and part no parameters. */
  ampersand?: boolean;
  /** The text holds parameters with their names. */
  isWhole?: boolean;
  /** The text may hold values that are decoded from digits. */
  isDecoded?: boolean;
  /** Units of one kind alone. */
  only?: Unit['kind'];
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

/** Makes the gates of units: over the views at a place, and over whole parts of a request. */
export class UnitGates {
  readonly #units: readonly Gated[];
  readonly #table: LiteralTable;

  constructor(units: readonly Gated[]) {
    this.#units = units;
    const literals = units.flatMap(({ clauses }) => clauses.flat());
    const names = units.flatMap((unit) => unit.names.map(asWritten));
    this.#table = new LiteralTable([...literals, ...names, ...HEXADECIMAL_SIGNS]);
  }

  /** What a view's text must hold for units to run on it, but for the values of parameters that they read whatever these hold. */
  ofPlaces(): Record<Place, LiteralGate> {
    return this.#byPart({}, this.#table);
  }

  /** The same for text as logged, which few units read: over a table of their literals alone, small enough to stay at hand. */
  ofRawPlaces(): Record<Place, LiteralGate> {
    const readers = this.#units.filter(({ unit }) => PLACES.some((place) => readersOf(unit, place, 'raw').length > 0));
    return this.#byPart({ kind: 'raw' }, new LiteralTable(readers.flatMap(({ clauses }) => clauses.flat())));
  }

  /** What a whole part of a request must hold for any unit to find something in it. */
  ofWholeParts(): QuietGates {
    const query: Place[] = ['query', 'param_name', 'param_value'];
    return {
      path: this.#over(['path'], { isDecoded: true }),
      query: this.#over(query, { isWhole: true, isDecoded: true }),
      targetRaw: this.#over(['path', ...query], { kind: 'raw' }),
      referer: this.#over(['referer'], { isWhole: true, isDecoded: true }),
      refererRaw: this.#over(['referer'], { kind: 'raw' }),
      host: this.#over(['host']),
      hostRaw: this.#over(['host'], { kind: 'raw' }),
      header: this.#over(['header', 'remote_user']),
      headerRaw: this.#over(['header', 'remote_user'], { kind: 'raw' }),
      agentExpressions: this.#over(['user_agent'], { ampersand: true, only: 'regex' }),
    };
  }

  #byPart(options: GateOptions, table: LiteralTable): Record<Place, LiteralGate> {
    const gates = new Map<GatedPart, LiteralGate>();
    for (const part of new Set(Object.values(PART_OF))) {
      const places = PLACES.filter((place) => PART_OF[place] === part);
      // In a whole query an ampersand parts parameters; elsewhere it is part of the text.
      gates.set(part, this.#over(places, { ...options, ampersand: part !== 'query' }, table));
    }
    return byPlace((place) => gates.get(PART_OF[place]) as LiteralGate);
  }

  #over(places: readonly Place[], options: GateOptions = {}, table = this.#table): LiteralGate {
    const { kind, ampersand = false, isWhole = false, isDecoded = false, only } = options;
    const isIn = (unit: Unit) =>
      (only === undefined || unit.kind === only) && places.some((place) => readersOf(unit, place, kind).length > 0);
    const own = this.#units.map(({ unit, clauses }) => {
      // A parameter holds an encoded ampersand at most, at which a gate is not quiet anyway.
      const across = reachesAcross(unit);
      const canOccur = (text: string) => ampersand || (across ? text !== '&' : !text.includes('&'));
      return isIn(unit) ? clauses.map((clause) => clause.filter(canOccur)) : [];
    });
    // A name opens with the sign behind it, which those that read its value do not see.
    const named = this.#units
      .filter(({ unit, names }) => isWhole && names.length > 0 && isIn(unit))
      .map(({ names }) => [names.map(asWritten)]);
    const decoded = isDecoded ? [[HEXADECIMAL_SIGNS]] : [];
    const acrossAt = (index: number) =>
      index >= this.#units.length || reachesAcross((this.#units[index] as Gated).unit);
    return new LiteralGate(table, [...own, ...named, ...decoded], acrossAt);
  }
}

/** A parameter's name as it stands in a query. */
const asWritten = (name: string): string => `${name}=`;

/** Whether a unit reads whole queries. */
const reachesAcross = (unit: Unit): boolean => readersOf(unit, 'query').length > 0;
