import { anyOf, anyWord, pattern } from '../text/regex.ts';
import { words } from '../text/words.ts';
import type { View } from '../views/view.ts';
import { withoutLabels } from '../views/labels.ts';
import { isLogQuery, isSearchParameter } from '../views/search-phrase.ts';
import { isBinary } from '../views/unicode.ts';
import { Found, type Detector, type Signal } from './detector.ts';
import { Hinted } from './hinted.ts';

const SIGNALS = [
  'traversal',
  'traversal-file',
  'sensitive-file',
  'sensitive-name',
  'parent',
  'dot-run',
  'null-byte',
  'wrapper',
  'absolute-path',
  'path-parent',
] as const;

/** What is told apart below `etc`, however it is separated from it. */
const IN_ETC = anyOf(
  /passwd|shadow|group|issue|hosts(?:\.(?:allow|deny))?|motd|fstab|mtab|crontab|resolv\.conf|ssh\/\w{2,24}/i,
  /my\.cnf|apache2?\/\S{2,40}|httpd\/\S{2,40}|nginx\/\S{2,40}|php\d?\/?\S{0,30}php\.ini|php\.ini|mysql\/\S{2,30}/i,
  /sudoers|profile|bashrc|os-release|\w{2,20}-release|inetd\.conf|rc\.d\S{0,20}|network\/\S{2,20}/i,
  /passwd-|shadow-|gshadow|security\/\w{2,20}/i,
);
/** What is kept on a drive of Windows. */
const ON_DRIVE = anyOf(
  /windows|winnt|inetpub|boot\.ini/i,
  /mysql\/\S{2,40}|php\d?\/\S{2,30}|xampp\/\S{2,40}|wamp\d{0,2}\/\S{2,40}/i,
  /users\/\w{1,30}\/\S{0,40}(?:\.ini|ntuser\.dat)|program files[^/]{0,8}\/\S{2,60}\.(?:ini|conf|log|cfg)/i,
  // Passwords that browsers and tools keep for a user.
  /users\/[^/]{1,30}\/appdata\/(?:local|roaming)\/(?:google|mozilla|filezilla|microsoft\/(?:credentials|protect|vault))/i,
  /apache\S{0,40}|autoexec\.bat|sysprep\S{0,20}|unattend\S{0,12}/i,
);
/** What is kept in the folder of Windows itself. */
const IN_WINDOWS = anyOf(
  /system32(?:\/(?:drivers\/etc\/(?:hosts|services|networks)|config\/\w{2,20}|cmd\.exe|eula\.txt|inetsrv\/\S{2,40}|license\.rtf))?/i,
  /win\.ini|system\.ini|php\.ini|repair\/\w{2,10}|my\.ini|debug\/\S{2,30}|panther\/\S{2,40}/i,
);
const SENSITIVE_FILE = anyOf(
  pattern`\.?etc[/.\s?]{0,6}${IN_ETC}`,
  /proc\/(?:self|version|cmdline|mounts|net|cpuinfo|meminfo|\d{1,7}|sched_debug|modules)(?:\/\S{0,40})?/i,
  /var\/(?:log|mail|spool|lib\/mysql|www|run|adm|apache|backups)\/\S{1,80}/i,
  // Servers that were installed by hand, and homes.
  /(?:usr\/local|opt|home\/\w{1,24}|private|usr|xampp|wamp)\/(?:apache2?|etc|conf|httpd|nginx|php\d?|tomcat\d?|lampp|mysql|bitnami|\.ssh|\.aws|\.bash_history)\/\S{1,80}/i,
  /root\/\.\w{2,20}\S{0,40}|run\/secrets\/\S{1,80}/i,
  // Keys, histories and credentials in any home.
  /\.ssh\/(?:id_\w{2,10}|authorized_keys|known_hosts|config)|id_(?:rsa|dsa|ed25519)(?:\.pub)?/i,
  /\.(?:bash|mysql|zsh|sh|psql)_history|\.aws\/credentials|\.kube\/config|\.docker\/config\.json|\.ht(?:passwd|access)/i,
  // Sessions that PHP keeps in files, with what a visitor had it store.
  /(?:tmp|sessions?)\/sess_\w{1,64}/i,
  // Logs of a server, one step above its pages.
  /(?<=\.\.\/)(?:[\w-]{1,24}\/){0,3}(?:access|error)[._]log/i,
  // What a repository holds beside the pages, one step above them.
  /(?<=\.\.\/)\.(?:git|svn|hg)\/\w{2,20}|(?<=\.\.\/)\.env(?:\.\w{2,16})?/i,
  pattern`(?:[a-z]:)?\/?(?:windows|winnt)[/.]{0,4}${IN_WINDOWS}`,
  pattern`[a-z]:\/{0,4}${ON_DRIVE}`,
  /boot\.ini|win\.ini|system32\/drivers\/etc\/hosts|windows\/system32|global\.asa/i,
  // What a servlet container never serves.
  /web-inf\/[\w./-]{1,60}|meta-inf\/(?:context\.xml|manifest\.mf|\S{2,40}\.xml)/i,
  /windows\/?win\.ini|inetpub\/?wwwroot\S{0,40}|autoexec\.bat|%systemroot%\S{0,60}|%windir%\S{0,60}|ntuser\.dat|sam\._/i,
  /(?:config|database|db|connect)\.(?:asp|inc)(?:~|\.bak|\.old)?/i,
  // Settings of PHP applications, and copies of them that a server shows as text.
  /(?:wp-config|localsettings|configuration|settings|config(?:\.inc)?|database|db|connect|secrets?)\.php(?:~|\.bak|\.old)?/i,
);
/** Files that attackers read to prove a hole or to find secrets, after separators were folded to `/`. */
const SENSITIVE = new Hinted(
  pattern`(?:(?<![\w.-])|(?<=iii|\.\.))\/{0,8}${SENSITIVE_FILE}(?=$|[^\w-]|_)(?!\.(?:go|c|h|cc|cpp|py|js|ts|md|rb|java|rs|html?|example|sample|dist)(?:$|[;&\s]))`,
  words(`etc proc/ var/ usr/ opt/ home/ private/ xampp/ wamp root/ run/ .ssh/ id_ _history .aws/ .kube/ .docker/ .ht sess_ error access
  .git .svn .hg .env windows winnt inetpub boot.ini win.ini mysql/ :php /php users/ program<space> program<non-ascii> apache autoexec sysprep
  unattend global.asa -inf/ %systemroot% %windir% ntuser.dat sam._ .asp .inc .php`),
);
/** The strongest of them, also where separators were lost on the way (`etcpasswd`, `c:windowswin.ini`). */
const SQUASHED = anyOf(
  /\.{3}\S{0,8}(?:etc\S{0,2}(?:passwd|shadow|issue|hosts)|windows\S{0,2}win\.ini|boot\.ini)/i,
  /^(?:file:)?[a-z]:(?:windows|winnt)(?:win\.ini|system32)/i,
  /^(?:file:)?[a-z]:inetpub\S{1,40}/i,
  /(?:^|\/)i{2,12}etc\/passwd/i,
);
/** A page of an application by its module, `School_Setup/Configuration.php`: files of settings are written small. */
const MODULE_PAGE = /^[A-Z]\w{1,40}\/[A-Z]\w{1,40}\.php$/;
/** A step up, also with what servers drop or take for a dot. */
const STEP_UP = /\.\.|\.\?|\?\?/;
/** Two steps up, with white space and control characters in them, or steps that lead nowhere between. */
const TRAVERSAL = pattern`${STEP_UP}[\s\x00-\x1f?]{0,2}\/{1,6}(?:[\s\x00-\x1f]{0,2}\.\/{1,6}){0,4}[\s\x00-\x1f]{0,2}(?:\.{2,6}|\.\?|\?\?)[\s\x00-\x1f?]{0,2}\/`;
/** Schemes that make a function for files read, run or fetch something else. */
const WRAPPER = pattern`(?:^|[=,\s"'(<>/|])${anyOf(
  /php:\/{1,3}(?:filter|input|output|memory|temp|fd|std(?:in|out|err))/i,
  pattern`${anyOf(
    // Of PHP.
    /phar|zip|expect|glob|compress\.(?:zlib|bzip2)|zlib|ogg|rar|ssh2(?:\.\w{1,10})?/i,
    // Of Java and of libraries that fetch.
    /netdoc|jar|gopher|dict|ldaps?|ldapi|tftp|sftp|view-source|local_file|vbscript|wrapwrap/i,
    // Of ImageMagick, which run a script and delete a file.
    /(?:vid:)?msl|ephemeral/i,
  )}:\s{0,2}(?:\/|[a-z]:|%|\$|\w{1,40}:)`,
  /file:\s{0,2}(?:\/{1,5}[\w.~%$?*-]|[a-z]:|%|\$)/i,
  // Pages carry images and fonts so, and documents of their own.
  /data:\s{0,2}(?!image|font|audio|video|application\/(?:json|pdf))(?:\/\/)?[\w/+-]{0,40}(?:;[\w=-]{0,40}){0,3},/i,
)}`;

