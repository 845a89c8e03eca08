import type { Random } from '../random.ts';

/**
 * A place where something from outside comes in. `tryOne` makes an input, hands it over and names what became of it: `accepted`, or
 * why it was refused. Whatever it throws is a fault of ours.
 */
export interface Boundary {
  name: string;
  /** Of all inputs. */
  share: number;
  tryOne(random: Random): string | Promise<string>;
  close?(): Promise<void>;
}

/** Something came out that must not, whatever came in. */
export class BoundaryFault extends Error {
  override readonly name = 'BoundaryFault';
}

/** @throws BoundaryFault with `what` came out where that must not be */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BoundaryFault(what);
}
