import { anyOf, pattern } from '../../text/regex.ts';
import { FETCH } from './parameters.ts';
import type { Add } from './signals.ts';
import type { Use } from './use.ts';

/** Where clouds answer with what a machine may know of itself. */
const METADATA_ADDRESS = '169.254.169.254';
const METADATA_HOST = anyOf(
  /^169\.254\.169\.254$/,
  // Alibaba, Azure, Oracle, Amazon by IPv6.
  /^100\.100\.100\.200$|^168\.63\.129\.16$|^192\.0\.0\.192$|^\[?fd00:ec2/,
  /^metadata$|^metadata\.(?:google|tencentyun|platformequinix|packet\.net)|^(?:instance-data|rancher-metadata)$/,
);
/** Where they keep it, whatever name or address they are asked by. */
const METADATA_PATH =
  /^(?::\d{1,5})?\/{1,4}(?:computemetadata\/v1|latest\/(?:meta-data|user-data|dynamic\/instance-identity)|metadata\/(?:instance|identity)\b|opc\/v[12]\/instance|openstack\/latest)/i;
/** Names that resolve to whatever address they hold, or to one address now and to another one later. */
const REBINDING =
  /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me|rbndr\.us|1u\.ms|lacolhost\.com|spoofed\.burpcollaborator\.net|localdomain\.pw|nip\.org|yoogle\.com)$/i;
/** Hosts that tell who asked for them: a scanner puts one where a server may fetch it. */
const CALLBACK_HOST = pattern`(?:^|\.)${anyOf(
  /burpcollaborator\.net|oastify\.com|oast\.(?:pro|live|site|online|fun|me)|interact\.sh|interactsh\.com/i,
  /dnslog\.cn|ceye\.io|requestbin\.(?:net|com)|webhook\.site|canarytokens\.com|bxss\.me|xss\.ht/i,
  /dnsbin\.\w{2,6}|pipedream\.net|r87\.(?:me|com)|ngrok\.io|eyes\.sh|h4ck\.me/i,
)}$`;

/** An internal address behind labels of another name, which a check for how a host begins or ends lets through. */
const ENDS_INTERNAL = /^(?:[a-z][\w-]{0,62}\.){1,4}127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i;

/** Addresses of the machine itself and of networks that no one outside reaches. */
const INTERNAL_ADDRESS = pattern`^${anyOf(
  /localhost|localhost\.localdomain|ip6-localhost/i,
  /127\.\d{1,3}\.\d{1,3}\.\d{1,3}/i,
  /0|0\.0\.0\.0/i,
  /10\.\d{1,3}\.\d{1,3}\.\d{1,3}/i,
  /192\.168\.\d{1,3}\.\d{1,3}/i,
  /172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}/i,
  /169\.254\.\d{1,3}\.\d{1,3}/i,
)}$`;
/** An internal address within one of IPv6 that leads to it: compatible, NAT64, 6to4. */
const EMBEDS_INTERNAL = pattern`^\[${anyOf(
  /(?:::|64:ff9b::)(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\.[\d.]{1,11}/i,
  /(?:::|64:ff9b::|2002:)(?:7f[\da-f]{2}|a[\da-f]{2}|c0a8|ac1[\da-f]|a9fe):[\da-f:]{0,30}/i,
)}\]$`;
const INTERNAL_ADDRESS_V6 = /^\[(?:::1?|::ffff:(?:127|10|192\.168|7f)\S{0,30}|f[cde][0-9a-f]{2}:\S{0,40})\]$/i;
/** Names that only an organisation's own resolver knows, and what services are called beside each other. */
const INTERNAL_NAME = anyOf(
  /\.(?:internal|intranet|corp|consul|svc(?:\.cluster\.local)?)$/i,
  /^kubernetes\.default/i,
  /^(?:redis|mysql|postgres|elasticsearch|consul|vault|docker|memcached|jenkins|internal|intranet)$/i,
);
/** Names of sites that an organisation has for itself, which its own pages, trackers and proxies of images name. */
const OWN_SITE = /^(?:[\w-]{1,63}\.){0,4}(?:intranet|corp|internal)$/;
/** What looks like such and is a machine's name by clouds and containers, which anybody knows: `host.docker.internal`. */
const NAMED_MACHINE = /^ip-\d|\.(?:docker|containers|minikube|k3d|lima|orb|ec2|compute|c\.[\w-]{1,63})\.internal$/;
/** 0.0.0.0 in digits of one kind. */
const ZERO = /^(?:0x)?0{1,8}$/;
/** An address of IPv6 that is the machine's own or holds one of IPv4, or that is written out where a name is usual. */
const WRITTEN_OUT_V6 = /^\[(?:::ffff:|::[01]?\]|(?:0{1,4}:){1,7}:?0{0,3}[01]?\]|(?:0{1,4}:){4,7})/;

