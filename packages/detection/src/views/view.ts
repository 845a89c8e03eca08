import type { RuleField, ViewKind } from '../rules/rule-pack.ts';

/** A text that detectors read: one field, or a part of it, after some decoding. */
export type View = {
  readonly field: RuleField;
  /** Parameter's name, decoded, where the view is one's name or value. */
  readonly parameter?: string;
  readonly kind: ViewKind;
  /** Decoders applied, outermost first. */
  readonly decoded: readonly string[];
  readonly text: string;
  /** The text is a well-formed JSON document, whose quotes and braces are no evidence. */
  readonly json?: boolean;
  /** The text is a whole query, with all its names and ampersands. */
  readonly isQuery?: boolean;
};
