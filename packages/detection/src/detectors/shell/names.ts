/**
 * Names of a shell's commands. `plain`: no English words, which after a separator need no argument. `wordy`: words too, which need an argument
 * that only a command has.
 */
export type Names = { readonly plain: readonly string[]; readonly wordy: readonly string[] };
