import { z } from 'zod';

/** Beyond it a year has five digits, which neither the public alert nor a partition's name has room for. */
const TIME_MS_MAX = Date.UTC(9999, 11, 31);
/** East of Greenwich a clock that was never set shows a time before the epoch. */
const TIME_MS_MIN = -24 * 60 * 60 * 1000;

/** Time that a log gives, epoch ms. */
export const eventTimeMs = z.number().int().min(TIME_MS_MIN).max(TIME_MS_MAX);

/** Time of our own clock, epoch ms. */
export const clockTimeMs = z.number().int().nonnegative().max(TIME_MS_MAX);
