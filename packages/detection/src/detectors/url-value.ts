import { anyOf, anyWord, pattern } from '../text/regex.ts';
import { isBinary } from '../views/unicode.ts';
import type { View } from '../views/view.ts';
import { Found, type Detector, type Signal } from './detector.ts';

const SIGNALS = [
  'internal-host',
  'internal-host-callback',
  'metadata-host',
  'encoded-host',
  'rebinding-host',
  'callback-host',
  'obscured-redirect',
  'protocol-relative',
  'user-info',
  'remote-script',
  'remote-include',
  'dotted-tail',
  'off-site',
  'control-split',
] as const;

/** Parameters that name where to go next. */
const REDIRECT = pattern`(?:^|[._[-])${anyOf(
  anyWord('r u url uri next goto go to out view dest destination'),
  /redir\w{0,16}|redirect\w{0,16}|return\w{0,12}|rurl|continue\w{0,4}/i,
  anyWord('forward target link'),
  /checkout_?url|callback\w{0,6}|success\w{0,6}|back\w{0,6}/i,
  anyWord('relaystate service ref image_url'),
  /jump\w{0,4}|page|location|nexturl|exit\w{0,4}|logout|login_?url|fallback/i,
)}\]?$`;
/** Parameters whose URL the server fetches or includes. */
const FETCH = pattern`(?:^|[._[-])${anyOf(
  // Files, pages and their parts.
  /file\w{0,6}/i,
  anyWord(`document folder root path pg style pdf template php_path doc page name cat dir action board date detail download
    prefix`),
  /include\w{0,6}/i,
  anyWord('inc locate show site type view content layout mod conf load read lang module class theme'),
  // URLs and what they are for.
  anyWord(`src url uri host proxy feed fetch img image dest port domain callback endpoint webhook link open target data
    reference html val validate to out continue window next xml api`),
  // Names that say nothing, which demonstrations of holes prefer.
  anyWord('id ip item user param input value key token'),
)}\]?$`;
/** Parameters that name a local file in careless applications. */
const INCLUDES =
  /^(?:files?|page|path|include|inc|template|tpl|module|mod|lang|language|conf|config|root|dir|folder|document|doc|load|layout|theme|content|class|pg|view|body|main|p|f)$/i;
/** Settings of old applications that name where their own code lies: whatever URL they hold is included. */
const ROOTS = pattern`^${anyOf(
  // Of Mambo and Joomla.
  /mosconfig_\w{2,20}/i,
  /conf(?:ig)?_\w{0,12}root|phpbb_root\w{0,6}|doc(?:ument)?_?root/i,
  /\w{0,20}absolute_path|\w{0,20}_?(?:include|root|base)_?(?:path|dir)/i,
  // An entry of an array of settings, where globals are registered from parameters.
  /_?\w{0,12}conf\w{0,6}\[\w{2,16}\]|\w{0,16}\[path\]/i,
  /path_prefix|server_?root|abs_?path/i,
)}$`;
/** Parameters that tell where a program on a developer's own machine is to be sent back to, or which page a measurement is of. */
const LOOPBACK_CALLBACK = pattern`^(?:openid\.)?${anyOf(
  // Of signing in, where applications are also called by their URLs.
  /client_id|wtrealm|realm|redirect_uri|redirect_url|redirecturl|return_?to|returnurl|return_url|callback|callback_url|post_logout_redirect_uri/i,
  // Of measurements.
  /origin|ref(?:errer|erer)?|dl|dr|location|page_url|url_ref|urlref|u|documenturl|_rf|e|href|tiba|frm/i,
  /(?:current|page|site|document)_?(?:url|uri|href|location)/i,
)}$`;
const REBINDING =
  /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me|rbndr\.us|1u\.ms|lacolhost\.com|spoofed\.burpcollaborator\.net|localdomain\.pw|nip\.org|yoogle\.com)$/i;
/** Hosts that tell who asked for them: a scanner puts one where a server may fetch it. */
const CALLBACK_HOST = pattern`(?:^|\.)${anyOf(
  /burpcollaborator\.net|oastify\.com|oast\.(?:pro|live|site|online|fun|me)|interact\.sh|interactsh\.com/i,
  /dnslog\.cn|ceye\.io|requestbin\.(?:net|com)|webhook\.site|canarytokens\.com|bxss\.me|xss\.ht/i,
  /dnsbin\.\w{2,6}|pipedream\.net|r87\.(?:me|com)|ngrok\.io|eyes\.sh|h4ck\.me/i,
)}$`;

