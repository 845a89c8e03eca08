/** What opens a block of some engine. */
const OPENER =
  /\{\{|[$#*@~%!]\{|<%|\[\[|\{%|\[[#=]|@\(|\{(?:php|if|literal)\}|\{[\w$]{1,24}\||\{[=@#]?(?=\s{0,4}\d{1,9}\s{0,4}[*+])/gi;
/** Openers looked at per text. */
const OPENERS_MAX = 32;
const BLOCK_CHARS_MAX = 600;

/** What stands around an expression within its block. */
const AROUND =
  /^(?:\{\{|[$#*@~%!]\{|<%[=-]?|\[\[|\{%|\[[#=]|@\()[=\s-]{0,4}|(?:\}\}|\}|%>|\]\]|%\}|\]|\))$|^\{[=@#]?(?=\s{0,4}\d)/g;

/** A part of a text that a template engine may evaluate: [start, end) with its brackets, and what is between these. */
export type Block = { start: number; end: number; whole: string; inner: string };

/** The blocks of a text that stand outside of each other, as far as they close. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  OPENER.lastIndex = 0;
  for (let openers = 0; openers < OPENERS_MAX; openers += 1) {
    const opener = OPENER.exec(text);
    if (opener === null) break;
    const start = opener.index;
    const whole = blockAt(text, start, opener[0]);
    if (whole === undefined) continue;
    const end = start + whole.length;
    OPENER.lastIndex = Math.max(OPENER.lastIndex, end);
    blocks.push({ start, end, whole, inner: whole.replace(AROUND, '') });
  }
  return blocks;
}

/** The block that an opener starts, up to its closer; nothing where it does not close near. */
function blockAt(text: string, start: number, opener: string): string | undefined {
  const limit = Math.min(text.length, start + BLOCK_CHARS_MAX);
  const near = (closer: string) => {
    const at = text.indexOf(closer, start + opener.length);
    return at === -1 || at >= limit ? undefined : text.slice(start, at + closer.length);
  };
  if (opener === '{{') return near('}}');
  if (opener === '[[') return near(']]');
  if (opener === '<%') return near('%>');
  if (opener === '{%') return near('%}');
  if (opener === '@(') return near(')');
  if (opener.startsWith('[')) return near(']');
  if (/^\{(?:php|if|literal)\}$/i.test(opener)) return text.slice(start, Math.min(limit, start + 300));
  // Code between backticks ends with them.
  if (text[start - 1] === '`' && /^[$%#]\{$/.test(opener)) {
    const quoted = /^[^`{}]{0,80}\}(?=`)/.exec(text.slice(start + opener.length, limit));
    if (quoted !== null) return opener + quoted[0];
  }
  if (/^[$%]\{$/.test(opener)) {
    const last = text.lastIndexOf('}', limit);
    return last > start ? text.slice(start, last + 1) : undefined;
  }
  return near('}');
}
