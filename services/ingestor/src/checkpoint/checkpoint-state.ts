import { z } from 'zod';

const position = z.number().int().nonnegative();

/** A batch that is about to be enqueued, or was without the checkpoint knowing yet. Sent again with these very ends. */
const intendedRangeSchema = z.object({
  first: position,
  end: position,
  lines: position,
  tooLong: position,
});

/** SHA-256 (32 hex digits) of `length` bytes at a known place: recognises a content wherever it has moved to. */
const proofSchema = z.object({ length: position, sha: z.string() });
export type Proof = z.infer<typeof proofSchema>;

/** How far one content of a source was read, and by what it is recognised. */
const contentStateSchema = z.object({
  /** Source by whose name its lines have their ids, where that is another one: it was read there before its path changed. */
  source: z.string().optional(),
  fingerprint: z.string(),
  /** SHA-256 of the first line. */
  firstLineSha: z.string(),
  /** Of the first bytes, up to 4 KiB of what was read. */
  head: proofSchema,
  dev: z.number(),
  ino: z.number(),
  /** Everything before it was accepted by the queue. */
  committed: position,
  /** Of the bytes directly before `committed`. */
  anchor: proofSchema,
  intended: z.array(intendedRangeSchema),
  /** Read to its end; kept so that it is recognised when it turns up again. */
  done: z.boolean(),
});
export type ContentState = z.infer<typeof contentStateSchema>;

const sourceStateSchema = z.object({
  /** Since when the source is followed, epoch ms: rotated files written to later are ours to read. */
  sinceMs: position,
  /** Nobody has looked yet what is there; absent where somebody has. */
  isNew: z.literal(true).optional(),
  /** In the order in which they were found last. */
  contents: z.array(contentStateSchema),
  /** Next generation for each first line that was seen. */
  generations: z.array(z.tuple([z.string(), position])),
});
export type SourceState = z.infer<typeof sourceStateSchema>;

export const checkpointSchema = z.object({
  v: z.literal(1),
  savedAtMs: position,
  /** When files were last looked for, epoch ms, and by which patterns; absent where a release did so that did not write it down. */
  looked: z.object({ patterns: z.array(z.string()), atMs: position }).optional(),
  sources: z.record(z.string(), sourceStateSchema),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;
