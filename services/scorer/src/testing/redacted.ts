import { secretRanges, withoutRanges, type TextKind } from '../scoring/redact-secrets.ts';

/** A text without the secrets in it. */
export function redacted(text: string, kind: TextKind): string {
  return withoutRanges(text, secretRanges(text, kind)).text;
}
