import { anyOf, anyWord, pattern } from '../text/regex.ts';
import { isLogQuery, isSearchParameter } from '../views/search-phrase.ts';
import type { View } from '../views/view.ts';
import { Found, type Detector, type Signal } from './detector.ts';
import { HintedAny } from './hinted.ts';

const SIGNALS = [
  'chained-command',
  'substitution',
  'whole-command',
  'command-prose',
  'obfuscation',
  'function-export',
  'windows-command',
] as const;

const words = (text: string) => text.trim().split(/\s+/);
/** Commands that are no English words: after a separator they need no argument. */
const PLAIN = new Set(
  words(`ls pwd whoami uname ifconfig ipconfig netstat wget curl nslookup traceroute tracert netcat ncat nc bash zsh ksh csh dash
    chmod chown chgrp mkdir rmdir ps printenv systeminfo tasklist powershell pwsh cmd certutil bitsadmin wmic rundll32 mshta regsvr32
    cscript wscript lsof crontab iptables passwd sudo awk gawk sed grep egrep xargs base64 xxd python python2 python3 perl ruby php node
    telnet ssh scp sftp tftp ftp ftpget rsync tar gunzip unzip dig hostname phpinfo sysinfo id dmesg lsb_release nproc sh busybox
    aptitude useradd usermod adduser groups mysql mysqldump psql sqlite3 ping ping6 rm mv cp ln dd ver vol nmap socat gcc apt-get yum echo env
    zcat bzcat xzcat lzcat zstdcat bunzip2 unxz bsdtar busybox strace tcpdump gdb luajit tclsh mkfifo mknod ionice unshare chroot nsenter
    doas pkexec visudo systemctl journalctl dpkg apk dnf kubectl openssl gpg ssh-keygen ssh-keyscan aria2c lynx w3m wget2 lftp rclone
    smbclient ldapsearch redis-cli hping3 arp fuser pgrep pkill pidof getent logname hostnamectl lscpu lsblk lspci lsusb dmidecode fdisk
    base32 md5sum sha1sum sha256sum perf pip pip3 setarch sudoedit nslookup mawk nawk pdksh lwp-download fetch rvim zsoelim
    cpulimit flock chrt taskset runcon ltrace cscli ansible-config ansible-console ansible-doc
    ansible-galaxy ansible-inventory ansible-playbook ansible-pull ansible-vault chef-client chef-run chef-shell chef-solo chef-vault
    salt-call salt-ssh rmt-dump rmt-tar
    bcdboot bcdedit certreq chkdsk cmdkey cmstp diskpart driverquery esentutl findstr forfiles getmac msiexec msbuild installutil
    nltest ntdsutil winget pcalua pnputil psexec qprocess quser qwinsta regedit regsvcs regasm robocopy runas secedit setx sfc takeown taskkill
    vssadmin wbadmin wevtutil winrm winrs xcopy xwizard odbcconf mavinject presentationhost ieexec
    iwr iex iwmi gwmi rwmi gci saps sasv ipmo sajb`),
);
/** Commands that are words too: they need an argument that only a command has. */
const WORDY = new Set(
  words(`cat dir type more less head tail sort find test set net reg cut tee date time who w last kill killall host file which
    touch start sleep exit copy move del print printf eval exec source export export-csv service mail man make tac nl od rev strings
    top uptime true false wall write look history finger attrib cacls icacls fsutil sc schtasks assoc help expr dash split paste join
    diff mount df du free read shutdown reboot halt init iconv hexdump locate watch screen nohup timeout jobs alias lp vi vim nano ed
    trap irm icm gps netsh`),
);
/** Wordy commands that attackers run without arguments. */
const PROBES = new Set(words('dir set who w top reboot halt poweroff uptime history env true false df'));
/** Commands that run the command in their arguments. */
const RUNNERS = new Set(
  words('time sudo nohup exec command nice timeout env xargs busybox doas setsid stdbuf builtin strace ltrace'),
);

