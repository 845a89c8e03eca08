import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';

/** Runs `work`, all of whose statements through the entity manager that it is given go over one connection of the pool. */
export function onOneConnection<T>(orm: MikroORM, work: (em: EntityManager) => Promise<T>): Promise<T> {
  const em = orm.em.fork();
  return em
    .getKysely()
    .connection()
    .execute((connection) => {
      em.setTransactionContext(connection);
      return work(em);
    });
}
