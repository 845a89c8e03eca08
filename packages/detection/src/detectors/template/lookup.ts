type Add = (name: 'lookup' | 'lookup-nested', start: number, end: number) => void;

/** A lookup whose name is hidden letter by letter in lookups of its own, `${${lower:j}ndi:…}`, or begins plainly. */
const LOOKUP =
  /\$\\?\{\s{0,4}(?:\$\\?\{[^{}]{0,40}:?-?j?\}|j)\s{0,4}(?:\$\\?\{[^{}]{0,40}:?-?[^{}]{0,4}\}|n|\s){0,3}.{0,160}?(?::|\})|\$\{jndi:/i;

/** A variable of the environment that editors and shells let people write so. */
const PLAIN_VARIABLE =
  /^[^$]{0,80}\$\{env:(?:path|home|user(?:name|profile)?|te?mp|(?:local)?appdata|shell|\w{2,16}_home)\}[^$]{0,80}$/i;

/** Log4j lookups: nested ones are unfolded from the inside until `jndi` shows or nothing changes. */
export function readLookup(text: string, isSearched: boolean, add: Add): void {
  const at = text.search(/\$\\?\{/);
  if (at === -1) return;
  let plain = text.replaceAll('\\{', '{').replaceAll('\\}', '}');
  let nested = 0;
  for (let round = 0; round < 6; round += 1) {
    const next = plain.replace(/\$\{(?:(?:lower|upper):|[^{}$]{0,60}?:-)([^{}]{0,12})\}/gi, (_, rest: string) => {
      nested += 1;
      return rest;
    });
    if (next === plain) break;
    plain = next;
  }
  // A URL without a host, as articles name the thing, looks nothing up.
  if (/^[^$]{0,200}\$\{jndi:\w{0,8}:?\/{0,2}(?:\}[^${}]{0,200})?$/i.test(plain)) return;
  if (/\$\{\s{0,4}\$?jndi\s{0,4}:/i.test(plain) || (LOOKUP.test(text) && /jn?di?\s{0,2}:|ldap|rmi|dns:/i.test(plain)))
    add('lookup', at, text.length);
  else if (nested >= 2 && /\$\{[^}]{0,80}(?:\$\{|:)/.test(text)) add('lookup-nested', at, text.length);
  else if (isSearched && PLAIN_VARIABLE.test(text)) return;
  else if (
    /\$\{(?:env|sys|java|ctx|main|docker|k8s|spring|log4j|bundle|marker|web|event|map|sd):[\w.:-]{1,80}\}/i.test(text)
  )
    add('lookup-nested', at, text.length);
}