/** What tools of administration do or do it to, by their first argument. */
const ADMINISTERS: Readonly<Record<string, RegExp>> = {
  net: /^(?:user|view|localgroup|group|share|use|start|stop|accounts|config)$/i,
  killall: /^(?:-\w{1,8}|[a-z]{2,14}d|nginx|apache2?|node|java|python\d?|php\S{0,8})$/i,
  service: /^(?:[a-z]{2,14}d|nginx|apache2?|mysql|ssh)$/i,
  netsh: /^(?:(?:adv)?firewall|interface|int|wlan|winhttp|trace)$/i,
};
/** Commands that only show what is in a file. */
const SHOWS = new Set(words('cat tac type more less head tail nl od strings rev'));
/** A file that holds what a site keeps to itself, by the end of its name. */
const KEPT_FILE = /^[\w./\\-]{0,80}\.(?:php\d?|txt|env|key|pem|aspx?|jspx?|log|inc|bak|conf|ini|cfg|sh|py|rb|pl)$/i;
/** Tools of administration by names in two parts, which are no words whatever follows them. */
const COMPOUND = /^(?:ansible|chef|salt|rmt)-[a-z]{3,10}$/;
/** What joins the words of a sentence, and no arguments. */
const JOINT = /^(?:an?|and|as|at|for|from|how|in|is|not|of|on|or|the|to|using|vs|with|without)$/i;
/** What an alias stands for. */
const ALIASED = /^(?:-?\w{1,4} )?["']?[\w.-]{1,24}["']? ?=\S/;
/** Commands of two letters, too short to be told from words elsewhere. */
const SHORT = new Set(words('id ls sh ps su'));
/** Commands that a number alone is something to: `top 20`, `type 0` and `rm 12` are none. */
const TAKES_NUMBERS = new Set(
  words('sleep ping kill nc head tail exit timeout chmod echo expr print printf seq init shutdown wait'),
);
/** Programs that wait for a script when they are run alone, and languages that people list. */
const LANGUAGES = new Set(words('php perl python python2 python3 ruby node mysql psql lua tclsh gcc pip pip3 docker'));
const SHELLS = new Set(words('bash sh zsh ksh csh dash'));
/** What WMI is asked for on the command line. */
const WMI_ALIAS = pattern`^${anyOf(
  anyWord('process os service computersystem useraccount sysaccount product qfe logicaldisk startup bios cpu'),
  /nic\w{0,6}/i,
  anyWord('share group netuse ntdomain environment job volume diskdrive'),
  /\/(?:node|user|namespace):\S{1,80}/i,
)}$`;

/** Parameters that are run as a command. */
const RUNS = ['cmd', 'exec', 'execute', 'command', 'run', 'shell', 'cmdline', 'c0mmand', 'cli', 'ping_cmd'];
const SEPARATOR = /[;|&\n\r`]|\$\(|<\(|>\(|(?:^|[^\w$])\(\s{0,2}(?=\/)/g;
const PATHED = pattern`^${anyOf(
  // Folders of programs, and what stands for them in a pattern of names: `/???/b?n/`.
  /\/(?:usr|s?bin|etc|opt|tmp|dev|var|home|root|\w{0,8}[?*][?*\w]{0,8})(?:\/[?*\w]{1,8}){0,3}\//i,
  /\.{1,2}\/|usr\/(?:local\/)?s?bin\//i,
  /c:[\\/](?:windows|winnt)[\\/](?:system32[\\/])?|%systemroot%[\\/](?:system32[\\/])?/i,
)}([\w?*.-]{1,24})`;
const ARGUMENT = pattern`^${anyOf(
  // Options, of Windows as well.
  /-{1,2}[\w-]{1,24}\S{0,80}|\/[a-z]{1,3}/i,
  // Paths, and patterns of names.
  /[~.]{0,2}[\\/][^\s]{0,200}|[\w.*?-]{0,80}[\\/*?][^\s]{0,200}|[a-z]:\S{0,200}/i,
  // A path under the name that the command knows it by: `dd if=/dev/sda`.
  /\w{1,12}=[~.]{0,2}\/\S{0,200}/i,
  /\$\S{1,80}|%\w{1,40}%\S{0,120}/i,
  />{1,2}|<|2>&1/i,
  // Hosts, files and addresses.
  /\d{1,3}(?:\.\d{1,3}){3}/i,
  /[\w-]{1,60}(?:\.[\w-]{1,60}){1,6}(?::\d{1,5})?(?:[\\/]\S{0,120})?/i,
  /https?:\/\/\S{1,300}/i,
  /["'].{0,300}/i,
)}$`;
const NUMBER = /^\d{1,6}#?$/;
/** A semicolon after these ends a character reference or parts a data URL. */
const IN_TEXT =
  /(?:^|&)(?:amp|lt|gt|quot)$|&(?:apos|nbsp|[lr][sd]?a?quo|[mn]dash|hellip|#\d{2,5}|#x[\da-f]{2,5})$|\bdata:[\w/+.-]{1,60}$/i;

/** Names in a row, as people list them. */
const LIST = /^[\w ,.-]{1,}(?:[;|][\w ,.-]{1,}){2,}$/;
/** Commands that words go with: `hair curl; curl iron`. */
const SPOKEN = /^(?:curl|python|perl|php|ruby|bash)$/;

/** Without any of these a text is no command line. */
const METACHARACTER = /!-\d|[;|`$\s{<>^~\\()+"'\x00-\x1f&]|\/s?bin\/|\/\?|\*\/|\/et\*|\/b\*|\/dev\//;
/** Words and spaces only: a command line if the first word is a command. */
const WORDS = /^\s{0,8}([\w.-]{1,24})[\w\s.,-]{0,4096}$/;

/** What developers and administrators run all day. */
const DAILY = anyOf(
  anyWord('ls pwd cd mkdir npm npx yarn pnpm git make cmake tar unzip docker'),
  /pip3?|apt(?:-get)?|brew|chmod|\.\/[\w.-]{1,40}/i,
  anyWord('history wc sort head tail grep less jq xargs kubectl systemctl service cargo go mvn gradle node'),
  /python3?|ps|df|du|echo|cat/i,
);
/** Commands of daily work in a row, as people quote them: the first needs no value before it, and none reads or fetches what is not the user's own. */
const SESSION = pattern`^\s{0,4}(?:(?:sudo\s{1,4})?${DAILY}(?![\w-])(?![^|&;\n]{0,200}(?:\/(?:etc|proc|root|bin|tmp|dev\/tcp)\b|https?:|\s-[ce]\s(?!\/\w)|\$))[\w\s./~:@=,"'+*{}[\]-]{0,120}(?:&&|\|{1,2}|$)\s{0,4}){1,6}$`;

/** A command of daily work between backticks among words, as people write code into texts. */
const QUOTED_CODE = pattern`(?<![^\s([])\`{1,2}(?:(?:sudo\s)?${DAILY}|rm|mv|cp|touch)(?![\w-])(?![^\`]{0,80}(?:\/(?:etc|proc|root|bin|tmp|dev\/tcp)\b|https?:|\s-[ce]\s|[$;|&<>]))[^\`\n]{0,80}\`{1,2}(?=[\s.,:;!?)\]]|$)`;
const PLAIN_WORD = /(?:^|\s)[a-z]{2,}(?=[\s.,:;!?]|$)/gi;

/** Words around what is quoted as code that make a text prose. */
const PROSE_WORDS_MIN = 4;

/** Whether a text that quotes code is prose otherwise. */
const isProse = (text: string): boolean =>
  (text.replace(/`[^`\n]{0,80}`/g, ' ').match(PLAIN_WORD) ?? []).length >= PROSE_WORDS_MIN;

/** Whether a text tells what something is set to, in code: that it is `true`, which does nothing as a command. */
const isValue = (name: string, text: string): boolean =>
  (name === 'true' || name === 'false') && /[a-z]{2}/i.test(text.replace(/`[^`\n]{0,80}`/g, ''));

/** A text that people write, without the code that they quote in it. */
function withoutQuotedCode(text: string): string {
  const rest = text.replace(new RegExp(QUOTED_CODE, 'gi'), ' ');
  return (rest.match(PLAIN_WORD) ?? []).length >= 2 ? rest : text;
}

/** What drops the rest of the line that a command was put into: a comment, in a shell or in a batch file. */
const CUT = /\s#\s{0,4}$|[&|]\s{0,4}rem[\s;,]{0,4}$/i;
/** What a command is parted from the text before it with: an open string is closed, a statement ended. */
const OPENING = /^\s{0,4}["']?\s{0,4}[;|&]{0,2}\s{0,4}/;

/** Logic spelt out, which programs have more often than shells. */
const TRUTH = /^\s{0,4}(?:true|false)\s{0,4}(?:\|\||&&)\s{0,4}(?:true|false)\s{0,4}$/i;

/** A column by its table, as MySQL quotes them: a command has no other joined to it by a full stop. */
const COLUMN = /^\w{1,64}`\.`/;

/** A field and how it is compared: `time>=5` parts at its equals sign. */
const COMPARED = /^[\w.]{1,40}[<>!~]$/;

/** A column by the name of a command, compared with a number, a text, a variable or a function: no file has such a name. */
const COMPARISON =
  /^\w{1,24}\s{0,2}[<>]=?\s{0,2}(?:-?\d[\d.,:%-]{0,30}\w{0,3}|'[^'/\\]{0,80}'|"[^"/\\]{0,80}"|\$\w{1,24}|now\(\).{0,20})(?:$|\s{1,4}(?:and|or)\b)/i;

/** What opens the gate by itself; a text of words needs white space and something that makes one of them an argument. */
const GATE_MARKS =
  String.raw`; | & ${'`'} $ { < > ^ ~- ~+ !- \ ( /? */ /et* /b* + " ' /bin/ /sbin/ /dev/ <break>`.split(' ');
const GATE_ARGUMENTS =
  words(`<space>- / <space>~ <space>% .0 .1 .2 .3 .4 .5 .6 .7 .8 .9 : net<space> reg<space> wmic<space> ps<space>aux ps<space>ef
  .php .txt .env .key .pem .asp .jsp .log .inc .bak .conf .ini .cfg .sh .py .rb .pl alias<space> ansible- chef-`);

/** Finds shell commands: a known command where a shell would start one, with arguments that only a command has. */
export const shell: Detector = {
  name: 'shell',
  signals: SIGNALS,
  gate: [...GATE_MARKS, '<space>'],
  gateWith: [...GATE_MARKS, ...GATE_ARGUMENTS, ...[...RUNNERS].map((name) => `${name}<space>`)],
  gateNames: RUNS,
  run(view: View): Signal[] {
    const { field, isQuery } = view;
    const quotesCode = view.text.includes('`') && (isSearchParameter(view.name) || isProse(view.text));
    const text = quotesCode ? withoutQuotedCode(view.text) : view.text;
    if (isLogQuery(text) || (isSearchParameter(view.name) && SESSION.test(text))) return [];
    if (!METACHARACTER.test(text.trim()) || TRUTH.test(text)) return [];
    if (field === 'param_name' && COMPARED.test(text)) return [];
    const first = WORDS.exec(text)?.[1]?.toLowerCase();
    if (first !== undefined && !PLAIN.has(first) && !WORDY.has(first) && !/[\n\r]/.test(text)) return [];
    const found = new Found();
    const add = (name: (typeof SIGNALS)[number], start: number, end: number) => {
      found.add(name, Math.max(0, start), Math.min(end, text.length));
    };
    const agent = field === 'user_agent';
    if (agent && /^[\w .-]{1,40}\/[\w.]{1,24}/.test(text) && !/[`$]|\(\)/.test(text)) return [];
    readObfuscation(text, add);
    const plain = deobfuscate(text);
    if (plain !== text && hidesCommand(text, plain)) add('obfuscation', 0, text.length);
    const wholeText = plain.trim();
    if (field !== 'path' && !isQuery) readWhole(wholeText, view, agent, add);
    else if (field === 'path') readWhole(wholeText.replace(/^\//, ''), view, true, add);
    readChain(plain, text, isQuery, add);
    if (!isQuery && field !== 'path') readCut(plain, add);
    return found.signals;
  },
};

type Add = (name: (typeof SIGNALS)[number], start: number, end: number) => void;

/** Whether a command's name only shows once what a shell ignores is gone. */
function hidesCommand(text: string, plain: string): boolean {
  for (const piece of plain.split(/[;|&\n]{1,4}/, 8)) {
    const name = readCommand(piece)?.name ?? '';
    if (
      name.length > 2 &&
      (PLAIN.has(name) || RUNNERS.has(name)) &&
      !new RegExp(`\\b${literal(name)}\\b`, 'i').test(text)
    )
      return true;
  }
  return false;
}

const literal = (name: string) => name.replace(/[.*+?^$()[\]{}|\\]/g, '\\$&');

/**
 * Takes away what a shell ignores: empty quotes and escapes inside words, `$IFS`, unset variables, brace lists. Few texts have any of the
 * signs that these begin with, and none comes to have one by what is taken away.
 */
function deobfuscate(text: string): string {
  let plain = text;
  const hasVariable = text.includes('$');
  if (hasVariable) plain = plain.replace(/(?<=\w)\$\$(?=\w)/g, '').replace(/(?<=[a-z])\$\d(?=[a-z])/gi, '');
  if (text.includes('(')) plain = plain.replace(/(?<=\w)[$<>]\(\)(?=[\w ])/g, '');
  if (text.includes('`'))
    plain = plain.replace(/`([^`]*)`/g, (pair, inner: string, at: number, whole: string) =>
      inner === '' && /\w/.test(whole[at - 1] ?? '') && /[\w ]/.test(whole[at + 2] ?? '') ? '' : pair,
    );
  if (hasVariable)
    plain = plain
      .replace(/\$\{?IFS(?:%%?\?*)?\}?(?:\$\d)?/gi, ' ')
      // Not the column of a table that is compared: `df$x == 1`.
      .replace(/\$(?:[@*](?!\s*\()|[#!?_1-9](?!\w)|[a-z](?![\w{(]|\s?(?:[=!<>]=|<-|%in%)))/gi, '')
      .replace(/(?<=[a-z])\$(?:[-_!?]|\{[a-z_]\w{0,11}\})(?=[a-z])/gi, '');
  // The shell of Windows drops carets, that of Unix the backslash before a letter that means nothing.
  if (text.includes('^'))
    plain = plain
      .replace(/@?(?:\^?[a-z]{1,2}\^){2,12}[a-z]/gi, (word) => word.replace(/[@^]/g, ''))
      .replace(/(?<=[a-z])\^(?=[a-z]{2})/gi, '');
  const isEscaped = text.includes('\\');
  if (isEscaped)
    plain = plain
      .replace(/(?<![\w\\/:])[a-z]{1,3}(?:\\[a-z]{1,3}){2,6}(?![\w\\.])/gi, (word) => word.replaceAll('\\', ''))
      .replace(/\\\n/g, '');
  if (plain.includes('/./')) plain = plain.replace(/(?<=\/)\.\//g, '');
  if (isEscaped)
    plain = plain.replace(/\\(?=[a-z?*])(?![a-z]{2,}\\|[dswb][+*?{])/gi, (escape, at: number) =>
      /[:\\/]/.test(text[at - 1] ?? '') && /[a-z]/i.test(text[at + 2] ?? '') && text[at - 1] !== '/' ? '\\' : '',
    );
  // Not the apostrophe of “I'd like”.
  if (text.includes("'") || text.includes('"'))
    plain = plain.replace(/(?<=[\w/*?])(?:''|""|(?<!\b[Ii](?='d\s))['"])(?=[\w/*?])|''|""/g, '');
  if (text.includes('{'))
    plain = plain.replace(
      /(^|[;|&`(\s])\{([\w/.*?-]{1,40}),([^{}\s]{1,120})\}/g,
      (_, before: string, command: string, rest: string) => `${before}${command} ${rest.replaceAll(',', ' ')}`,
    );
  return plain;
}

/** What a shell puts something else for: a folder by its place in the stack, a line of the history, lists with an empty member; and a file
 * written without a command. */
const EXPANDED = new HintedAny(
  // The stack of folders: `~+`, `~-2`.
  [/(?:^|[;|&`<>(])~[-+]\d{0,3}(?:$|[;|&`)/])/, ['~-', '~+']],
  // Lines of the history in a row: `!-1!-2`.
  [/(?:^|[\s;|&/])!-\d{1,3}(?:!-\d{1,3}){1,8}$/, ['!-']],
  // A folder that the site or anyone may write to.
  [/^>{1,2}\s{0,2}\/(?:tmp|dev\/shm|var\/(?:www|tmp)|etc)\/\w/, ['>'], ['/tmp', '/dev/', '/var/', '/etc']],
  // `{,cat,/etc/passwd}`, whose empty member is nothing and parts no word.
  [/(?:^|[;|&`/])\{(?:,[^{},:\d\s][^{}:\s]{0,79}|(?=[^{}]{0,59}[/?*$])[^{},:\s]{1,60},)\}$/, ['{,', ',}']],
);

/** Spellings that only hide a command from who filters it, and what only a shell that is attacked is fed with. */
const HIDING = new HintedAny(
  // A command with an option behind the separator that the text begins with: what stands before it is the application's.
  [
    /^(?:;|\|{1,2}|&&)\s{0,4}[a-z][a-z0-9_-]{1,20}\s{1,4}-{1,2}[a-z]{1,12}\b/i,
    [';', '|', '&&'],
    ['<space>-', '<non-ascii>-'],
  ],
  // A command put together in variables: `a=ca;b=t;$a$b`.
  [/(?:^|[;&|\s])[a-z]\w{0,11}=[^;\s=&]{1,40}(?:;|&&)\s{0,4}[^;]{0,24}\$\w/i, ['$'], ['=']],
  [/\$\{?IFS\b/i, ['$ifs', '${ifs']],
  // Letters cut out of variables that every shell has.
  [
    /\$\{(?:path|home|pwd|oldpwd|shell|hostname|user|ls_colors|bash\w{0,12})(?::|%%|\^\^)-?\d{1,3}(?::-?\d{1,3})?\}/i,
    ['${'],
  ],
  // Arithmetic, whose result comes back where the command is run.
  [/\$\(\(\s{0,2}1/i, ['$((']],
  // Texts handed to a shell as its input.
  [/\$0<<<|<<<\s{0,2}[$'"]/i, ['<<<']],
  [/\b(?:tr|cat|bash|sh|base64|xxd|rev|sed|awk|cut|wc)\s[^<\n]{0,60}<<<\s/i, ['<<<']],
  [/(?:\|\s{0,4}\$0|[;|&]\s{0,4}\$\{?(?:shell|bash)\}?)(?:$|[\s;|&])/i, ['$0', '$shell', '$bash', '${shell', '${bash']],
  // A word cut by variables that hold nothing: `;w${x}ho${y}am${z}i`.
  [/[;|&`(]\s{0,4}[a-z]{1,6}(?:\$\{\w{1,12}\}[a-z]{1,8}){2,4}/i, ['${']],
  [/[;|&`]\s{0,4}[a-z][\w.-]{0,20}\s{0,2}<<</i, ['<<<']],
  // Letters by their numbers: `$'\143at'`.
  [/\$'\\/i, ["$'\\"]],
  // Paths with letters left for the shell to find: `/???/`, `/b*`, `/e??/`.
  [
    /\/\?{2,3}\/|\/b\*{1,2}\\?\/?\w|[;|&`]\s{0,4}\S{0,12}\/e(?:\?{1,3}|\*)\/|\/et\*\//i,
    ['/??', '/b*', '/e?', '/e*', '/et*'],
  ],
  [/\bc(?:''|""|\\)a(?:''|""|\\)?t\b/i, ["c''", 'c""', 'c\\']],
  // Into the root, a folder that is the system's own, or up and up, before the next command.
  [
    /(?:^|[;|&`\n])\s{0,4}cd\s{1,4}(?:\/(?:(?:etc|root|proc)(?:\/[\w.-]{1,40}){0,6}\/?|(?=\s{0,4}(?:;|&&)\s{0,4}[a-z]{1,12}\s{1,4}[\w./-]))|\.\.(?:\/\.\.){0,8}\/?(?=\s{0,4}(?:;|&&)\s{0,4}cd\s))\s{0,4}(?:;|&&)\s{0,4}[a-z]/,
    ['cd<space>', 'cd<non-ascii>'],
    [';', '&&'],
  ],
  // A compiler that is to run its parts by a shell.
  [/\s-wrapper\s{1,4}["']?(?:\/bin\/)?(?:ba|z|k|da)?sh,/i, ['-wrapper']],
  // A shell at the end of a pipe, and devices by which bash reaches a host.
  [/\|\s{0,4}(?:ba|z|k|da|c)?sh(?:\s|$|[;|&])/i, ['|'], ['sh']],
  [/>\s{0,4}&?\s{0,4}\/dev\/(?:tcp|udp|null)|\/dev\/tcp\//i, ['/dev/']],
  [/\|\s{0,4}base64\s{1,4}-d/i, ['base64']],
);

function readObfuscation(text: string, add: Add): void {
  const defined = text.includes('{') ? /\(\s{0,4}\)\s{0,4}\{.{0,40}?[:;].{0,40}?\}\s{0,4};?/.exec(text) : null;
  if (
    defined !== null &&
    /^\(\s{0,4}\)\s{0,4}\{\s{0,4}(?::|_|x|foo|test|ignored|\w{1,8})\s{0,4}[;:]/.test(defined[0]) &&
    // A function that has a name, and does more than nothing, is source code.
    !(/\w\s{0,2}$/.test(text.slice(0, defined.index)) && !/\{\s{0,4}[:_]/.test(defined[0]))
  )
    add('function-export', defined.index, defined.index + defined[0].length);
  const odd = HIDING.exec(text);
  if (odd !== null) add('obfuscation', odd.index, odd.index + odd[0].length);
  const expanded = EXPANDED.exec(text);
  if (expanded !== null) add('obfuscation', expanded.index, expanded.index + expanded[0].length);
}

/**
 * What a shell takes before a command: variables and files that it is given, and words that only say how it is found. Lists of names and values
 * have words in place of both (`col=user id`), and texts on programs set those that a program has (`PORT=3000 node app.js`): a variable is one of
 * the shell's, or its name is short and its value no word.
 */
const BEFORE_COMMAND = pattern`^(?:${anyOf(
  /[a-z_]\w?=[\w.:/-]?|(?:LANG|LC_ALL|PATH|IFS|HOME|TERM)=[\w.:/-]{0,40}/,
  // Not an element of HTML, nor what pipes of other languages look like: `|>sort`.
  /[012]?>{1,2}(?:&\d|[\w.-]{0,20}\/[\w/.-]{1,40})|[012]?<(?:&\d|\/(?:dev|etc|proc|tmp)\/[\w/.-]{1,40})/,
  /command|builtin/,
)}\s{1,4}){1,4}(?=[a-z/.~])`;

/** The command at the start of a piece, with its arguments, where it is one. */
function readCommand(piece: string): { name: string; args: string[]; pathed: boolean } | undefined {
  const opening = /^\s*["'({!+\s]{1,6}(?=[\w/])/.exec(piece)?.[0] ?? '';
  const trimmed = piece.slice(opening.length).trimStart().replace(BEFORE_COMMAND, '');
  const pathed = PATHED.exec(trimmed);
  const head = pathed?.[0] ?? /^[a-z][\w.-]{0,23}/i.exec(trimmed)?.[0];
  if (head === undefined) return undefined;
  const rest = trimmed.slice(head.length);
  if (rest !== '' && !/^[\s+;|&<>()`"',/\\}]/.test(rest)) return undefined;
  if (pathed === null && /^[/\\]/.test(rest) && (head.length < 3 || !/^.\w{1,3}(?:\s|$)/.test(rest))) return undefined;
  const name = (pathed?.[1] ?? head)
    .toLowerCase()
    .replace(/\.(?:exe|com|bat)$/, '')
    .replace(/^(python|php|perl|ruby|lua)\d(?:\.\d{1,2})?$/, '$1');
  // A member of JSON by its name.
  if (/["']$/.test(opening) && /^["']\s{0,4}:/.test(rest)) return undefined;
  // The quote that the name stands in is closed behind it: no argument.
  const behind = rest !== '' && opening.endsWith(rest.trim()) ? '' : rest;
  const args = (behind.match(/"[^"]{0,300}"?|'[^']{0,300}'?|[^\s+"']\S{0,300}/g) ?? []).slice(0, 24);
  return { name, args, pathed: pathed !== null };
}

function isArgument(arg: string, name: string): boolean {
  const bare = arg.replace(/[;|&)}`]{1,4}$/, '');
  if (bare === '') return true;
  if (NUMBER.test(bare)) return TAKES_NUMBERS.has(name) || (!WORDY.has(name) && bare.length <= 5);
  return ARGUMENT.test(bare);
}

/** Further separators and blanks that a command may follow, and what ends it. */
const LEAD = /^[;|&\s]{1,6}/;
/** Behind an operator, the quote that ends what stands between quotes. */
const BEHIND_QUOTED_OPERATOR = /^[|&]?(["'])\s/;

/**
 * Whether an operator stands between quotes by itself, as people search for it: `"&&" bash`. Where it closes the quotes of a command, they
 * open again right before the blank, and what follows is no command.
 */
function isQuotedOperator(text: string, at: number, rest: string): boolean {
  const quote = text[at - 1] === text[at] ? text[at - 2] : text[at - 1];
  return (quote === '"' || quote === "'") && BEHIND_QUOTED_OPERATOR.exec(rest)?.[1] === quote;
}
const STOP = /[;|&\n\r`]|\)(?=[^)]{0,4}$)/g;

function readChain(written: string, text: string, query: boolean, add: Add): void {
  // What is put behind the value is cut off: the last command ends here.
  const plain = written.replace(/(?<=[\w/)"'])\s?#\s{0,2}$/, '');
  SEPARATOR.lastIndex = 0;
  let pieces = 0;
  let prose: boolean | undefined;
  const isInProse = () => (prose ??= isProse(plain));
  for (let found = SEPARATOR.exec(plain); found !== null && pieces < 64; found = SEPARATOR.exec(plain)) {
    pieces += 1;
    const separator = found[0];
    const from = found.index + separator.length;
    if (separator === '&' && query) continue;
    const rest = plain.slice(from, from + 400);
    if (separator === '&' && /^\w{1,10};/.test(rest)) continue;
    if (isQuotedOperator(plain, found.index, rest)) continue;
    if (separator === '`' && (COLUMN.test(rest) || plain.endsWith('`.', found.index))) continue;
    if (separator === ';' && IN_TEXT.test(plain.slice(Math.max(0, found.index - 80), found.index))) continue;
    const lead = LEAD.exec(rest)?.[0].length ?? 0;
    STOP.lastIndex = lead;
    const piece = rest.slice(lead, STOP.exec(rest)?.index ?? rest.length);
    const command = readCommand(piece);
    if (command === undefined) {
      if (separator === '$(' && /^\s{0,4}(?:`|<\s{0,2}\/|\()/.test(rest)) add('substitution', found.index, from + 20);
      continue;
    }
    const { name, args, pathed } = command;
    const plainName = PLAIN.has(name);
    const wordy = WORDY.has(name);
    const substitution = separator === '`' || separator === '$(' || separator === '<(';
    // An element in a regular expression.
    if (separator === '<(' && /<\(\\[wsdb][ +*?{)]/i.test(text)) continue;
    // A line of a program: a shell has no bracket right after the name of a command.
    if (separator === '\n' && wordy && /^\s{2,}[a-z]{2,8}\(/.test(rest)) continue;
    if (!plainName && !wordy && !pathed) {
      if (
        separator === '$(' &&
        /^\w{1,6}\)/.test(rest) &&
        /^[a-z]{1,6}\(\w{0,6}\)/i.test(`a${rest}`) &&
        /\$\(\w{1,4}\)\w/.test(plain)
      )
        add('substitution', found.index, from + 20);
      continue;
    }
    const before = plain.slice(0, found.index);
    const proseBefore =
      (before.match(/(?:^|\s)[a-z]{2,}(?=\s)/gi) ?? []).length >= 2 && !/[;|`'"]\s{0,4}$/.test(before);
    // Reports have numbers behind a word: `exit code 1`.
    const isSpoken = wordy && /^[a-z]{3,}$/i.test(args[0] ?? '') && args.slice(1).every((arg) => NUMBER.test(arg));
    const firmCount = isSpoken ? 0 : args.filter((arg) => isArgument(arg, name)).length;
    const loose = args.filter((arg) => /^[a-z]{2,}[.,!?]?$/i.test(arg) && !isArgument(arg, name)).length;
    const end = from + piece.length;
    if (substitution) {
      const closed = separator !== '`' || plain.indexOf('`', from) !== -1;
      if (separator === '`' && wordy && args.length === 0 && (!PROBES.has(name) || isValue(name, plain))) continue;
      // What stands between two quotes of code.
      if (separator === '`' && (before.match(/`/g) ?? []).length % 2 > 0 && isInProse()) continue;
      const inText =
        separator === '`' &&
        (proseBefore || /`(?:\s[a-z]{2,}){3}/i.test(rest) || isInProse()) &&
        /^[^`]{0,80}`{1,2}(?:[\s.,:;!?)\]'"*_-]|$)/.test(rest) &&
        !/(?:[^\s(["']`|\$\(?)\s{0,2}$/.test(before);
      // A function by its name, as texts on programs have it: a shell has no bracket right behind a command; and a path alone.
      const isNamed = /^\s?[a-z]\w{0,23}\(/i.test(rest) || (pathed && /^[^\s`]{1,120}`/.test(rest));
      if (inText && (firmCount === 0 || isNamed)) {
        add('command-prose', found.index, end + 1);
        continue;
      }
      if (closed && (plainName || pathed || PROBES.has(name) || firmCount > 0) && loose <= firmCount + 1)
        add('substitution', found.index, end + 1);
      continue;
    }
    if (pathed && loose <= 1) {
      add('chained-command', found.index, end);
      continue;
    }
    const terminal = args.length === 0;
    // A field on a line of its own within braces, as queries ask for them.
    if (terminal && /[\n\r]/.test(separator) && /^\s*\w{1,24}\s*[\n\r}]/.test(rest) && isWithinBraces(before)) continue;
    const doubled = plain[found.index - 1] === separator || rest.startsWith(separator);
    if (terminal && !doubled && LIST.test(text)) continue;
    if (plainName) {
      if (name === 'echo' && terminal) continue;
      if (terminal && !doubled && !/[|\n`]/.test(separator) && LANGUAGES.has(name)) continue;
      if (!terminal && args.every((arg) => NUMBER.test(arg)) && !TAKES_NUMBERS.has(name)) continue;
      if (args.length === 1 && loose === 1 && SPOKEN.test(name) && /[a-z]{3}\s{0,4}$/i.test(before)) continue;
      if (separator === '&' && terminal && proseBefore) continue;
      if (loose > firmCount + 1 && proseBefore) add('command-prose', found.index, end);
      else if (COMPOUND.test(name)) add('chained-command', found.index, end);
      else if (
        terminal ||
        firmCount > 0 ||
        isCommandLine(name, args) ||
        (before.trim() === '' && name.length > 3 && separator !== '&' && loose <= 2) ||
        (separator === ';' && name.length > 3 && loose <= 1 && /\s$/.test(before) && /^\w/.test(rest)) ||
        /^(?:echo|ping|curl|wget|whoami|uname|nslookup|phpinfo|php|python|perl|bash|sh)$/.test(name)
      ) {
        if (terminal && /\s/.test(before.trim()) && proseBefore) add('command-prose', found.index, end);
        else if (loose >= 2 && firmCount === 0) add('command-prose', found.index, end);
        else add('chained-command', found.index, end);
      }
    } else if (
      terminal
        ? PROBES.has(name) &&
          !proseBefore &&
          (separator !== '&' || before.trim() === '' || /^\w{1,8}&\w{2,10}&$/.test(plain)) &&
          (separator !== '|' || before.trim().length <= 2 || rest.trim() !== name)
        : firmCount > 0 && loose <= firmCount
    ) {
      add(proseBefore && loose > 0 ? 'command-prose' : 'chained-command', found.index, end);
    } else if (ADMINISTERS[name]?.test(args[0] ?? '') === true) {
      add('chained-command', found.index, end);
    }
  }
}

/** Whether a brace is open, and no text, that stands behind a name or begins all; a shell's own stand behind a separator. */
function isWithinBraces(before: string): boolean {
  if ((before.match(/"/g) ?? []).length % 2 > 0) return false;
  const opened = (before.match(/(?:^\s*|[\w)]\s{0,4})\{/g) ?? []).length;
  return opened > (before.match(/\}/g) ?? []).length;
}

/** A command that drops the rest of the line by its end: its arguments may be any words. */
function readCut(plain: string, add: Add): void {
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

/** Commands of administration, which give an attacker nothing: reaching an address, setting rights on a site's own files. */
const LOOKED_UP = pattern`^\s{0,4}(?:sudo\s{1,4})?${anyOf(
  /(?:ping|traceroute|tracert|nslookup|dig|telnet|ssh)\s{1,4}(?:-{1,2}[a-z]\w{0,3}\s{1,4}(?:\d{1,4}\s{1,4})?){0,2}[\w.@-]{1,60}(?:\s{1,4}\d{1,5})?/i,
  /(?:chmod|chown|mkdir|cd|nano|vim?)\s{1,4}[^;|&`$<>\n]{1,80}/i,
)}\s{0,4}$`;

/** Whether the first arguments are what only this command takes there, so that the others may be words. */
function isCommandLine(name: string, args: string[]): boolean {
  const [first = ''] = args;
  if (SHELLS.has(name)) return args.length > 1 && /^-[a-z]{0,3}c$/.test(first);
  if (name === 'find')
    return args.length > 2 && args.some((arg) => /^-(?:exec(?:dir)?|ok(?:dir)?|delete|fprintf?)$/.test(arg));
  if (name === 'wmic') return WMI_ALIAS.test(first);
  if (name === 'ps') return args.length === 1 && /^-?(?:aux\w{0,4}|ef\w?)$/.test(first);
  if (COMPOUND.test(name)) return PLAIN.has(name) && args.length < 5 && !args.some((arg) => JOINT.test(arg));
  if (name === 'alias') return ALIASED.test(args.join(' '));
  if (name === 'sudo' || name === 'nohup' || name === 'doas') return args.length === 1 && SHORT.has(first);
  return SHOWS.has(name) && args.length === 1 && KEPT_FILE.test(first);
}

/** A value that is one command line and nothing else. */
function readWhole(plain: string, view: View, strict: boolean, note: Add): void {
  const { text, parameter = '' } = view;
  // People look up commands; who attacks by a search field names a file, an address or a further command.
  const lookedUp =
    isSearchParameter(view.name) &&
    (LOOKED_UP.test(text) ||
      !/\/(?:etc|s?bin|usr|var|tmp|proc|dev|root|home|opt)\b|[a-z]:\\|https?:|[;&`<>\n]|\$[({]|\d\.\d{1,3}\.\d|\|\s{0,2}(?:ba|z)?sh\b/i.test(
        text,
      ));
  const add: Add = (name, start, end) =>
    note(lookedUp && name === 'whole-command' ? 'command-prose' : name, start, end);
  const isRun = RUNS.includes(parameter.toLowerCase());
  const stripped = plain.replace(/^["'+\s\n\\]{1,4}|["'\s\n\\]{1,4}$/g, '').replace(/^n(?=\/(?:usr|bin))/, '');
  const quotedWhole =
    plain.startsWith("'") &&
    /^'[a-z]{2,10}'$/.test(plain) &&
    PLAIN.has(plain.slice(1, -1)) &&
    !/^'(?:id|node|php|ruby|perl|python|sh|env|echo|host\w*|ping)'$/.test(plain);
  if (quotedWhole) add('whole-command', 0, text.length);
  const lone = /^(\w{2,12})\s{0,4}(?:[|;&]{1,2}\s{0,4})?$/.exec(stripped)?.[1]?.toLowerCase() ?? '';
  if (
    lone !== '' &&
    (PLAIN.has(lone) || PROBES.has(lone) || lone === 'dir') &&
    (lone !== stripped.trim().toLowerCase() || isRun)
  ) {
    add('whole-command', 0, text.length);
  }
  const command = readCommand(stripped);
  if (command === undefined) return;
  const { name, args, pathed } = command;
  if (!PLAIN.has(name) && !WORDY.has(name)) return;
  if (!isRun && (WORDY.has(name) || name.length < 3) && COMPARISON.test(plain)) return;
  if (/^(?:\n|\r)/.test(text) && PLAIN.has(name)) add('whole-command', 0, text.length);
  if (pathed && /^\/(?:usr\/)?(?:local\/)?s?bin\//.test(stripped)) {
    const loose = args.filter((arg) => !isArgument(arg, name)).length;
    if (loose === 0 || (loose === 1 && args.some((arg) => /^-{1,2}\w/.test(arg)))) add('whole-command', 0, text.length);
    return;
  }
  if (
    PLAIN.has(name) &&
    name.length > 3 &&
    !/^(?:node|host\w*|bash|ruby|perl|echo|ping|curl|fetch|perf|python|groups|mysql|lynx|telnet)$/.test(name) &&
    /^\w{3,16}\s{0,4}[;|]/.test(stripped)
  )
    add('whole-command', 0, text.length);
  if (args.length === 0) return;
  const inner =
    RUNNERS.has(name) && args[0] !== undefined
      ? /^(?:\d{1,5}|-\w{1,10})$/.test(args[0])
        ? args[1]
        : args[0]
      : undefined;
  const runs = inner?.toLowerCase() ?? '';
  if (
    (SHELLS.has(runs) && /^-[a-z]{0,3}c$/.test(args[1] ?? '') && args.length > 2) ||
    (PLAIN.has(runs) &&
      runs !== name &&
      runs.length > 2 &&
      !/^(?:node|host|hostname|groups|env|echo|perf)$/.test(runs) &&
      args.slice(1).filter((arg) => !isArgument(arg, runs)).length < 2) ||
    (isRun && PLAIN.has(name))
  ) {
    add('whole-command', 0, text.length);
    return;
  }
  // No program calls itself by two names with a command behind them.
  if ((!strict || COMPOUND.test(name)) && isCommandLine(name, args)) {
    add('whole-command', 0, text.length);
    return;
  }
  const firmCount = args.filter((arg) => isArgument(arg, name)).length;
  const loose = args.length - firmCount;
  const firm = args.some((arg) =>
    /^(?:-{1,2}[a-z]|\/[a-z]{1,4}$|\/\w{1,40}(?:\/|$)|\/$|~\/|[a-z]:[\\/]?|%\w|>|https?:|\/e|\\\\[\w.-]{1,60}\\|\d{1,3}(?:\.\d{1,3}){3})/i.test(
      arg,
    ),
  );
  if (
    name === 'net' &&
    /^(?:user|view|localgroup|group|share|accounts)$/i.test(args[0] ?? '') &&
    (args.length === 1 || args.some((arg) => /^\/\w/.test(arg)))
  )
    add('windows-command', 0, text.length);
  if (name === 'reg' && /^(?:add|query|delete|save|export)$/i.test(args[0] ?? '') && /hk(?:lm|cu|ey)/i.test(plain))
    add('windows-command', 0, text.length);
  if (name === 'echo' && /^echo[\s+]{1,4}['"<\\$`]/i.test(stripped) && /[<>`$;|]/.test(stripped))
    add('whole-command', 0, text.length);
  if (!firm) return;
  if (loose === 0) add(strict && firmCount < 1 ? 'command-prose' : 'whole-command', 0, text.length);
  else if (PLAIN.has(name) && loose === 1 && firmCount >= 2 && !strict) add('whole-command', 0, text.length);
  else if (loose <= firmCount && /[;|&>`]\s{0,4}$|[|;&]\s|>\s/.test(stripped)) add('whole-command', 0, text.length);
  else add('command-prose', 0, text.length);
}
