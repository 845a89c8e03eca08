import { anyOf, anyWord, pattern } from '../../text/regex.ts';
import { words } from '../../text/words.ts';
import type { Names } from './names.ts';

/** Commands of Windows, as its first shell has them. */
export const CMD: Names = {
  plain: words(`ipconfig tracert systeminfo tasklist cmd certutil bitsadmin wmic rundll32 mshta regsvr32
    cscript wscript ver vol
    bcdboot bcdedit certreq chkdsk cmdkey cmstp diskpart driverquery esentutl findstr forfiles getmac msiexec msbuild installutil
    nltest ntdsutil winget pcalua pnputil psexec qprocess quser qwinsta regedit regsvcs regasm robocopy runas secedit setx sfc takeown taskkill
    vssadmin wbadmin wevtutil winrm winrs xcopy xwizard odbcconf mavinject presentationhost ieexec`),
  wordy: words('dir net reg start copy move del attrib cacls icacls fsutil sc schtasks assoc netsh'),
};

/** Folders of programs. */
export const FOLDER = /c:[\\/](?:windows|winnt)[\\/](?:system32[\\/])?|%systemroot%[\\/](?:system32[\\/])?/i;

/** What tools of administration do, by their first argument. */
export const ADMINISTERS: Readonly<Record<string, RegExp>> = {
  net: /^(?:user|view|localgroup|group|share|use|start|stop|accounts|config)$/i,
  netsh: /^(?:(?:adv)?firewall|interface|int|wlan|winhttp|trace)$/i,
};

/** What WMI is asked for on the command line. */
export const WMI_ALIAS = pattern`^${anyOf(
  anyWord('process os service computersystem useraccount sysaccount product qfe logicaldisk startup bios cpu'),
  /nic\w{0,6}/i,
  anyWord('share group netuse ntdomain environment job volume diskdrive'),
  /\/(?:node|user|namespace):\S{1,80}/i,
)}$`;

/** The text without carets, which this shell drops: `w^h^o^a^m^i`. */
export function withoutCarets(text: string): string {
  if (!text.includes('^')) return text;
  return text
    .replace(/@?(?:\^?[a-z]{1,2}\^){2,12}[a-z]/gi, (word) => word.replace(/[@^]/g, ''))
    .replace(/(?<=[a-z])\^(?=[a-z]{2})/gi, '');
}

/** Whether a command administers accounts or the registry. */
export function administers(name: string, args: readonly string[], text: string): boolean {
  const [first = ''] = args;
  if (name === 'net')
    return (
      /^(?:user|view|localgroup|group|share|accounts)$/i.test(first) &&
      (args.length === 1 || args.some((arg) => /^\/\w/.test(arg)))
    );
  return name === 'reg' && /^(?:add|query|delete|save|export)$/i.test(first) && /hk(?:lm|cu|ey)/i.test(text);
}
