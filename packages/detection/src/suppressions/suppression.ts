import ipaddr from 'ipaddr.js';
import type { ParsedRequest, RuleMatch } from '@vigil/shared/contracts';
import { pathMatches } from '@vigil/shared/alerts/path-pattern';
import { z } from 'zod';

const cidrSchema = z
  .string()
  .refine((text) => parseCidr(text) !== undefined, 'an address or a range such as 10.0.0.0/8');

/**
 * An operator's decision that some matches are no evidence. All conditions that are given must hold; at least one must be given.
 * `path` and `parameter` match whole, with `*` for any text.
 */
export const suppressionSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{1,63}$/),
    reason: z.string().min(3).max(500),
    /** From this time on (event time) it has no effect. ISO 8601. */
    expiresAt: z.iso.datetime({ offset: true }).optional(),
    rules: z.array(z.string()).min(1).optional(),
    classes: z.array(z.string()).min(1).optional(),
    path: z.string().min(1).max(512).optional(),
    parameter: z.string().min(1).max(128).optional(),
    cidrs: z.array(cidrSchema).min(1).optional(),
    /** Text in the User-Agent, case and all. */
    agent: z.string().min(1).max(512).optional(),
  })
  .refine(
    (item) => item.rules ?? item.classes ?? item.path ?? item.parameter ?? item.cidrs ?? item.agent,
    'name at least one of rules, classes, path, parameter, cidrs, agent',
  );
export type Suppression = z.infer<typeof suppressionSchema>;

export type CompiledSuppression = {
  readonly id: string;
  /** Whether it covers this request at all. */
  covers(request: ParsedRequest): boolean;
  /** Whether it takes this match away. */
  takes(match: Pick<RuleMatch, 'rule' | 'class' | 'parameter'>): boolean;
};

/** Makes a suppression ready to run; throws where the input is not a valid one. */
export function compileSuppression(input: Suppression): CompiledSuppression {
  const item = suppressionSchema.parse(input);
  const expiresAtMs = item.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(item.expiresAt);
  const { path, parameter } = item;
  const ranges = item.cidrs?.map(parseCidr).filter((range) => range !== undefined);
  return {
    id: item.id,
    covers: (request) =>
      request.timestampMs < expiresAtMs &&
      (path === undefined || pathMatches(path, request.target.split('?', 1)[0] ?? '')) &&
      (item.agent === undefined || request.userAgent.includes(item.agent)) &&
      (ranges === undefined || inRanges(request.sourceIp, ranges)),
    takes: (match) =>
      (item.rules === undefined || item.rules.includes(match.rule)) &&
      (item.classes === undefined || item.classes.includes(match.class)) &&
      (parameter === undefined || (match.parameter !== undefined && pathMatches(parameter, match.parameter))),
  };
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

function parseCidr(text: string): Range | undefined {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.parse(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    return undefined;
  }
}

function inRanges(ip: string, ranges: readonly Range[]): boolean {
  if (!ipaddr.isValid(ip)) return false;
  const address = ipaddr.process(ip);
  return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}
