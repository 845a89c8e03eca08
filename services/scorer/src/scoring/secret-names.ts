/** Names that hold a secret wherever they are part of a name (`user[password]`, `X-Amz-Security-Token`). */
const SECRET_PART =
  /passw|passphrase|passcode|secret|token|apikey|accesskey|privatekey|authkey|session|sessid|credential|signature|authorization|jwt|cvv|csrf|xsrf|saml|motdepasse|contrase|kennwort/;
/** Names that are too short or too common to be looked for within others: the last word of a name (`user[pass]`, `userPass`). */
const SECRET_LAST = /(?:^|[^a-z])(?:pwd|pw|psw|pass|sid|otp|pin|cvc|ssn|senha|mdp)[^a-z]*$/i;
const SECRET_LAST_IN_CAMEL_CASE = /[a-z](?:Pwd|Pw|Psw|Pass|Sid|Otp|Pin|Cvc|Ssn)[^A-Za-z]*$/;
/** Those that say something else behind another word, as in `sort_key`. */
const SECRET_WHOLE = new Set(['auth', 'key', 'sig', 'bearer', 'httpcookie']);

/** Characters of the shortest of these. */
const NAME_LENGTH_MIN = 2;
/** Characters of a name at most. */
export const NAME_LENGTH_MAX = 128;
/** How often a text is encoded at most that is found within another: as the value of a value of a value. */
export const ENCODED_TIMES_MAX = 4;
/** `%3d`, `%253d` and so on, as an expression. */
export const encoded = (codes: string): string => `%(?:25){0,${ENCODED_TIMES_MAX - 1}}(?:${codes})`;

/** Whether what has this name is likely to be a secret. */
export function isSecretName(name: string): boolean {
  if (name.length < NAME_LENGTH_MIN) return false;
  let plain = name;
  for (let times = 0; times < ENCODED_TIMES_MAX && plain.includes('%'); times += 1) plain = percentDecoded(plain);
  if (SECRET_LAST.test(plain) || SECRET_LAST_IN_CAMEL_CASE.test(plain)) return true;
  plain = plain.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return SECRET_PART.test(plain) || SECRET_WHOLE.has(plain);
}

/** Each `%HH` by itself: what is damaged stays as it is. */
export function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
