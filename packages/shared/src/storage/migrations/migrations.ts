import type { Migration } from '@mikro-orm/migrations';
import { Initial } from './2026-11-23-initial.ts';
import { Traceparent } from './2026-11-23-traceparent.ts';
import { DeadLetterFormat } from './2026-11-26-dead-letter-format.ts';
import { EventsAsJson } from './2026-11-26-events-as-json.ts';

/**
 * A change of the schema. Its name gives its order, and ends with `BREAKING` if services of earlier releases cannot work with the
 * result.
 */
export interface SchemaChange {
  name: string;
  class: new (...args: ConstructorParameters<typeof Migration>) => Migration;
  /** For whoever waits for it: what it does, and what it costs on a large table. */
  does: string;
}

/** Services refuse a database with a change that they do not know where its name ends so; beside any other one they work on. */
export const BREAKING = '-breaking';

/** In the order in which they run. What was released is never changed. */
export const SCHEMA_CHANGES: readonly SchemaChange[] = [
  { name: '2026-11-23-initial', class: Initial, does: 'makes the tables' },
  { name: '2026-11-23-traceparent', class: Traceparent, does: 'lets alerts carry a trace' },
  { name: '2026-11-26-dead-letter-format', class: DeadLetterFormat, does: 'lets dead lines keep their format' },
  {
    name: '2026-11-26-events-as-json',
    class: EventsAsJson,
    does: 'writes all events anew, their JSON as it came: nobody can use them meanwhile, and they take their disk once more',
  },
];