/**
 * Signals of which host a URL really names.
 * @param host in lower case, without a full stop at its end
 * @param path what stands behind the host, its port included
 */
export function readHost(host: string, path: string, use: Use, add: Add): void {
  const { isValue, isCallback } = use;
  const address = decodeHost(host);
  if (METADATA_HOST.test(host) || address === METADATA_ADDRESS || (isValue && METADATA_PATH.test(path)))
    add('metadata-host');
  if (isEncoded(host, address, use)) add('encoded-host');
  const isFetched = isValue && !isCallback && FETCH.test(use.name);
  const isOwnSite = OWN_SITE.test(host) && !NAMED_MACHINE.test(host) && !path.startsWith(':');
  if (isInternal(address ?? host)) add(isFetched && !isOwnSite ? 'internal-host' : 'internal-host-callback');
  if (REBINDING.test(host) || (isFetched && ENDS_INTERNAL.test(host))) add('rebinding-host');
  if (CALLBACK_HOST.test(host)) add('callback-host');
}

/** Whether a host hides which address it is. */
function isEncoded(host: string, address: string | undefined, { isValue, isFolded }: Use): boolean {
  if (address !== undefined && address !== host) return true;
  if (ZERO.test(host) || WRITTEN_OUT_V6.test(host) || EMBEDS_INTERNAL.test(host)) return true;
  // Digits in circles or full width are read as digits by those that fetch, and by no filter.
  return isFolded && isValue && /^[\d.]+$/.test(host) && isInternal(host);
}

function isInternal(host: string): boolean {
  return INTERNAL_ADDRESS.test(host) || INTERNAL_ADDRESS_V6.test(host) || INTERNAL_NAME.test(host);
}

/** Dotted address of a host written as one integer, in hexadecimal, octal or with fewer parts; nothing where it is a name. */
export function decodeHost(host: string): string | undefined {
  if (!/^[0-9a-fox.]{1,64}$/i.test(host) || !/\d/.test(host)) return undefined;
  const parts = host.split('.');
  if (parts.length > 4) return undefined;
  const numbers: number[] = [];
  for (const part of parts) {
    if (/^0o[0-7]{1,20}$/i.test(part)) numbers.push(Number(part));
    else if (/^0x[0-9a-f]{1,16}$/i.test(part)) numbers.push(Number.parseInt(part, 16));
    else if (/^0[0-7]{1,20}$/.test(part)) numbers.push(Number.parseInt(part, 8));
    else if (/^\d{1,12}$/.test(part)) numbers.push(Number(part));
    else return undefined;
  }
  if (numbers.length === 1 && (numbers[0] ?? 0) < 0x1000000) return undefined;
  const last = numbers.pop() ?? 0;
  let address = last % 2 ** (8 * (4 - numbers.length));
  for (const [index, number] of numbers.entries()) address += (number % 256) * 2 ** (8 * (3 - index));
  return [24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join('.');
}
