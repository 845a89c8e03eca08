import { withoutCarets } from './cmd.ts';
import { readCommand } from './command.ts';
import { PLAIN } from './vocabulary.ts';
import { VERB, withoutBackticks } from './powershell.ts';
import { RUNNERS } from './posix/commands.ts';
import { withoutEscapes, withoutExpansions } from './posix/expansion.ts';

/** Takes away what shells ignore within a command: `c''at`, `cat$IFS`, `w^h^o^a^m^i`, ``i`e`x``. */
export const deobfuscate = (text: string): string =>
  withoutEscapes(withoutCarets(withoutExpansions(withoutBackticks(text, isKnown))));

/** Whether a command's name only shows once what a shell ignores is gone. */
export function hidesCommand(text: string, plain: string): boolean {
  for (const piece of plain.split(/[;|&\n]{1,4}/, 8)) {
    const name = readCommand(piece)?.name ?? '';
    if (name.length > 2 && (isKnown(name) || VERB.test(name)) && !new RegExp(`\\b${literal(name)}\\b`, 'i').test(text))
      return true;
  }
  return false;
}

const isKnown = (name: string): boolean => PLAIN.has(name) || RUNNERS.has(name);
const literal = (name: string) => name.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&');
