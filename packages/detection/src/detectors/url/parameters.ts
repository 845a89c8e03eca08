import { anyOf, anyWord, pattern } from '../../text/regex.ts';

/** Parameters that name where to go next. */
export const REDIRECT = pattern`(?:^|[._[-])${anyOf(
  anyWord('r u url uri next goto go to out view dest destination'),
  /redir\w{0,16}|redirect\w{0,16}|return\w{0,12}|rurl|continue\w{0,4}/i,
  anyWord('forward target link'),
  /checkout_?url|callback\w{0,6}|success\w{0,6}|back\w{0,6}/i,
  anyWord('relaystate service ref image_url'),
  /jump\w{0,4}|page|location|nexturl|exit\w{0,4}|logout|login_?url|fallback/i,
)}\]?$`;

/** Parameters whose URL the server fetches or includes. */
export const FETCH = pattern`(?:^|[._[-])${anyOf(
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
export const INCLUDES =
  /^(?:files?|page|path|include|inc|template|tpl|module|mod|lang|language|conf|config|root|dir|folder|document|doc|load|layout|theme|content|class|pg|view|body|main|p|f)$/i;

/** Settings of old applications that name where their own code lies: whatever URL they hold is included. */
export const ROOTS = pattern`^${anyOf(
  // Of Mambo and Joomla.
  /mosconfig_\w{2,20}/i,
  /conf(?:ig)?_\w{0,12}root|phpbb_root\w{0,6}|doc(?:ument)?_?root/i,
  /\w{0,20}absolute_path|\w{0,20}_?(?:include|root|base)_?(?:path|dir)/i,
  // An entry of an array of settings, where globals are registered from parameters.
  /_?\w{0,12}conf\w{0,6}\[\w{2,16}\]|\w{0,16}\[path\]/i,
  /path_prefix|server_?root|abs_?path/i,
)}$`;

/** Parameters that tell where a program on a developer's own machine is to be sent back to, or which page a measurement is of. */
export const LOOPBACK_CALLBACK = pattern`^(?:openid\.)?${anyOf(
  // Of signing in, where applications are also called by their URLs.
  /client_id|wtrealm|realm|redirect_uri|redirect_url|redirecturl|return_?to|returnurl|return_url|callback|callback_url|post_logout_redirect_uri/i,
  // Of measurements.
  /origin|ref(?:errer|erer)?|dl|dr|location|page_url|url_ref|urlref|u|documenturl|_rf|e|href|tiba|frm/i,
  /(?:current|page|site|document)_?(?:url|uri|href|location)/i,
)}$`;
