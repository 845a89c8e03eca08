import { z } from 'zod';

export const severitySchema = z.enum(['LOW', 'MEDIUM', 'HIGH']);
export type Severity = z.infer<typeof severitySchema>;

/** Severities that are stored and published; LOW is only logged and counted. */
export const alertSeveritySchema = z.enum(['MEDIUM', 'HIGH']);
export type AlertSeverity = z.infer<typeof alertSeveritySchema>;

/** Lowest score (0..1) that is MEDIUM. Fixed by the seed. */
export const MEDIUM_SCORE_MIN = 0.5;
/** Lowest score (0..1) that is HIGH. Fixed by the seed. */
export const HIGH_SCORE_MIN = 0.7;

/** Severity of a score in 0..1. */
export function severityOf(score: number): Severity {
  if (score >= HIGH_SCORE_MIN) return 'HIGH';
  return score >= MEDIUM_SCORE_MIN ? 'MEDIUM' : 'LOW';
}

const RANK: Record<Severity, number> = { LOW: 0, MEDIUM: 1, HIGH: 2 };

/** Whether `severity` is at least `min`. */
export function isAtLeast(severity: Severity, min: Severity): boolean {
  return RANK[severity] >= RANK[min];
}
