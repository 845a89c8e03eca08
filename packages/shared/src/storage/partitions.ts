/** Name of the partition that holds a day of `events`. @param isoDay `2026-11-23` */
export function partitionName(isoDay: string): string {
  return `events_${isoDay.replaceAll('-', '')}`;
}

/** The day of a partition, `2026-11-23`; undefined for a table of another name. */
export function partitionDay(name: string): string | undefined {
  const match = /^events_(\d{4})(\d{2})(\d{2})$/.exec(name);
  return match === null ? undefined : `${match[1]}-${match[2]}-${match[3]}`;
}
