import { ADMIN_KEY } from '@vigil/gateway/testing/start-test-gateway';
import { must, type Boundary } from '../boundary.ts';
import { mutate, mutateValue } from '../mutate.ts';
import type { RestSeed } from './rest-seeds.ts';

/** Paths, queries and bodies of every operation of the REST API, against the real gateway and PostgreSQL. */
export function restRequests(gatewayUrl: string, seeds: readonly RestSeed[]): Boundary {
  const targets = seeds.map((seed) => seed.target);
  const queries = targets.map((target) => target.split('?')[1] ?? '');
  return {
    name: 'requests of the REST API',
    share: 0.04,
    tryOne: async (random) => {
      const seed = random.pick(seeds);
      const [path, query = ''] = seed.target.split('?');
      // Most changes of a path lead nowhere, so most inputs leave it as it is; a query may come from another operation.
      const mutated = random.chance(0.7) ? `${path}?${mutate(random, [query, ...queries])}` : mutate(random, targets);
      const target = mutated.toWellFormed();
      // `//` and `/\\` begin the name of another host.
      const url = URL.canParse(target, gatewayUrl) ? new URL(target, gatewayUrl) : undefined;
      if (url?.origin !== gatewayUrl) return 'no URL of ours';
      const body = seed.body === undefined ? undefined : JSON.stringify(mutateValue(random, seed.body));
      const answer = await send(url, seed.method, body);
      must(
        answer.status < 500,
        `${seed.method} ${url.pathname}${url.search} answered ${answer.status}: ${answer.text}`,
      );
      return answer.status < 300 ? 'accepted' : String(answer.status);
    },
  };
}

/** Sends a request as an administrator, and reads all of the answer. */
export async function send(
  url: URL,
  method: string,
  body: string | undefined,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(url, {
    method,
    headers: { 'x-api-key': ADMIN_KEY, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body ?? null,
    signal: AbortSignal.timeout(20_000),
  });
  return { status: answer.status, text: await answer.text() };
}
