let selected: string | undefined;

/** The row that the keyboard is on: survives a visit to an event's page, not a reload. */
export function rememberSelection(id: string | undefined): void {
  selected = id;
}

export function recallSelection(): string | undefined {
  return selected;
}
