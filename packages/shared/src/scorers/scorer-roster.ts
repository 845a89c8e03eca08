import { z } from 'zod';
import { connectRedis } from '../redis/connect-redis.ts';
import { readJson } from '../redis/read-json.ts';
import { readyWithin } from '../redis/ready-within.ts';
import { redisNow } from '../redis/redis-clock.ts';

/** How often a scorer reports; whoever has missed three reports is not counted any more. */
export const REPORT_INTERVAL_MS = 5_000;
const ALIVE_MS = 3 * REPORT_INTERVAL_MS;
/** Nobody reports any more: what they said is forgotten. */
const RULES_TTL_MS = 24 * 3_600_000;

const reportSchema = z.object({
  id: z.string(),
  rulesVersion: z.string(),
  linesPerSecond: z.number(),
  /** When, by Redis' clock, epoch ms. */
  atMs: z.number(),
});
export type ScorerReport = z.infer<typeof reportSchema>;

/** Who scores at present, and by which rules. */
export interface ScorerRoster {
  report(report: Omit<ScorerReport, 'atMs'>): Promise<void>;
  /** The scorer stops: it is not missing, it is gone. */
  leave(id: string): Promise<void>;
  /** Those that are alive, by id. */
  alive(): Promise<ScorerReport[]>;
  /** Keeps what a scorer says of its rules, for whoever shows them; the latest counts. */
  tellRules(rules: unknown): Promise<void>;
  /** As told and not parsed; undefined where nobody told. */
  rules(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * The roster in Redis, where scorers and gateways meet anyway.
 * @param prefix the same for all services; see `QUEUE_PREFIX`
 */
export function createRedisScorerRoster(url: string, prefix: string): ScorerRoster {
  const redis = connectRedis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  const scorersKey = `${prefix}:scorers`;
  const rulesKey = `${prefix}:rules`;
  /** All reports, by whether their scorers are alive. By Redis' clock: theirs may be further apart than whoever is gone is silent. */
  const reports = async (): Promise<{ nowMs: number; alive: ScorerReport[]; gone: ScorerReport[] }> => {
    await readyWithin(redis);
    const texts = Object.values(await redis.hgetall(scorersKey));
    const known = texts.flatMap((text) => readJson(text, reportSchema) ?? []);
    const nowMs = await redisNow(redis);
    // One that is yet to come is from before that clock was set back: whoever is alive reports anew.
    const isAlive = ({ atMs }: ScorerReport): boolean => Math.abs(nowMs - atMs) <= ALIVE_MS;
    return { nowMs, alive: known.filter(isAlive), gone: known.filter((report) => !isAlive(report)) };
  };
  return {
    report: async (report) => {
      const { nowMs, gone } = await reports();
      const commands = redis.pipeline().hset(scorersKey, report.id, JSON.stringify({ ...report, atMs: nowMs }));
      commands.pexpire(rulesKey, RULES_TTL_MS).pexpire(scorersKey, RULES_TTL_MS);
      // Killed pods say no farewell, and their names never come again.
      if (gone.length > 0) commands.hdel(scorersKey, ...gone.map(({ id }) => id));
      await commands.exec();
    },
    leave: async (id) => {
      await readyWithin(redis);
      await redis.hdel(scorersKey, id);
    },
    alive: async () => {
      const { alive } = await reports();
      return alive.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
    },
    tellRules: async (rules) => {
      await readyWithin(redis);
      await redis.set(rulesKey, JSON.stringify(rules), 'PX', RULES_TTL_MS);
    },
    rules: async () => {
      await readyWithin(redis);
      const text = await redis.get(rulesKey);
      return text === null ? undefined : (JSON.parse(text) as unknown);
    },
    close: async () => {
      redis.disconnect();
    },
  };
}
