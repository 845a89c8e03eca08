import { readCommand } from './command.ts';
import { PLAIN, WORDY } from './vocabulary.ts';
import type { Add } from './signals.ts';

/** What drops the rest of the line that a command was put into: a comment, in a shell or in a batch file. */
const CUT = /\s#\s{0,4}$|[&|]\s{0,4}rem[\s;,]{0,4}$/i;
/** What a command is parted from the text before it with: an open string is closed, a statement ended. */
const OPENING = /^\s{0,4}["']?\s{0,4}[;|&]{0,2}\s{0,4}/;

/** A command that drops the rest of the line by its end: its arguments may be any words. */
export function readCut(plain: string, add: Add): void {
  const cut = CUT.exec(plain);
  if (cut === null) return;
  const opening = OPENING.exec(plain)?.[0] ?? '';
  const command = readCommand(plain.slice(opening.length, cut.index));
  if (command === undefined || command.args.length > 8) return;
  const { name, args } = command;
  const isCommand = PLAIN.has(name) || (WORDY.has(name) && args.length > 0);
  const isRun = opening.trim() !== '' || /^[&|]rem/i.test(cut[0]) || args[0]?.startsWith('>') === true;
  if (isCommand && isRun) add('chained-command', 0, plain.length);
}
