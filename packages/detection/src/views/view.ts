import type { RuleField, ViewKind } from '../rules/rule-pack.ts';

/**
 * Where a view stands: its field, but for the whole query of a referer or of a URL in another header. As in a target, only rules
 * that read whole queries read that one; for the others the ampersands and names between values would be part of the text.
 */
export type Place = RuleField | 'referer_query' | 'header_query';

/** A text that detectors read: one field, or a part of it, after some decoding. */
export interface View {
  readonly field: RuleField;
  readonly place: Place;
  /** Parameter's name, decoded, where the view is one's name or value. */
  readonly parameter: string | undefined;
  /** Name nearest to the text: of its parameter, or of the field of the document or URL that the parameter holds. */
  readonly name: string | undefined;
  readonly kind: ViewKind;
  /** Decoders applied, outermost first. */
  readonly decoded: readonly string[];
  readonly text: string;
  /** The text is a well-formed JSON document, whose quotes and braces are no evidence. */
  readonly json: boolean;
  /** The text is a whole query, with all its names and ampersands. */
  readonly isQuery: boolean;
}

/** What makes a view; the rest has defaults. */
export interface ViewParts {
  field: RuleField;
  kind: ViewKind;
  decoded: readonly string[];
  text: string;
  parameter?: string | undefined;
  /** The parameter's by default. */
  name?: string | undefined;
  json?: boolean;
  isQuery?: boolean;
}

/** All views are made here: objects of one shape are read several times as fast as those of many. */
export function createView(parts: ViewParts): View {
  const { field, kind, decoded, text, parameter, name = parameter, json = false, isQuery = false } = parts;
  const place = isQuery && (field === 'referer' || field === 'header') ? (`${field}_query` as const) : field;
  return { field, place, parameter, name, kind, decoded, text, json, isQuery };
}

/** The same view but for some parts. */
export function changedView(view: View, changes: Partial<ViewParts>): View {
  const { field = view.field, kind = view.kind, decoded = view.decoded, text = view.text } = changes;
  const { parameter = view.parameter, name = changes.parameter ?? view.name } = changes;
  const { json = view.json, isQuery = view.isQuery } = changes;
  return createView({ field, kind, decoded, text, parameter, name, json, isQuery });
}
