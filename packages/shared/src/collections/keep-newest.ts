/** Takes out what has been in a map for longest, until at most `max` entries are left. */
export function keepNewest(entries: Map<unknown, unknown>, max: number): void {
  if (entries.size <= max) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    if (entries.size <= max) return;
  }
}
