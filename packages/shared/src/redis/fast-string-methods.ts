/** Reads before V8 takes a place in the code for worth optimizing; it is done after ten. */
const READS = 100;

const constructorOf = (value: object): unknown => value.constructor;

/**
 * Makes the methods of all strings of the process fast again after a class was derived from `String`, as ioredis does: V8 turns such a
 * prototype into a dictionary, which optimized code cannot look into, until a property is read through an object that inherits from it.
 * Reads of plain strings do not count, so without this it stays one for ever, and code that goes through texts takes up to nine times
 * as long.
 */
export function keepStringMethodsFast(): void {
  const inheriting = Object('') as object;
  for (let read = 0; read < READS; read += 1) constructorOf(inheriting);
}
