/** The words of a list in source code, which white space parts. */
export const words = (list: string): string[] => list.trim().split(/\s+/);
