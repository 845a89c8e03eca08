/** What an error says, also where somebody threw something else. `@vigil/shared` has the same; this package takes nothing of ours. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
