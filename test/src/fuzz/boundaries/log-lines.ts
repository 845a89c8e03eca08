import { createEngine } from '@vigil/detection';
import { createLineParser, type LineParser } from '@vigil/detection/formats/line-parser';
import { LineJudge } from '@vigil/scorer/scoring/judge-lines';
import { toScoredBatch } from '@vigil/scorer/scoring/to-scored-batch';
import { readScoredBatch } from '@vigil/dispatcher/storing/batch-intake';
import type { LineBatch, ScoredBatch } from '@vigil/shared/contracts';
import { lineBatchId } from '@vigil/shared/lines/ids';
import type { Random } from '../../random.ts';
import { must, type Boundary } from '../boundary.ts';
import { mutate } from '../mutate.ts';

const LINES = [
  '203.0.113.9 - - [02/Mar/2026:10:00:00 +0000] "GET /item?id=1%27+union+select+1-- HTTP/1.1" 200 512 "-" "Mozilla/5.0"',
  '2001:db8::1 - ann [02/Mar/2026:10:00:01 +0100] "POST /login?token=abcdef HTTP/2.0" 401 0 "https://h/?sid=1" "curl/8.5"',
  '10.0.0.1 - - [29/Feb/2024:23:59:59 -1200] "GET /%3Cscript%3Ealert(1)%3C/script%3E HTTP/1.1" 404 - "-" "sqlmap/1.7"',
  '10.0.0.2 - - [02/Mar/2026:10:00:00 +0000] "\\x16\\x03\\x01\\x02" 400 226 "-" "-"',
  '{"time":"2026-03-02T10:00:00Z","remote_addr":"192.0.2.1","request":"GET /?a=..%2f..%2fetc%2fpasswd HTTP/1.1","status":200,"body_bytes_sent":5,"http_user_agent":"x"}',
  '{"level":"info","ts":1772445600.1,"request":{"remote_ip":"192.0.2.4","method":"GET","uri":"/?q=%24%7Bjndi:ldap://x%7D","headers":{"User-Agent":["x"]}},"status":200,"size":5}',
  'h.example:443 192.0.2.1 - - [02/Mar/2026:10:00:00 +0000] "GET /a;jsessionid=1 HTTP/1.1" 301 178 "-" "Go-http-client/1.1"',
  '{"time_local":"02/Mar/2026:10:00:00 +0000","remote_addr":"fe80::1%eth0","request_uri":"/a?q=<script>alert(1)</script>","request_method":"GET","status":"200"}',
  '2026-03-02T10:00:00.000000Z app/lb/1 192.0.2.1:2817 10.0.0.1:80 0.001 0.001 0.000 200 200 34 366 "GET http://h:80/ HTTP/1.1" "curl" - -',
];

/** Lines per input that share a parser, as those of one source do. */
const PARSER_LINES = 500;

/** From the bytes of a line to what the dispatcher takes. */
export function logLines(): Boundary {
  const scoreLine = lineScorer();
  return {
    name: 'log lines: parser, rules, windows, redaction',
    share: 0.5,
    tryOne: (random: Random) => {
      const scored = scoreLine(random);
      if (scored.detections.length > 0) {
        const text = JSON.stringify(scored);
        const intake = readScoredBatch(JSON.parse(text));
        must(intake.ok, `the dispatcher refuses what the scorer made of a line: ${intake.ok ? '' : intake.reason}`);
        must(!/\\u0000|\\ud[89a-f]/i.test(text), 'text that PostgreSQL cannot store');
      }
      return Object.keys(scored.rejected)[0] ?? 'accepted';
    },
  };
}

/** Makes lines and scores them, each as a batch of its own; throws where the engine fails on one. */
export function lineScorer(): (random: Random) => ScoredBatch {
  const engine = createEngine();
  let parser: LineParser = createLineParser();
  let left = PARSER_LINES;
  let position = 0;
  const score = (line: string): ScoredBatch => {
    const judge = new LineJudge(engine);
    const bytes = Buffer.from(line, 'latin1');
    const bounds = Uint32Array.of(0, bytes.length);
    judge.read({ count: 1, textAt: () => line, bytes, bounds }, parser);
    judge.windows.deltas();
    const judged = judge.conclude(() => undefined);
    const offset = position;
    position += line.length + 1;
    const batch: Omit<LineBatch, 'payload' | 'encoding'> = {
      v: 1,
      id: lineBatchId('fuzz', 'f-fuzz', offset, position),
      source: 'fuzz',
      fingerprint: 'f-fuzz',
      positions: 'bytes',
      firstPosition: offset,
      lineCount: 1,
      rejected: {},
      readAtMs: 0,
    };
    const { scored } = toScoredBatch({ batch, offsetOf: () => offset, lineAt: () => line, parser }, judged, 'fuzz', 0);
    must(scored.deadLines.length === 0, `the engine fails on a line: ${scored.deadLines[0]?.reason}`);
    return scored;
  };
  return (random) => {
    left -= 1;
    if (left === 0) {
      parser = createLineParser();
      left = PARSER_LINES;
    }
    // One code unit per byte, and no newline, is what a line is.
    return score(Buffer.from(mutate(random, LINES).replaceAll('\n', ' ')).toString('latin1'));
  };
}