/** A file whose query is begun twice, or begun and left empty, so that what an application appends does not change its name. */
const CUT_OFF = /^[^?]{0,200}(?:\.(?:txt|inc|gif|jpe?g|png|dat)\?['"]{0,2}$|\?{2,8}(?:\w{0,16}=?\S{0,40})?$)/i;

/** A program, script or list, or a short name without ending, right below a host. */
const DROPPED =
  /^\/(?:[\w.~-]{1,40}\/){0,4}[\w-]{1,40}\.(?:php\d?|phtml|txt|sh|pl|py|cgi|aspx?|jspx?|exe|elf|bin|ps1|bat|hta|dll|jar|mips\w{0,3}|arm\w{0,3}|x86\w{0,3})$|^\/[a-z]{1,4}$/i;

/** A scheme in letters of changing size, which a comparison by case misses; people capitalise its beginning or all of it. */
const MIXED_SCHEME = /^(?![Hh]ttps?:|HTTP[Ss]?:)[Hh][Tt][Tt][Pp][Ss]?:\/\//;

/** A host behind one slash, which is a path of the site's own but for the control character before it; a page of the site ends otherwise. */
const HIDDEN_HOST =
  /^[\x00-\x1f]{1,3}[\\/]{1,2}(?:[\w-]{1,63}\.){1,4}(?!(?:php\d?|html?|aspx?|jsp|xml|txt)[\\/]?$)[a-z]{2,10}[\\/]?$/i;

/** Where services of metadata keep what a machine may know of itself, whatever name or address they are asked by. */
const METADATA_PATH =
  /^(?::\d{1,5})?\/{1,4}(?:computemetadata\/v1|latest\/(?:meta-data|user-data|dynamic\/instance-identity)|metadata\/(?:instance|identity)\b|opc\/v[12]\/instance|openstack\/latest)/i;
/** An internal address behind labels of another name, which a check for how a host begins or ends lets through. */
const ENDS_INTERNAL = /^(?:[a-z][\w-]{0,62}\.){1,4}127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/i;

/** Judges values that are URLs: which host they really name and how openly they say so. */
export const urlValue: Detector = {
  name: 'url',
  readsDocuments: true,
  signals: SIGNALS,
  gate: ['http', '//', '/\\', '\\', 'ftp:', '/.', 'gopher:', 'dict:', 'ldap:', 'ws:', 'wss:', 'url:', '@', '<space>'],
  gateWith: ['/', '\\', '@', 'http'],
  run(view: View): Signal[] {
    const { text, field } = view;
    if (text.length < 4 || text.length > 4096 || !/[/\\@]|https?:/i.test(text)) return [];
    const found = new Found();
    const add = (name: (typeof SIGNALS)[number]) => {
      found.add(name, 0, Math.min(text.length, 200));
    };
    const name = view.parameter ?? '';
    // A quote before a URL or behind it breaks out of what it is put into, and hides nothing.
    const value = text.trim().replace(/^["'](?=https?:)|["']$/gi, '');
    if (MIXED_SCHEME.test(value)) add('obscured-redirect');
    if (HIDDEN_HOST.test(text) && REDIRECT.test(name)) add('control-split');
    const isValue = field === 'param_value' || (field === 'referer' && view.parameter !== undefined);
    const clean = value.replace(/[\x00-\x1f\x7f]/g, '');
    if ((isValue || field === 'query') && (clean !== value || MISLEADS.test(value)))
      readShape(value, clean, REDIRECT.test(name), view.decoded.includes('fold'), add);
    if (!clean.includes(':')) return found.signals;
    const url =
      /^(?:url:)?([a-z][a-z0-9+.-]{1,14}):[\\/]{0,6}(?:([^/?#\\@\s]{0,256})@)?(\[[^\]]{2,64}\]|[^/?#\\:\s@]{1,253})?/i.exec(
        clean.replace(/^[\\/]{1,4}(?=https?:)/i, ''),
      );
    if (url === null || !/^(?:https?|ftp|gopher|dict|ldap|ws|wss|sftp|tftp|url)$/i.test(url[1] ?? ''))
      return found.signals;
    const redirect = REDIRECT.test(name);
    const isCallback = LOOPBACK_CALLBACK.test(name) || LOOPBACK_CALLBACK.test(view.name ?? '');
    const host = (url[3] ?? '').toLowerCase().replace(/\.$/, '');
    if (
      /^169\.254\.169\.254$|^metadata$|^metadata\.(?:google|tencentyun|platformequinix|packet\.net)|^100\.100\.100\.200$|^168\.63\.129\.16$|^192\.0\.0\.192$|^fd00:ec2|^(?:instance-data|rancher-metadata)$|^\[fd00:ec2/.test(
        host,
      ) ||
      decodeHost(host) === '169.254.169.254'
    )
      add('metadata-host');
    const path = clean.slice(url.index + url[0].length);
    if (METADATA_PATH.test(path) && isValue) add('metadata-host');
    const real = decodeHost(host);
    if (/^(?:0x)?0{1,8}$/.test(host)) add('encoded-host');
    if (real !== undefined && real !== host) add('encoded-host');
    if (EMBEDS_INTERNAL.test(host)) add('encoded-host');
    // Digits in circles or full width are read as digits by those that fetch, and by no filter.
    if (view.decoded.includes('fold') && isValue && /^[\d.]+$/.test(host) && isInternal(host)) add('encoded-host');
    if (/^\[(?:::ffff:|::[01]?\]|(?:0{1,4}:){1,7}:?0{0,3}[01]?\]|(?:0{1,4}:){4,7})/i.test(host)) add('encoded-host');
    if (isInternal(real ?? host))
      add(isCallback || !isValue || !FETCH.test(name) ? 'internal-host-callback' : 'internal-host');
    if (REBINDING.test(host) || (ENDS_INTERNAL.test(host) && isValue && FETCH.test(name) && !isCallback))
      add('rebinding-host');
    if (CALLBACK_HOST.test(host)) add('callback-host');
    // A key before the host is how error collectors are addressed; what misleads looks like a host itself.
    const isCollector = name.toLowerCase() === 'dsn';
    if (!isCollector && /^https?$/i.test(url[1] ?? '') && url[2] !== undefined && /[.\d]/.test(host)) add('user-info');
    if (
      /(?:^|\/)(?:c99|r57|c100|b374k|wso\d{0,2}|shell|cmd|id1|rfi|evil|webshell|backdoor|mini|alfa|phpshell|hack\w{0,8}|pwn\w{0,8})\.(?:php\d?|txt|jpe?g|gif|png|asp|inc)\b/i.test(
        path,
      )
    )
      add('remote-script');
    else if (
      ROOTS.test(name) ||
      (!redirect && /^https?$|^ftps?$/i.test(url[1] ?? '') && /^[^?=&]{0,200}\?{1,8}$/.test(path) && isValue) ||
      CUT_OFF.test(path) ||
      // A host without a name that serves a program: the next stage of an intrusion, not a page.
      (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) && !isCallback && DROPPED.test(path)) ||
      (INCLUDES.test(name) &&
        /\.(?:txt|php\d?s?|phtml|inc|dat|html?|jpg|gif)(?:\?{1,2}[^=]{0,12}$|(?<=txt|phps?|phtml|inc)$)/i.test(path))
    ) {
      add('remote-include');
    }
    if (/(?:\/\.\.|\/{2}\.{0,2})\/?$/.test(path) && redirect) add('dotted-tail');
    if (redirect && /^https?$/i.test(url[1] ?? '')) add('off-site');
    return found.signals;
  },
};

type Add = (name: (typeof SIGNALS)[number]) => void;

/** How each of the ways of `readShape` begins that has no control characters. */
const MISLEADS = /^(?:[\s\\/@]|[<>]{1,2}\/\/|h?t{0,2}p?s?http)/i;

/** Ways to write an absolute URL so that a check for one does not see it. */
function readShape(value: string, clean: string, redirect: boolean, folded: boolean, add: Add): void {
  const slashes = value.replaceAll('\\', '/');
  const hostAfter = /^[a-z0-9[(;@.-][^\s]{2,}/i;
  if (
    clean !== value &&
    /^[\\/\s]{0,4}(?:https?:|[\\/]{1,4})/i.test(clean) &&
    /^.{0,12}[\x00-\x1f]/.test(value) &&
    /[\\/]/.test(clean) &&
    /^[\\/a-z:]{0,10}[\x00-\x1f]/i.test(value) &&
    (!isBinary(value) || /^[\\/\s]{0,4}(?:https?:|[\\/]{0,4}[\w-]{1,63}\.[a-z\d])/i.test(clean))
  )
    add('control-split');
  if (
    /^\/{0,3}\\{1,3}[\\/]{0,4}[\w.-]{3,}|^\\\/|^\/\\/.test(value) &&
    hostAfter.test(slashes.replace(/^\/+/, '')) &&
    !/^\\\\[\w.-]{1,60}\\/.test(value) &&
    // What comes behind blanks or braces is in no host: `\frac{a}{b} < x.left` is a formula.
    /^[^\s{}]{0,256}\.\w{2,}/.test(value)
  )
    add('obscured-redirect');
  if (/^\/{3,}[^/.\s][^/\s]{1,}\.[a-z]{2,}/i.test(value) && redirect) add('obscured-redirect');
  if (/^\/{3,}[^/\s]{2,}/.test(value) && redirect) add('obscured-redirect');
  if (/^\/{1,4}(?:https?|ftp):/i.test(value)) add('obscured-redirect');
  if (/^https?:\/{0,1}(?![\\/])[^\s/]{4,}/i.test(value) && /[.@]|\d{8}/.test(value.slice(5)) && !/\s/.test(value))
    add('obscured-redirect');
  // Delimiters as a script writes them, and a scheme around another one that a filter takes out once.
  if (/^https?(?::|\\(?:x|u00)3a)\\(?:x|u00)2f/i.test(value)) add('obscured-redirect');
  if (/^h?t{0,2}p?s?https?:\/\/\w{0,5}:\/\//i.test(value)) add('obscured-redirect');
  if (redirect && /^https?:\/\/[^/?#\s]{3,80}[#?]\.?[\w-]{1,40}(?:\.[\w-]{1,40}){1,4}$/i.test(value))
    add('obscured-redirect');
  if (/^https?:(?:\/{3,}|\/{0,2}\\|\/\/[^/?#\s]{1,80}\\)/i.test(value)) add('obscured-redirect');
  // A label that is one long number belongs to a name made up for a probe; accounts in names of hosts are shorter.
  if (redirect && /^(?:https?:[\\/]{1,4}|[\\/]{2})\d{15,24}\.[\w-]{1,60}\./i.test(value)) add('obscured-redirect');
  if (/^\/{2,6}[^/\s@[\]]{0,80}@/.test(value) || /^\/{1,4}https?:\/{1,4}[^/\s]{0,80}@/i.test(value)) add('user-info');
  if (/^https?:\/\/(?:[^/\s?]{1,80}\?@|[\w.:-]{1,80}\s{1,4}&?@[\w.-]{1,80}\.)/i.test(value)) add('user-info');
  const isAsset = () => /\.(?:js|css|png|jpe?g|gif|webp|svg|woff2?|mp[34]|m3u8)(?:\?|$)/i.test(value);
  if (redirect && /^\/{2}[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}/.test(value) && !isAsset())
    add(folded || /\/\.{0,2}$/.test(value) || /\/\.\.?/.test(value) ? 'obscured-redirect' : 'protocol-relative');
  // Nothing, or a port alone, where the host should be: what a lenient reader takes for the host stands behind the delimiter.
  if (redirect && /^https?:\/\/(?:[?#]|:\d{0,5}[?#@])[^/\s]{0,40}\.[a-z]{2,12}/i.test(value)) add('obscured-redirect');
  if (redirect && /^\/\.[\w-]{1,63}\.[a-z]{2,12}\b/i.test(value) && !value.startsWith('/.well-known'))
    add('obscured-redirect');
  if (redirect && /^\/?[<>]{1,2}\/\/[\w-]|^@https?:\/\/|^@(?:[\w-]{1,40}\.){1,4}[a-z]{2,8}\/?$/i.test(value))
    add('obscured-redirect');
  // One reader ends the host at the delimiter, another takes what stands before the sign for a user name.
  if (/^https?:\/\/[^/?#\s]{3,80}(?::\d{1,5}[?#][^/?#\s@=]{0,40}|[?#])@[\w-]{1,63}\./i.test(value)) add('user-info');
  if (redirect && isNumberedHost(clean)) add('obscured-redirect');
  if (redirect && /^\/{1,2}[\w.-]{1,80}\.[a-z]{2,6}\/{1,2}\.\.?$/i.test(value)) add('dotted-tail');
  if (redirect && /^\/{1,4}[\w.@:-]{1,80}\/{1,2}\.{2}/.test(value)) add('dotted-tail');
  // Slashes for a scheme, a host and a step up, which leads nowhere: whatever the parameter is called.
  if (/^(?:https?:)?\/{2,6}(?:[\w.:-]{1,80}@)?(?:[\w-]{1,63}\.){1,4}[a-z]{2,12}\/{1,3}\.{2}\/?$/i.test(value))
    add('dotted-tail');
}

/** Whether a host without a scheme, behind slashes that browsers take for two, is an IP address written in a way of its own. */
function isNumberedHost(value: string): boolean {
  const host = /^\s?(?:[\\/]{2,6}|\\)(\[[\da-f:.]{2,45}\]|[\da-fox.]{6,64})(?:[\\/?#]|$)/i
    .exec(value)?.[1]
    ?.toLowerCase();
  return host !== undefined && (host.startsWith('[') || (decodeHost(host) ?? host) !== host);
}

/** Dotted address of a host written as one integer, in hexadecimal, octal or with fewer parts; nothing where it is a name. */
function decodeHost(host: string): string | undefined {
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

function isInternal(host: string): boolean {
  return INTERNAL_ADDRESS.test(host) || INTERNAL_ADDRESS_V6.test(host) || INTERNAL_NAME.test(host);
}
