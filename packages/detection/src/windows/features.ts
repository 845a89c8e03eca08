import type { WindowFeatures } from '@vigil/shared/contracts';
import { BUCKET_FIELDS, F, MINUTE_MS } from './bucket.ts';
import type { BucketSeries } from './history.ts';
import { distinctAgents, distinctPaths, distinctStatuses, type WindowTotals } from './totals.ts';

const METHOD_FIELDS = [F.POST, F.HEAD, F.OPTIONS, F.PUT, F.DELETE, F.OTHER_METHODS];

/** The seed's features of a client at a moment of event time. */
export function featuresOf(minutes: BucketSeries, totals: WindowTotals, atMs: number): WindowFeatures {
  const { five, ten, requests } = totals;
  const count = Math.max(1, five[F.REQUESTS]!);
  const meanDepth = five[F.DEPTH_SUM]! / count;
  const pauses = pausesOf(minutes, atMs);
  return {
    requests1m: Math.round(requests.one),
    requests5m: Math.round(requests.five),
    requests10m: Math.round(requests.ten),
    errorRate5m: round(five[F.ERRORS]! / count),
    distinctPaths5m: distinctPaths(five),
    distinctStatuses5m: distinctStatuses(five),
    meanBytes5m: Math.round(five[F.BYTES]! / count),
    methodEntropy5m: round(methodEntropy(five)),
    pathDepthVariance5m: round(Math.max(0, five[F.DEPTH_SQUARES]! / count - meanDepth * meanDepth)),
    distinctUserAgents10m: distinctAgents(ten),
    interRequestMeanSeconds10m: round(pauses.meanSeconds),
    interRequestDeviationSeconds10m: round(pauses.deviationSeconds),
  };
}

/** Shannon entropy of the methods, bits. */
export function methodEntropy(sums: Float64Array): number {
  const total = sums[F.REQUESTS]!;
  if (total === 0) return 0;
  let others = 0;
  let entropy = 0;
  const addPart = (count: number): void => {
    if (count > 0) entropy -= (count / total) * Math.log2(count / total);
  };
  for (const field of METHOD_FIELDS) {
    others += sums[field]!;
    addPart(sums[field]!);
  }
  addPart(total - others);
  return Math.max(0, entropy);
}

/**
 * Mean and deviation of the time between requests in ten minutes. The pauses within a batch and between minutes are known one by
 * one; those between batches of one minute only by their sum, and count as equally long.
 */
function pausesOf(minutes: BucketSeries, atMs: number): { meanSeconds: number; deviationSeconds: number } {
  const starts = bucketsOf(minutes, Math.floor(atMs / MINUTE_MS));
  let requests = 0;
  let known = 0;
  let knownSeconds = 0;
  let squares = 0;
  let lastMs = Number.NaN;
  let firstMs = Number.NaN;
  for (const at of starts) {
    const { slab, periodMs } = minutes;
    const startMs = slab[at + F.PERIOD]! * periodMs;
    const bucketFirstMs = startMs + slab[at + F.FIRST_MS]!;
    if (Number.isNaN(firstMs)) firstMs = bucketFirstMs;
    else {
      const gapSeconds = (bucketFirstMs - lastMs) / 1000;
      known += 1;
      knownSeconds += gapSeconds;
      squares += gapSeconds * gapSeconds;
    }
    // Later lines of the batch are in the bucket's last time already.
    lastMs = Math.min(atMs, startMs + slab[at + F.LAST_MS]!);
    requests += slab[at + F.REQUESTS]!;
    known += slab[at + F.GAPS]!;
    knownSeconds += slab[at + F.GAP_SECONDS]!;
    squares += slab[at + F.GAP_SQUARES]!;
  }
  if (requests < 2) return { meanSeconds: 0, deviationSeconds: 0 };
  const totalSeconds = (lastMs - firstMs) / 1000;
  const gaps = requests - 1;
  const meanSeconds = totalSeconds / gaps;
  const unknown = Math.max(0, gaps - known);
  const unknownMean = unknown === 0 ? 0 : Math.max(0, totalSeconds - knownSeconds) / unknown;
  const variance = (squares + unknown * unknownMean * unknownMean) / gaps - meanSeconds * meanSeconds;
  return { meanSeconds, deviationSeconds: Math.sqrt(Math.max(0, variance)) };
}

/** Offsets of the buckets of the last ten minutes that hold requests, oldest first. */
function bucketsOf(minutes: BucketSeries, now: number): number[] {
  const starts: number[] = [];
  for (let at = 0; at < minutes.size * BUCKET_FIELDS; at += BUCKET_FIELDS) {
    const age = now - minutes.slab[at + F.PERIOD]!;
    if (age >= 0 && age < 10 && minutes.slab[at + F.REQUESTS]! > 0) starts.push(at);
  }
  return starts.sort((a, b) => minutes.slab[a + F.PERIOD]! - minutes.slab[b + F.PERIOD]!);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
