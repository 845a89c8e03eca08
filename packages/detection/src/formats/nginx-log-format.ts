import { isHeaderField, type FieldName } from './fields.ts';
import { isOtherHeader } from './other-headers.ts';
import type { HeaderKey } from './json-keys.ts';
import { jsonTemplateFields } from './json-line.ts';
import { keyPath, type KeyPath } from './json-text.ts';
import {
  compileTemplate,
  requireTimeAndRequest,
  TemplateError,
  type FieldPiece,
  type TemplatePiece,
} from './template.ts';
import type { LineFormat } from './line-format.ts';

/** nginx's variables by what they say: http://nginx.org/en/docs/varindex.html */
const VARIABLES: Record<string, FieldName> = {
  remote_addr: 'address',
  realip_remote_addr: 'forwardedFor',
  http_x_forwarded_for: 'forwardedFor',
  proxy_add_x_forwarded_for: 'forwardedFor',
  http_x_real_ip: 'forwardedFor',
  http_x_client_ip: 'forwardedFor',
  http_cf_connecting_ip: 'forwardedFor',
  http_true_client_ip: 'forwardedFor',
  proxy_protocol_addr: 'forwardedFor',
  remote_user: 'user',
  time_local: 'time',
  time_iso8601: 'time',
  msec: 'time',
  request: 'requestLine',
  request_method: 'method',
  request_uri: 'target',
  uri: 'target',
  document_uri: 'target',
  args: 'query',
  query_string: 'query',
  server_protocol: 'protocol',
  status: 'status',
  body_bytes_sent: 'bytes',
  bytes_sent: 'bytes',
  http_referer: 'referer',
  http_user_agent: 'userAgent',
  host: 'host',
  http_host: 'host',
  server_name: 'host',
  request_time: 'duration',
};

/** What the names of variables begin with that hold a request header. */
const HEADER = 'http_';

/**
 * A format out of nginx.conf's `log_format`, as it stands there: with or without `log_format name` and `;`, in one or several quoted
 * pieces, with `escape=`. A JSON object with `escape=json` is read by its keys.
 * @throws TemplateError that says what is missing
 */
export function parseNginxLogFormat(text: string): LineFormat {
  const body = unquote(text).replaceAll(String.raw`\t`, '\t');
  // Without escape=json nginx writes `\xHH` into the strings, which the reader knows.
  if (body.trimStart().startsWith('{')) return jsonFormat(body);
  const pieces: TemplatePiece[] = [];
  for (const part of body.split(/(\$\{[a-z0-9_]+\}|\$[a-z0-9_]+)/i)) {
    if (part === '') continue;
    if (!part.startsWith('$')) pieces.push({ text: part });
    else pieces.push(fieldOf(part.replace(/[${}]/g, '')));
  }
  return { name: 'custom', ...compileTemplate(pieces) };
}

function fieldOf(variable: string): FieldPiece {
  const lower = variable.toLowerCase();
  const known = VARIABLES[lower];
  if (known !== undefined) return { field: known };
  const name = lower.startsWith(HEADER) ? lower.slice(HEADER.length) : undefined;
  return name !== undefined && isOtherHeader(name) ? { field: 'header', name } : { field: 'ignored' };
}

/** The format's text without the directive, its options and nginx's quotes. */
function unquote(text: string): string {
  let rest = text.trim().replace(/;$/, '').trim();
  const directive = /^log_format\s+[^\s'"]+\s+/.exec(rest);
  if (directive !== null) rest = rest.slice(directive[0].length);
  const escape = /^escape=(default|json|none)\s+/.exec(rest);
  if (escape !== null) rest = rest.slice(escape[0].length);
  if (!rest.startsWith("'") && !(rest.startsWith('"') && rest.endsWith('"') && directive !== null)) return rest;
  let body = '';
  let at = 0;
  while (at < rest.length) {
    const quote = rest[at]!;
    if (/\s/.test(quote)) {
      at += 1;
      continue;
    }
    if (quote !== "'" && quote !== '"')
      throw new TemplateError(`expected a quoted piece at character ${at + 1} of the format`);
    const end = closing(rest, at + 1, quote);
    body += rest.slice(at + 1, end).replace(/\\(['"\\])/g, '$1');
    at = end + 1;
  }
  return body;
}

function closing(text: string, from: number, quote: string): number {
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  throw new TemplateError('a quoted piece of the format has no end');
}

/** Keys of the JSON object, by the variable that each one holds. */
function jsonFormat(body: string): LineFormat {
  const keys = new Map<FieldName, KeyPath[]>();
  const headers: HeaderKey[] = [];
  for (const [, key, variable] of body.matchAll(/"([^"]{1,128})"\s*:\s*"?\$\{?([a-z0-9_]+)\}?"?/gi)) {
    const { field, name } = fieldOf(variable!);
    if (isHeaderField(field)) headers.push({ path: keyPath(key!), name });
    if (field !== 'ignored' && field !== 'header') keys.set(field, [...(keys.get(field) ?? []), keyPath(key!)]);
  }
  requireTimeAndRequest((field) => keys.has(field));
  return { name: 'custom', ...jsonTemplateFields(keys, { headers }) };
}
