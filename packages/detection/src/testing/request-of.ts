import type { ParsedRequest } from '@vigil/shared/contracts';
import { createLineParser } from '../formats/line-parser.ts';

/**
 * The request in the line of a log.
 * @param format as `createLineParser` takes it
 * @throws Error where the line is rejected
 */
export function requestOf(line: string, format?: string): ParsedRequest {
  const result = createLineParser(format).parse(line);
  if (!result.ok) throw new Error(`rejected as ${result.reason}: ${line}`);
  return result.request;
}
