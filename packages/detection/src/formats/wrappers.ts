import { parseJsonObject } from './json-text.ts';

/** A line without what a container runtime, syslog, a spreadsheet or an editor put around it. */
export interface Unwrapped {
  text: string;
  /** Where `text` begins in the line; -1 where it was decoded and stands nowhere as it is. */
  start: number;
}

/** `2026-03-02T00:00:21.123456789Z stdout F `: https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md */
const CRI =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) [FP](?::[A-Za-z]{1,8})? /;
/** RFC 3164, with or without priority: `<190>Mar  2 00:00:21 host nginx[123]: `. */
const SYSLOG_BSD =
  /^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:[^\s:"[]{1,255} )?[A-Za-z][\w./-]{0,63}(?:\[\d{1,10}\])?: /;
/** UTF-8's byte order mark, which editors and shells of Windows put before the first line of a file. */
export const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
/** RFC 5424 without structured data: `<190>1 2026-03-02T00:00:21Z host nginx 123 - - `. */
const SYSLOG_IETF = /^<\d{1,3}>1 \S{1,64} \S{1,255} \S{1,48} \S{1,128} \S{1,32} - (?:\u00ef\u00bb\u00bf)?/;

/**
 * Takes off a container runtime's or syslog's header, or a byte order mark. The runtime splits lines above 16 KiB into pieces marked `P`, which stand on
 * lines of their own: the first piece is read for what it holds (it often reaches beyond the status), the later ones are no requests
 * and are rejected as unparsable. Quotes around a line that went through CSV go as well.
 */
export function unwrap(line: string): Unwrapped | undefined {
  const first = line.charCodeAt(0);
  if (first === 0x7b) return unwrapDocker(line);
  if (first === 0x22) return unwrapCsv(line);
  if (line.startsWith(BYTE_ORDER_MARK))
    return { text: line.slice(BYTE_ORDER_MARK.length), start: BYTE_ORDER_MARK.length };
  const header =
    first === 0x3c ? (SYSLOG_IETF.exec(line) ?? SYSLOG_BSD.exec(line)) : (CRI.exec(line) ?? SYSLOG_BSD.exec(line));
  return header === null ? undefined : { text: line.slice(header[0].length), start: header[0].length };
}

/** RFC 4180 doubles the quotes within; some exports do not. */
function unwrapCsv(line: string): Unwrapped | undefined {
  if (!line.endsWith('"') || line.length < 2) return undefined;
  const text = line.slice(1, -1);
  return text.includes('] ""') ? { text: text.replaceAll('""', '"'), start: -1 } : { text, start: 1 };
}

/** Docker's json-file driver: `{"log":"…\n","stream":"stdout","time":"…"}`. */
function unwrapDocker(line: string): Unwrapped | undefined {
  if (!line.startsWith('{"log":')) return undefined;
  const log = parseJsonObject(line)?.['log'];
  return typeof log === 'string' ? { text: log.replace(/\r?\n$/, ''), start: -1 } : undefined;
}
