/** What an error says, also where somebody threw something else. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
