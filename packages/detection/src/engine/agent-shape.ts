/** Products, versions and comments, as browsers write them: nothing that needs decoding, quoting or comparing. */
const PLAIN = /^[\w ./();,:-]{1,512}$/;
const VERSION = /(?<=[/._ :])\d{1,12}/g;

/**
 * The agent with each number of its versions replaced by 0, so that two releases of one browser on one system have one shape; undefined
 * where it is more than products and comments. Detectors that find nothing in one agent of a shape find nothing in any.
 */
export function agentShape(agent: string): string | undefined {
  if (!PLAIN.test(agent) || agent.includes('://')) return undefined;
  return agent.replace(VERSION, '0');
}
