import { decodeText } from '@vigil/detection/views/decode';
import type { SecretRange } from './json-secrets.ts';
import { REDACTED, secretRanges, withoutRanges, type TextKind } from './redact-secrets.ts';
import { percentDecoded } from './secret-names.ts';
import { TextFinder } from './text-finder.ts';
import { unescaped, UNESCAPE_ROUNDS_MAX } from './unescaped.ts';

/** Shorter ones would be found anywhere by accident. */
const LENGTH_MIN = 4;
/**
 * Forms that are looked for at most, and their characters. Requests have a secret or two; whoever sends hundreds shall not make their
 * search last: what is beyond is not looked for, and all that might show it is hidden.
 */
const FORMS_MAX = 64;
const CHARACTERS_MAX = 32 * 1024;
const EXCERPT_LENGTH_MAX = 200;

interface Field {
  text: string;
  kind: TextKind;
  ranges: readonly SecretRange[];
}

interface Form {
  text: string;
  finder: TextFinder;
}

/**
 * Secrets of one request in all forms in which its line and its evidence may show them: as they were sent, and as the engine decodes
 * them. Worked out once per request; looking for them in a text takes time that grows with the text alone.
 */
export class Secrets {
  readonly #forms: readonly Form[];
  readonly #fields: readonly Field[];
  /** There are more than are looked for. */
  readonly tooMany: boolean;

  /** @param fields texts of the request, with what else may stand around a value in them */
  constructor(fields: readonly (readonly [text: string, kind: TextKind])[]) {
    this.#fields = fields.map(([text, kind]) => ({ text, kind, ranges: secretRanges(text, kind) }));
    const forms = new Set<string>();
    let characters = 0;
    this.tooMany = this.#fields.some(({ text, ranges }) =>
      ranges.some(([start, end]) => {
        const value = text.slice(start, end);
        if (forms.has(value) || value.length < LENGTH_MIN) return false;
        for (const form of formsOf(value)) {
          if (form.length < LENGTH_MIN || forms.has(form)) continue;
          forms.add(form);
          characters += form.length;
        }
        return forms.size > FORMS_MAX || characters > CHARACTERS_MAX;
      }),
    );
    this.#forms = Array.from(forms, (text) => ({
      text,
      finder: new TextFinder(text.slice(0, EXCERPT_LENGTH_MAX + 1)),
    }));
  }

  /** `secretRanges` of a text that may be one of the fields, as most are that a line and its event have. */
  rangesOf(text: string, kind: TextKind): readonly SecretRange[] {
    for (const field of this.#fields) if (field.kind === kind && field.text === text) return field.ranges;
    return secretRanges(text, kind);
  }

  /** A text that may be one of the fields without its secrets. */
  redacted(text: string, kind: TextKind): string {
    return withoutRanges(text, this.rangesOf(text, kind)).text;
  }

  /** Where secrets stand in a text, whole. */
  rangesIn(text: string): SecretRange[] {
    return this.#forms.flatMap((form) => {
      const ranges: SecretRange[] = [];
      for (let at = text.indexOf(form.text); at !== -1; at = text.indexOf(form.text, at + form.text.length))
        ranges.push([at, at + form.text.length]);
      return ranges;
    });
  }

  /**
   * Evidence without the secrets: whole ones, and ones of which it shows the beginning, the end or a piece.
   * @param excerpt as the engine decoded it, at most 200 characters
   */
  redactExcerpt(excerpt: string): string {
    if (this.tooMany) return REDACTED;
    const ranges = secretRanges(excerpt, 'line');
    if (excerpt.length >= LENGTH_MIN && this.#forms.length > 0) {
      const finder = new TextFinder(excerpt);
      for (const form of this.#forms) {
        const { found, begun } = finder.findIn(form.text);
        if (found.length > 0) return REDACTED;
        if (begun >= LENGTH_MIN) ranges.push([0, begun]);
        const own = form.finder.findIn(excerpt);
        for (const end of own.found) ranges.push([end - form.text.length, end]);
        if (own.begun >= LENGTH_MIN) ranges.push([excerpt.length - own.begun, excerpt.length]);
      }
    }
    return withoutRanges(excerpt, ranges).text;
  }
}

/** A value as it was sent, decoded once, as the engine's views show it, and as it does where it is a string of JSON, or of JSON in one. */
function formsOf(value: string, rounds = UNESCAPE_ROUNDS_MAX): string[] {
  const decoded = decodeText(value, false);
  const views = [decoded, decodeText(value, true)].flatMap((view) => [
    view.text,
    view.text.replaceAll('+', ' '),
    ...(view.unescaped === undefined ? [] : [view.unescaped.text]),
  ]);
  const strings = rounds > 0 && decoded.text.includes('\\') ? formsOf(unescaped(decoded.text).text, rounds - 1) : [];
  return [value, percentDecoded(value), percentDecoded(value.replaceAll('+', ' ')), ...views, ...strings];
}
