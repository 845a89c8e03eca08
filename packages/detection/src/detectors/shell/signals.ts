/** Signals of the shell detector. */
export const SIGNALS = [
  'chained-command',
  'substitution',
  'whole-command',
  'command-prose',
  'obfuscation',
  'function-export',
  'windows-command',
] as const;

/** Notes a signal; the first of each name counts. */
export type Add = (name: (typeof SIGNALS)[number], start: number, end: number) => void;
