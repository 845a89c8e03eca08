import type { Span } from './line-segments.ts';

/**
 * Where exactly in the line a match stood, where that can be told: the field is known, and percent and plus encoding can be
 * undone with a map back to the line. Undefined for other decoders; the field's own extent is then all that is known.
 */
export function preciseSpan(line: string, field: Span, decoded: readonly string[], excerpt: string): Span | undefined {
  if (excerpt === '') return undefined;
  const rounds = decoded.filter((step) => step === 'percent' || step === 'plus' || step === 'form').length;
  let text = line.slice(field[0], field[1]);
  /** Offset in the line of each character of `text`, and of its end. */
  let origins = Array.from({ length: text.length + 1 }, (_, i) => field[0] + i);
  for (let round = 0; ; round += 1) {
    const at = text.toLowerCase().indexOf(excerpt.toLowerCase());
    const [start, end] = [origins[at], origins[at + excerpt.length]];
    if (at !== -1 && start !== undefined && end !== undefined) return [start, end];
    if (round >= rounds) return undefined;
    [text, origins] = undoPercent(text, origins);
  }
}

function undoPercent(text: string, origins: readonly number[]): [string, number[]] {
  let result = '';
  const from: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    from.push(origins[i] ?? 0);
    const hex = text[i] === '%' ? /^[0-9a-f]{2}/i.exec(text.slice(i + 1, i + 3))?.[0] : undefined;
    if (hex === undefined) result += text[i] === '+' ? ' ' : text[i];
    else {
      result += String.fromCharCode(Number.parseInt(hex, 16));
      i += 2;
    }
  }
  from.push(origins[text.length] ?? 0);
  return [result, from];
}
