import { HintedAny } from '../../hinted.ts';
import type { Add } from '../signals.ts';

/**
 * What a shell puts something else for: a folder by its place in the stack, a line of the history, lists with an empty member; and a file
 * written without a command.
 */
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
  // A command put together in variables: `a=ca;b=t;$a$b`. Behind a quote and a bracket it is the next option of OData: `eq 'a;b=c');$top=5`.
  [/(?:^|[;&|\s])[a-z]\w{0,11}=[^;\s=&]{1,40}(?<!['"]\))(?:;|&&)\s{0,4}[^;]{0,24}\$\w/i, ['$'], ['=']],
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

/** Commands that are hidden, and functions that are exported through the environment, in a text as it was written. */
export function readObfuscation(text: string, add: Add): void {
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