const SYSTEM_PATH = /^\/(?:etc|proc|root|var\/(?:log|lib|spool)|usr\/(?:bin|sbin|local)|bin|sbin)\/[\w./-]{2,200}$/;
/** What a user keeps hidden at home, and the settings of well-known applications. */
const OWN_SETTINGS = anyOf(
  pattern`^\/{1,4}\.${anyOf(
    /(?:gnupg|ssh|subversion|drush|lftp|mozilla|thunderbird|gem|npm|nvm|java|dbus|pki|local)\//i,
    /(?:profile|xauthority|nsr|r?history|lldb-history)$/i,
  )}`,
  pattern`^\/{0,4}(?:[\w-]{1,24}\/){0,4}${anyOf(
    /wp-config\.\w{2,5}|web\.config/i,
    /(?:config|parameters|security|routing|services|database)(?:_\w{2,8})?\.ya?ml/i,
    /app\/etc\/local\.xml|(?:configure|localconf)\.php/i,
  )}$`,
);
/** What ends the name of a file that a host keeps for itself: settings, logs, keys and what shells remember. */
const HOST_FILE = pattern`${anyOf(
  /\.(?:conf|cnf|cfg|ini|log|err|pid|sock|properties|options|passwd|pwd|pdb|ya?ml|key|pem|history|bak|config|default|index|sam|evt|dat)/i,
  // Sites publish lists and feeds in XML: settings lie in folders of settings.
  /\.xml(?<=conf\/\S{0,60}|deploy\/\S{0,60}|filezilla\S{0,60}|etc\/\S{0,60})/i,
  /(?:access|error|mysql|debug|security|install)_?log|_history/i,
  /\/\.\w{2,20}(?:rc|_profile|_login|_logout|profile|hosts|info|auth|authority|cnf)/i,
  /\/pg_(?:hba|ident|version)\w{0,8}/i,
  // The hives of the registry.
  /config\/(?:sam|system|software|security)/i,
)}\/?$`;
/** Where a path begins that no site serves: folders of a system's root, of a server's installation or of a user. */
const HOST_FOLDER = pattern`^(?:[a-z]:)?\/{1,8}${anyOf(
  anyWord('etc usr var opt home root boot private tmp srv library'),
  /system(?:32)?|volumes|users|program(?:data| files[^/]{0,8})|windows|winnt/i,
  /xampp|wamp\d{0,2}|apache\d?|apache group|nginx|mysql|postgresql|pgsql|php\d?|tomcat\d?|\[?jboss\]?|lighttpd|httpd?/i,
  /inetpub|minishell|logs?|www|web|\.[\w-]{2,20}/i,
)}(?:[./]|$)`;

