/** Prefix of the keys in Redis where `QUEUE_PREFIX` says nothing: BullMQ's own. */
export const DEFAULT_QUEUE_PREFIX = 'bull';
