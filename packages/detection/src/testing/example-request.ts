import type { ParsedRequest } from '@vigil/shared/contracts';
import type { RuleExample } from '../rules/rule-pack.ts';
import { requestOf } from './request-of.ts';

/** The request that a rule's example stands for. */
export function exampleRequest(example: RuleExample): ParsedRequest {
  if (typeof example === 'string') return requestOf({ target: example });
  return requestOf({
    method: example.method ?? 'GET',
    target: example.target ?? '/',
    referer: example.referer ?? '',
    userAgent: example.user_agent ?? '',
  });
}
