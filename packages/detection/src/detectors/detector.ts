import type { View } from '../views/view.ts';

/** What a structural detector found: one of its signals and where, as [start, end) in the view's text. */
export type Signal = { name: string; start: number; end: number };

/** What a detector has found in a text so far: the first signal of each name. A list, as most texts give none and few more than two. */
export class Found {
  readonly signals: Signal[] = [];

  add(name: string, start: number, end: number): void {
    if (!this.has(name)) this.signals.push({ name, start, end });
  }

  has(name: string): boolean {
    for (const signal of this.signals) if (signal.name === name) return true;
    return false;
  }
}

/**
 * Finds structure that a regular expression cannot. Pure; time must be linear in the text.
 * `gate`: lower-case literals of which one is in every text that gives a signal; stand-ins as in rules (`<space>`).
 * `gateWith`: where given, literals of which one is in each such text as well.
 * `gateNames`: parameters, in lower case, whose values it reads whatever they hold.
 * `readsDocuments`: it reads whole JSON documents, too; the others meet their strings alone, as quotes and braces of a document are no
 * evidence.
 */
export type Detector = {
  readonly name: string;
  readonly signals: readonly string[];
  readonly gate: readonly string[];
  readonly gateWith?: readonly string[];
  readonly gateNames?: readonly string[];
  readonly readsDocuments?: true;
  run(view: View): Signal[];
};
