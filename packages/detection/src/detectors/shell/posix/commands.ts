import { anyOf, pattern } from '../../../text/regex.ts';
import { words } from '../../../text/words.ts';
import type { Names } from '../names.ts';

/** Commands of Unix. */
export const POSIX: Names = {
  plain: words(`ls pwd uname ifconfig wget traceroute netcat ncat nc bash zsh ksh csh dash
    chmod chown chgrp ps printenv lsof crontab iptables passwd sudo awk gawk sed grep egrep xargs base64 xxd
    ftpget rsync gunzip unzip dig id dmesg lsb_release nproc sh busybox
    aptitude useradd usermod adduser groups ping6 rm mv cp ln dd socat apt-get yum env
    zcat bzcat xzcat lzcat zstdcat bunzip2 unxz bsdtar strace tcpdump gdb mkfifo mknod ionice unshare chroot nsenter
    doas pkexec visudo systemctl journalctl dpkg apk dnf aria2c lynx w3m wget2 lftp
    smbclient ldapsearch hping3 fuser pgrep pkill pidof getent logname hostnamectl lscpu lsblk lspci lsusb dmidecode fdisk
    base32 md5sum sha1sum sha256sum perf setarch sudoedit mawk nawk pdksh lwp-download fetch rvim zsoelim
    cpulimit flock chrt taskset runcon ltrace`),
  wordy: words(`cat less head tail test cut tee who w last kill killall host file which
    touch sleep printf eval exec source export service mail man make tac nl od rev strings
    top uptime true false wall write look history expr dash split paste join
    diff mount df du free read reboot halt init iconv hexdump locate watch screen nohup jobs alias lp vi vim nano ed trap`),
};

/** Commands that run the command in their arguments. */
export const RUNNERS: ReadonlySet<string> = new Set(
  words('time sudo nohup exec command nice timeout env xargs busybox doas setsid stdbuf builtin strace ltrace'),
);
export const SHELLS: ReadonlySet<string> = new Set(words('bash sh zsh ksh csh dash'));
/** Commands of two letters, too short to be told from words elsewhere. */
export const SHORT: ReadonlySet<string> = new Set(words('id ls sh ps su'));

/** What tools of administration do it to, by their first argument. */
export const ADMINISTERS: Readonly<Record<string, RegExp>> = {
  killall: /^(?:-\w{1,8}|[a-z]{2,14}d|nginx|apache2?|node|java|python\d?|php\S{0,8})$/i,
  service: /^(?:[a-z]{2,14}d|nginx|apache2?|mysql|ssh)$/i,
};
/** What an alias stands for. */
export const ALIASED = /^(?:-?\w{1,4} )?["']?[\w.-]{1,24}["']? ?=\S/;

/** Folders of programs, and what stands for them in a pattern of names: `/???/b?n/`. */
export const FOLDER = anyOf(
  /\/(?:usr|s?bin|etc|opt|tmp|dev|var|home|root|\w{0,8}[?*][?*\w]{0,8})(?:\/[?*\w]{1,8}){0,3}\//i,
  /\.{1,2}\/|usr\/(?:local\/)?s?bin\//i,
);

/**
 * What a shell takes before a command: variables and files that it is given, and words that only say how it is found. Lists of names and values
 * have words in place of both (`col=user id`), and texts on programs set those that a program has (`PORT=3000 node app.js`): a variable is one of
 * the shell's, or its name is short and its value no word.
 */
export const BEFORE_COMMAND = pattern`^(?:${anyOf(
  /[a-z_]\w?=[\w.:/-]?|(?:LANG|LC_ALL|PATH|IFS|HOME|TERM)=[\w.:/-]{0,40}/,
  // Not an element of HTML, nor what pipes of other languages look like: `|>sort`.
  /[012]?>{1,2}(?:&\d|[\w.-]{0,20}\/[\w/.-]{1,40})|[012]?<(?:&\d|\/(?:dev|etc|proc|tmp)\/[\w/.-]{1,40})/,
  /command|builtin/,
)}\s{1,4}){1,4}(?=[a-z/.~])`;
