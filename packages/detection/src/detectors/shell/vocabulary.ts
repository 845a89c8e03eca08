import { words } from '../../text/words.ts';
import { ADMINISTERS as CMD_ADMINISTERS, CMD } from './cmd.ts';
import type { Names } from './names.ts';
import { ADMINISTERS as POSIX_ADMINISTERS, POSIX } from './posix/commands.ts';
import { POWERSHELL } from './powershell.ts';

/** Commands of more than one system, and programs that are installed on any. */
const SHARED: Names = {
  plain: words(`whoami netstat curl nslookup mkdir rmdir python python2 python3 perl ruby php node
    telnet ssh scp sftp tftp ftp tar hostname phpinfo sysinfo mysql mysqldump psql sqlite3 ping nmap gcc echo luajit tclsh
    kubectl openssl gpg ssh-keygen ssh-keyscan rclone redis-cli arp pip pip3
    cscli ansible-config ansible-console ansible-doc
    ansible-galaxy ansible-inventory ansible-playbook ansible-pull ansible-vault chef-client chef-run chef-shell chef-solo chef-vault
    salt-call salt-ssh rmt-dump rmt-tar`),
  wordy: words('type more sort find set date time exit print finger help shutdown timeout'),
};

const ALL = [SHARED, POSIX, CMD, POWERSHELL];

/** Commands that are no English words: after a separator they need no argument. */
export const PLAIN: ReadonlySet<string> = new Set(ALL.flatMap(({ plain }) => plain));
/** Commands that are words too: they need an argument that only a command has. */
export const WORDY: ReadonlySet<string> = new Set(ALL.flatMap(({ wordy }) => wordy));
/** Wordy commands that attackers run without arguments. */
export const PROBES: ReadonlySet<string> = new Set(
  words('dir set who w top reboot halt poweroff uptime history env true false df'),
);
/** What tools of administration do or do it to, by their first argument. */
export const ADMINISTERS: Readonly<Record<string, RegExp>> = { ...POSIX_ADMINISTERS, ...CMD_ADMINISTERS };
/** Commands that only show what is in a file. */
export const SHOWS: ReadonlySet<string> = new Set(words('cat tac type more less head tail nl od strings rev'));
/** Tools of administration by names in two parts, which are no words whatever follows them. */
export const COMPOUND = /^(?:ansible|chef|salt|rmt)-[a-z]{3,10}$/;
/** Commands that a number alone is something to: `top 20`, `type 0` and `rm 12` are none. */
export const TAKES_NUMBERS: ReadonlySet<string> = new Set(
  words('sleep ping kill nc head tail exit timeout chmod echo expr print printf seq init shutdown wait'),
);
/** Programs that wait for a script when they are run alone, and languages that people list. */
export const LANGUAGES: ReadonlySet<string> = new Set(
  words('php perl python python2 python3 ruby node mysql psql lua tclsh gcc pip pip3 docker'),
);
/** Commands that words go with: `hair curl; curl iron`. */
export const SPOKEN = /^(?:curl|python|perl|php|ruby|bash)$/;
