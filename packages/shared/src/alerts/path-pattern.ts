/**
 * A test for a path with `*` for any text, for instance `/admin/*` or `*.php`; without `*` it must match as a whole.
 * Matched by searching each piece from where the last one ended, so that no pattern can take more than linear time per piece.
 */
export function compilePathPattern(pattern: string): (path: string) => boolean {
  const pieces = pattern.split('*');
  if (pieces.length === 1) return (path) => path === pattern;
  const first = pieces[0]!;
  const last = pieces.at(-1)!;
  const between = pieces.slice(1, -1);
  return (path) => {
    if (path.length < first.length + last.length || !path.startsWith(first) || !path.endsWith(last)) return false;
    const end = path.length - last.length;
    let from = first.length;
    for (const piece of between) {
      const at = path.indexOf(piece, from);
      if (at === -1 || at + piece.length > end) return false;
      from = at + piece.length;
    }
    return true;
  };
}

/** The same as a pattern for SQL's `like` (whose escape character is `\`). */
export function pathLikePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}
