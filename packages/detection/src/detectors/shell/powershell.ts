import { words } from '../../text/words.ts';
import type { Names } from './names.ts';

/** PowerShell itself, and the short names that it has for its commands. */
export const POWERSHELL: Names = {
  plain: words('powershell pwsh iwr iex iwmi gwmi rwmi gci saps sasv ipmo sajb'),
  wordy: words('export-csv irm icm gps'),
};

/** A command by a verb and what it does that to, as in `Invoke-Expression`. */
export const VERB = /^(?:add|clear|copy|get|import|invoke|new|out|remove|set|start|stop|test|write)-[a-z]{3,24}$/i;

/** A word with backticks in it. */
const ESCAPED = /(?<![\w`])`?[a-z-]{1,24}(?:`[a-z-]{1,24}){1,24}(?![\w`])/gi;

/** The text without backticks in names of commands, which this shell drops: ``i`e`x``. In other words they are apostrophes or quotes. */
export function withoutBackticks(text: string, isCommand: (name: string) => boolean): string {
  if (!text.includes('`')) return text;
  return text.replace(ESCAPED, (word) => {
    const name = word.replaceAll('`', '');
    return name.length > 2 && (VERB.test(name) || isCommand(name.toLowerCase())) ? name : word;
  });
}
