import { hasMixedRun } from '../char-marks.ts';
import type { EmbeddedText } from './embedded-text.ts';

/** A plus may have been read as a space. */
const BASE64 = /^[A-Za-z0-9+/_ -]{12,8192}={0,2}$/;
/** Base64 beside a label or a signature: `base64:…`, `v1.…`, `…--4e5f`. */
const BASE64_RUN = /(?:[A-Za-z0-9+/_]|-(?!-)){16,8192}={0,2}/g;
const BASE64_RUNS_MAX = 4;
const BASE64_LENGTH_MIN = 16;
const JWT = /^eyJ[A-Za-z0-9_-]{6,4096}\.[A-Za-z0-9_-]{6,8192}(?:\.[A-Za-z0-9_-]{0,2048})?$/;
/** Base64 of a `data:` URL. */
const DATA_URL = /^data:[^,]{0,64};base64,([A-Za-z0-9+/ ]{8,8192})/i;

/** Texts of a JWT's header and payload; undefined where it is none. */
export function jwtTexts(value: string): EmbeddedText[] | undefined {
  if (!JWT.test(value) || !hasMixedRun(value)) return undefined;
  return value.split('.', 2).flatMap((segment) => textsOf(segment, 'jwt'));
}

/** The text of a value that is base64 as a whole; undefined where it is none. */
export function wholeBase64(value: string): EmbeddedText[] | undefined {
  const texts = BASE64.test(value) && hasMixedRun(value) ? textsOf(withPluses(value)) : [];
  return texts.length === 0 ? undefined : texts;
}

/** Texts in base64 that are a part of a value: of a `data:` URL, or beside a label or a signature. */
export function base64Parts(value: string): EmbeddedText[] {
  const data = value[0] === 'd' || value[0] === 'D' ? DATA_URL.exec(value)?.[1] : undefined;
  if (data !== undefined) return textsOf(withPluses(data));
  return hasMixedRun(value) ? besideLabels(value) : [];
}

/** A slash is a sign of base64, and parts the steps of a path, too. */
function besideLabels(value: string): EmbeddedText[] {
  return (value.match(BASE64_RUN) ?? []).slice(0, BASE64_RUNS_MAX).flatMap((run) => {
    for (const part of run.includes('/') ? [run, ...run.split('/', BASE64_RUNS_MAX)] : [run]) {
      const texts = part.length >= BASE64_LENGTH_MIN && hasMixedRun(part) ? textsOf(part) : [];
      if (texts.length > 0) return texts;
    }
    return [];
  });
}

/** The text of some base64, or none. */
function textsOf(base64: string, decoder = 'base64'): EmbeddedText[] {
  const text = decodeBase64(base64);
  return text === undefined ? [] : [{ decoder, text }];
}

const withPluses = (value: string): string => value.replaceAll(' ', '+');

/** Text of a base64 value, or nothing where the bytes are not text. The first bytes decide for nearly every random id. */
function decodeBase64(value: string): string | undefined {
  const head = Buffer.from(value.slice(0, 16), 'base64');
  for (const byte of head) if (!isText(byte)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  let odd = 0;
  for (const byte of bytes) if (!isText(byte)) odd += 1;
  return odd * 20 > bytes.length ? undefined : bytes.toString('latin1');
}

const isText = (byte: number) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
