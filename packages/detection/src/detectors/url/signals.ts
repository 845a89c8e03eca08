/** Signals of the URL detector. */
export const SIGNALS = [
  'internal-host',
  'internal-host-callback',
  'metadata-host',
  'encoded-host',
  'rebinding-host',
  'callback-host',
  'obscured-redirect',
  'protocol-relative',
  'user-info',
  'remote-script',
  'remote-include',
  'dotted-tail',
  'off-site',
  'control-split',
] as const;

/** Notes a signal, which spans the whole text. */
export type Add = (name: (typeof SIGNALS)[number]) => void;