const GATE = [
  ...words(`.. ./ .? ?? //// etc proc/ var/ root/ .ssh .aws .kube .docker .htpasswd .htaccess _history id_rsa id_dsa id_ed windows winnt win.ini
  boot.ini global.asa -inf/ inetpub autoexec config settings.php database.php db.php connect.php database.inc db.inc connect.inc database.asp db.asp connect.asp secret system32 :/ :\\ \\ %sys %win
  usr/ opt/ home/ private/ xampp wamp php: data: phar: zip: expect: glob: zlib ogg: rar: ssh2 netdoc: jar: gopher: dict: ldap tftp:
  /sess_ sftp: file: source: vbscript: wrapwrap msl: ephemeral: 0x2 0x5c x2e ntuser sam._ c: d: /bin/ sbin/ % local_file .conf .cnf .cfg .ini .log
  _log .err services.y services_ routing.y routing_ security.y security_ parameters.y parameters_ database.y database_ localconf program<space>
  [jboss /. run/ users/ users\\ bzip2: :php :mysql :apache :sysprep :unattend`),
  '\0',
];

/** A module imported by a relative path, as questions about code quote it. */
const IMPORT =
  /^\s{0,4}(?:(?:import|from|(?:require|include)(?:_once)?|source|cd|export|@import|@use)\b[\s('"{}*,\w]{0,60})['"(\s]{1,3}(?:\.{1,2}\/){1,4}[\w./@-]{0,80}['")\s;]{0,4}(?:\.\w{1,40}){0,2}$/i;
/** A page that a browser or an application has opened from its own disk, or a link to one that a browser took for a path of the site. */
const OWN_PAGE =
  /^(?:\/(?:[\w.-]{1,60}\/){0,6})?file:\/{2,3}(?:[a-z]:|home|users|storage|android_asset|\S{1,200}\.x?html?$)/i;
/** What is looked up about a scheme. */
const NAMED_SCHEME =
  /^\s{0,4}(?:\w{2,8}:\/{0,3}|php:\/\/(?:input|output|memory|temp|std(?:in|out|err))\s{1,4}[a-z]{3,16})\s{0,4}$/i;
/** A file opened in an editor. */
const EDITED = /^\s{0,4}(?:sudo\s)?(?:vim?|nano|emacs|gedit|notepad|code|edit)\s[\w~.\\/:-]{1,80}\s{0,4}$/i;
/** Parameters of consoles that say where something lies. */
const FOLDER = /^(?:path|dir|directory|folder|cwd|root|workdir|home)$/i;
/** What people look up: a folder of the system, or a file by a name that every site has. */
const LOOKED_UP = pattern`^\s{0,4}${anyOf(
  // Folders of Windows that guides send people to, and what lies in them by its ending.
  /(?:[a-z]:)?[\\/](?:windows|winnt)(?:[\\/](?:system32(?:[\\/](?:drivers|spool|tasks))?|syswow64|temp|fonts|winsxs|prefetch|softwaredistribution))?(?:[\\/]?\*\.[\w*]{1,4}|[\\/])?/i,
  // A folder of settings by a package's name.
  /\/etc\/(?:[a-z]{3,12}[a-z\d]{0,4}\/)[a-z]{2,24}(?:-[a-z]{2,16}){0,3}\/?/i,
  /(?:[a-z]:)?[\\/]?(?:inetpub|xampp)(?:[\\/]\w{2,12}){0,2}[\\/]?/i,
  /~[\\/]\.?[\w.-]{2,20}(?:[\\/][\w.-]{2,20})?/i,
  /\/var\/(?:www(?:\/html)?|log|lib\/mysql)\/?/i,
  /\/usr\/(?:local\/)?(?:s?bin|lib\d{0,2}|share|include|src)\/?/i,
  /\.ht(?:access|passwd)|wp-config\.php|web\.config|(?:win|system|boot|php)\.ini/i,
)}\s{0,4}$`;

/** Files of their own that containers have mounted, by which dashboards of disks are filtered. */
const MOUNTED = /^\/etc\/(?:host(?:s|name)|resolv\.conf)$/;

/** Finds path traversal and files that nobody asks for by accident, whatever the separators are written as. */
export const filePath: Detector = {
  name: 'file',
  signals: SIGNALS,
  gate: GATE,
  run(view: View): Signal[] {
    const { field } = view;
    const text = withoutLabels(view.text);
    if (MOUNTED.test(text) && /^var-/i.test(view.name ?? '')) return [];
    const found = new Found();
    const add = (name: (typeof SIGNALS)[number], start: number, end: number) => {
      found.add(name, Math.max(0, start), Math.min(end, text.length));
    };
    const folded = fold(text);
    const whole = { start: 0, end: text.length };
    const span = (match: RegExpExecArray | null) =>
      match === null
        ? undefined
        : folded.length === text.length
          ? { start: match.index, end: match.index + match[0].length }
          : whole;
    const named = span(SENSITIVE.exec(folded)) ?? span(SQUASHED.exec(folded));
    const file = named === undefined || MODULE_PAGE.test(text) ? undefined : named;
    // What steps up has one of these, and most texts none.
    const hasDots = folded.includes('..');
    const traversal = hasDots || folded.includes('?') ? span(TRAVERSAL.exec(folded)) : undefined;
    if (traversal !== undefined && climbs(view, folded)) add('traversal', traversal.start, traversal.end);
    if (file !== undefined) add(judgeFile(view, folded), file.start, file.end);
    if (hasDots && (/(?:^|[^.])\.{2,3}[\\/]/.test(text) || folded.includes('../')))
      add(field === 'path' ? 'path-parent' : 'parent', 0, Math.min(text.length, 40));
    const run = folded.includes('./') ? span(/(?:\.\/{1,3}){6}/.exec(folded)) : undefined;
    if (run !== undefined) add('dot-run', run.start, run.end);
    const slashes = field === 'param_value' ? span(/^\/{5,}[\w.]/.exec(folded)) : undefined;
    if (slashes !== undefined) add('dot-run', slashes.start, slashes.end);
    const nul = text.indexOf('\0');
    if (
      nul !== -1 &&
      (file !== undefined || (/\.\w{1,8}\x00|\x00\.?\w{0,6}$|\/[\w.-]{1,80}\x00/.test(text) && !isBinary(text)))
    )
      add('null-byte', nul, nul + 1);
    const wrapper = text.includes(':') ? WRAPPER.exec(text) : null;
    if (
      wrapper !== null &&
      !isProse(text) &&
      // A scheme by itself, or one of PHP's streams with a word behind it, is named, not used.
      !(isSearchParameter(view.name) && NAMED_SCHEME.test(text)) &&
      !(isOfPage(view) && file === undefined && OWN_PAGE.test(text))
    )
      add('wrapper', wrapper.index, wrapper.index + wrapper[0].length);
    if (
      (field === 'param_value' || (field === 'user_agent' && SYSTEM_PATH.test(text))) &&
      file === undefined &&
      !(isSearchParameter(view.name) && LOOKED_UP.test(asTyped(folded))) &&
      (SYSTEM_PATH.test(text) || OWN_SETTINGS.test(folded) || (HOST_FILE.test(folded) && isOutsideSite(folded)))
    )
      add('absolute-path', 0, text.length);
    return found.signals;
  },
};

/** Whether steps up lead out of where a text begins: from two on, and for no part of a page. */
function climbs({ text, field }: View, folded: string): boolean {
  if (field === 'path' && folded === text && !climbsOut(folded)) return false;
  const up = (folded.match(/(?:\.{2,6}|\.\?|\?\?)[\s\x00-\x1f?]{0,2}\//g) ?? []).length;
  const isAsset =
    field === 'path' && up <= 3 && folded === text && /\.(?:css|js|png|jpe?g|gif|svg|ico|woff2?|html?)$/i.test(text);
  return up >= 2 && !isAsset && !IMPORT.test(text);
}

/** What a text that names a file of the system does with it. */
function judgeFile(view: View, folded: string): 'traversal-file' | 'sensitive-name' | 'sensitive-file' {
  const { text, field } = view;
  const isText = isAboutFile(view, folded);
  const onPath = field === 'path' || field === 'query';
  if (/\.\.|\.\//.test(folded) && !isText && !(onPath && !/\.\.\//.test(folded) && folded === text))
    return 'traversal-file';
  if (isText || (onPath && !isOfSystem(folded))) return 'sensitive-name';
  // Who looks a file up comes from a page that names it; those with secrets are asked for all the same.
  const isReferred =
    field === 'referer' &&
    text.startsWith('/') &&
    (isSearchParameter(view.name) || !/^\/{1,8}(?:etc\/(?:passwd|g?shadow|group)|proc\/self)\b/i.test(folded));
  return isReferred ? 'sensitive-name' : 'sensitive-file';
}

/** Whether a text is about a file, and asks for none. */
function isAboutFile({ text, name, parameter }: View, folded: string): boolean {
  if (isProse(text) || isLogQuery(text)) return true;
  if (!isSearchParameter(name) && !FOLDER.test(parameter ?? '')) return false;
  return LOOKED_UP.test(asTyped(folded)) || EDITED.test(asTyped(folded)) || IMPORT.test(text);
}

/** Whether a path is one of the system itself, or a whole one of it put on a route. */
const isOfSystem = (folded: string): boolean =>
  /^\/{1,20}(?:\.?etc\/(?:passwd|shadow|hosts|issue)$|proc\/self|[a-z]:|windows\/|winnt\/|boot\.ini|web-inf|meta-inf|\.ssh|\.aws|\.htpasswd|root\/\.|id_rsa|var\/log\/)/i.test(
    folded,
  ) ||
  /^\/[\w./@-]{0,80}\/[a-z]:\/{1,2}(?:windows|winnt|boot\.ini|inetpub)/i.test(folded) ||
  // Behind a name, as Gradio's routes take a file.
  /^\/(?:[\w.-]{1,40}\/){0,4}\w{1,24}=\/{1,4}(?:etc|proc|root|var\/(?:log|run))\//i.test(folded);

/** One spelling for separators and dots: backslashes, `0x2f`, `%2f` that survived, doubled slashes stay. */
function fold(text: string): string {
  let folded = text;
  if (folded.includes('\\')) folded = folded.replaceAll('\\', '/');
  // Servers that take parameters off a segment read a step up in what is left.
  if (folded.includes('..;')) folded = folded.replace(/\.\.;[\w=.~-]{0,64}(?=\/)/g, '..');
  if (folded.includes('0') && /0x[25]/i.test(folded))
    folded = folded.replace(/(?:0)?x2e/gi, '.').replace(/0x(?:2f|5c)/gi, '/');
  if (folded.includes('%'))
    folded = folded
      .replace(/%(?:c[01])?%?(?:2f|5c|af|9c|pc|qf|9v|8s)/gi, '/')
      .replace(/%2e/gi, '.')
      .replace(/%b[g-z]%q[a-z]/gi, '/');
  return folded;
}

/** A folded text with what people type of a path decoded. */
function asTyped(folded: string): string {
  return folded.includes('%') ? folded.replace(/%3a/gi, ':').replace(/%2a/gi, '*').replace(/%20/g, ' ') : folded;
}

/** Whether a path, resolved, leaves the site's root; one that does not may be a clumsy link. */
function climbsOut(path: string): boolean {
  let depth = 0;
  for (const segment of path.split('/', 200)) {
    if (segment === '..') depth -= 1;
    else if (segment !== '' && segment !== '.') depth += /^\.{2,}\W{0,2}$/.test(segment) ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Whether a path begins where no site's own does. */
function isOutsideSite(path: string): boolean {
  if (path.length > 200 || /[?&=<>;,]/.test(path) || !HOST_FOLDER.test(path)) return false;
  return !/\s\S{1,40}\s\S{1,40}\s/.test(path.replace(/program files[^/]{0,8}\/[^/]{0,60}/i, ''));
}

/** Whether a view holds where somebody is or what somebody looks for, and nothing that a server opens. */
const isOfPage = ({ field, name }: View): boolean => field === 'referer' || field === 'path' || isSearchParameter(name);

/** Two or more plain words beside the path make it a text about a file. */
function isProse(text: string): boolean {
  return (
    (text.match(/(?:^|\s)[a-z]{2,}(?=\s|$|[?!.,])/gi) ?? []).length >= (text.includes('/') ? 2 : 1) &&
    !/[;|&`<>]/.test(text)
  );
}
