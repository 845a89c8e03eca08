/** A text within another. */
export interface EmbeddedText {
  /** How it was found: what views tell of it. */
  readonly decoder: string;
  readonly text: string;
  /** The name that it goes by; absent where that is the one of the text around it. */
  readonly name?: string | undefined;
}

/** Longest document that is taken apart. */
export const DOCUMENT_LENGTH_MAX = 8192;
