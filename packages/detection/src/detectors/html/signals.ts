/** Signals of the HTML detector. */
export const SIGNALS = [
  'script-tag',
  'event-handler',
  'active-tag',
  'markup-tag',
  'link-tag',
  'plain-tag',
  'raw-text-close',
  'comment',
  'instruction',
  'style-code',
  'attribute-break-out',
  'handler-break-out',
  'style-break-out',
  'doubled-marker',
] as const;

export type Name = (typeof SIGNALS)[number];

/** Notes a signal; the first of each name counts. */
export type Add = (name: Name, start: number, end: number) => void;
