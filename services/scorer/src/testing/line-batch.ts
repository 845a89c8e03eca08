import type { LineBatch } from '@vigil/shared/contracts';
import { lineBatchId } from '@vigil/shared/lines/ids';
import { packLines } from '@vigil/shared/lines/payload';

/** A batch of these lines, for tests. */
export function lineBatchOf(lines: readonly string[], part: Partial<LineBatch> = {}): LineBatch {
  const bytes = Buffer.from(lines.join('\n'), 'latin1');
  const source = part.source ?? '/var/log/access.log';
  const firstPosition = part.firstPosition ?? 0;
  return {
    v: 1,
    id: lineBatchId(source, 'f-test', firstPosition, firstPosition + bytes.length + 1),
    source,
    fingerprint: 'f-test',
    positions: 'bytes',
    firstPosition,
    lineCount: lines.length,
    ...packLines(bytes),
    rejected: {},
    readAtMs: 0,
    ...part,
  };
}

/** A combined line. */
export function logLine(
  target: string,
  part: { ip?: string; status?: number; second?: number; method?: string } = {},
): string {
  const { ip = '198.51.100.7', status = 200, second = 0, method = 'GET' } = part;
  const time = new Date(Date.UTC(2026, 2, 2, 12) + second * 1000).toISOString().slice(11, 19);
  return `${ip} - - [02/Mar/2026:${time} +0000] "${method} ${target} HTTP/1.1" ${status} 512 "-" "Mozilla/5.0"`;
}
