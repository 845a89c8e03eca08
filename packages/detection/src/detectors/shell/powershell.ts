import { words } from '../../text/words.ts';
import type { Names } from './names.ts';

/** PowerShell itself, and the short names that it has for its commands. */
export const POWERSHELL: Names = {
  plain: words('powershell pwsh iwr iex iwmi gwmi rwmi gci saps sasv ipmo sajb'),
  wordy: words('export-csv irm icm gps'),
};
