import ipaddr from 'ipaddr.js';
import type { ParsedRequest, RuleMatch } from '@vigil/shared/contracts';
import { compilePathPattern } from '@vigil/shared/alerts/path-pattern';
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

/** What suppressions ask of a request, found out once for all of them: an operator may have written thousands. */
export class Circumstances {
  readonly timestampMs: number;
  readonly userAgent: string;
  /** The target without its query. */
  readonly path: string;
  readonly #sourceIp: string;
  #address: Address | 'none' | undefined;

  constructor(request: ParsedRequest) {
    this.timestampMs = request.timestampMs;
    this.userAgent = request.userAgent;
    this.path = request.target.split('?', 1)[0] ?? '';
    this.#sourceIp = request.sourceIp;
  }

  /** Undefined where the log holds a host name or nothing. */
  get address(): Address | undefined {
    this.#address ??= ipaddr.isValid(this.#sourceIp) ? ipaddr.process(this.#sourceIp) : 'none';
    return this.#address === 'none' ? undefined : this.#address;
  }
}

export type CompiledSuppression = {
  readonly id: string;
  /** Whether it covers a request at all. */
  covers(circumstances: Circumstances): boolean;
  /** Whether it takes this match away. */
  takes(match: Pick<RuleMatch, 'rule' | 'class' | 'parameter'>): boolean;
};

/** Makes a suppression ready to run; throws where the input is not a valid one. */
export function compileSuppression(input: Suppression): CompiledSuppression {
  const item = suppressionSchema.parse(input);
  const expiresAtMs = item.expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(item.expiresAt);
  const { agent } = item;
  const isPath = item.path === undefined ? undefined : compilePathPattern(item.path);
  const isParameter = item.parameter === undefined ? undefined : compilePathPattern(item.parameter);
  const ranges = item.cidrs?.map(parseCidr).filter((range) => range !== undefined);
  return {
    id: item.id,
    covers: (circumstances) =>
      circumstances.timestampMs < expiresAtMs &&
      (isPath === undefined || isPath(circumstances.path)) &&
      (agent === undefined || circumstances.userAgent.includes(agent)) &&
      (ranges === undefined || inRanges(circumstances.address, ranges)),
    takes: (match) =>
      (item.rules === undefined || item.rules.includes(match.rule)) &&
      (item.classes === undefined || item.classes.includes(match.class)) &&
      (isParameter === undefined || (match.parameter !== undefined && isParameter(match.parameter))),
  };
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

function parseCidr(text: string): Range | undefined {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.parse(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  } catch {
    return undefined;
  }
}

function inRanges(address: Address | undefined, ranges: readonly Range[]): boolean {
  if (address === undefined) return false;
  return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
}
