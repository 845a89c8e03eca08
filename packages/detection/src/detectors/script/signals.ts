/** Signals of the script detector. */
export const SIGNALS = [
  'uri',
  'uri-prose',
  'call',
  'call-prose',
  'document',
  'document-name',
  'document-whole',
  'indirect-call',
  'symbol-code',
  'function',
  'data-uri',
] as const;

/** Notes a signal; the first of each name counts. */
export type Add = (name: (typeof SIGNALS)[number], start: number, end: number) => void;
