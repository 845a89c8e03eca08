/** Middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `12.3k (11.9k to 12.8k)`: median and spread of rates. */
export function rateText(values: readonly number[]): string {
  const thousands = (value: number): string => `${(value / 1000).toFixed(1)}k`;
  if (values.length === 1) return thousands(values[0]!);
  return `${thousands(median(values))} (${thousands(Math.min(...values))} to ${thousands(Math.max(...values))})`;
}

/** A Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Says of a goal whether it is held: `at least 5x GoAccess: **missed** (0.6x)`. */
export function goalText(what: string, value: number, goal: number, unit: string): string {
  const reached = `${value >= 100 ? Math.round(value) : value.toFixed(2)}${unit}`;
  return `at least ${goal}${unit} ${what}: ${value >= goal ? 'held' : '**missed**'} (${reached})`;
}
