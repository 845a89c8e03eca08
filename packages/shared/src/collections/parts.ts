/** Bounds of a part. */
export interface PartBounds {
  itemsMax: number;
  /** Of all items together; one that is longer by itself is a part by itself. */
  lengthMax: number;
}

/** Cuts a list into parts that keep its order and stay within the bounds; an empty list has none. */
export function* partsOf<T>(
  items: Iterable<T>,
  lengthOf: (item: T) => number,
  { itemsMax, lengthMax }: PartBounds,
): Generator<T[], void> {
  let part: T[] = [];
  let length = 0;
  for (const item of items) {
    const itemLength = lengthOf(item);
    if (part.length === itemsMax || (part.length > 0 && length + itemLength > lengthMax)) {
      yield part;
      part = [];
      length = 0;
    }
    part.push(item);
    length += itemLength;
  }
  if (part.length > 0) yield part;
}
