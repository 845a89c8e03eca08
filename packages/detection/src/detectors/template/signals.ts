/** Signals of the template detector. */
export const SIGNALS = [
  'arithmetic',
  'object-walk',
  'call',
  'special-name',
  'directive',
  'statement',
  'constant',
  'lookup',
  'lookup-nested',
  'placeholder',
  'polyglot',
] as const;
export type Name = (typeof SIGNALS)[number];
