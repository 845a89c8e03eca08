import { INCLUDES, ROOTS } from './parameters.ts';
import type { Add } from './signals.ts';
import type { Use } from './use.ts';

/** Programs that intruders leave behind, by their usual names. */
const REMOTE_SCRIPT =
  /(?:^|\/)(?:c99|r57|c100|b374k|wso\d{0,2}|shell|cmd|id1|rfi|evil|webshell|backdoor|mini|alfa|phpshell|hack\w{0,8}|pwn\w{0,8})\.(?:php\d?|txt|jpe?g|gif|png|asp|inc)\b/i;
/** A file whose query is begun twice, or begun and left empty, so that what an application appends does not change its name. */
const CUT_OFF = /^[^?]{0,200}(?:\.(?:txt|inc|gif|jpe?g|png|dat)\?['"]{0,2}$|\?{2,8}(?:\w{0,16}=?\S{0,40})?$)/i;

/** A program, script or list, or a short name without ending, right below a host. */
const DROPPED =
  /^\/(?:[\w.~-]{1,40}\/){0,4}[\w-]{1,40}\.(?:php\d?|phtml|txt|sh|pl|py|cgi|aspx?|jspx?|exe|elf|bin|ps1|bat|hta|dll|jar|mips\w{0,3}|arm\w{0,3}|x86\w{0,3})$|^\/[a-z]{1,4}$/i;
/** A query that is begun and left empty. */
const EMPTY_QUERY = /^[^?=&]{0,200}\?{1,8}$/;
/** A file of the kinds that applications include, whatever is appended to it. */
const INCLUDED = /\.(?:txt|php\d?s?|phtml|inc|dat|html?|jpg|gif)(?:\?{1,2}[^=]{0,12}$|(?<=txt|phps?|phtml|inc)$)/i;
const ADDRESS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** A step up, an empty one or one that stays, behind which nothing follows. */
const DOTTED_TAIL = /(?:\/\.\.|\/{2}\.{0,2})\/?$/;

/**
 * Signals of what a URL asks its host for.
 * @param path what stands behind the host, its port included
 * @param isFile the scheme is one by which files are had
 */
export function readPath(path: string, host: string, isFile: boolean, use: Use, add: Add): void {
  if (REMOTE_SCRIPT.test(path)) add('remote-script');
  else if (isIncluded(path, host, isFile, use)) add('remote-include');
  if (use.redirects && DOTTED_TAIL.test(path)) add('dotted-tail');
}

/** Whether an application that takes its own code from such a URL is to take it from elsewhere. */
function isIncluded(path: string, host: string, isFile: boolean, use: Use): boolean {
  const { name, isValue, redirects, isCallback } = use;
  if (ROOTS.test(name) || CUT_OFF.test(path)) return true;
  if (isFile && isValue && !redirects && EMPTY_QUERY.test(path)) return true;
  // A host without a name that serves a program: the next stage of an intrusion, not a page.
  if (!isCallback && ADDRESS.test(host) && DROPPED.test(path)) return true;
  return INCLUDES.test(name) && INCLUDED.test(path);
}
