import { createLineParser } from '@vigil/detection/formats/line-parser';
import { generateTraffic } from '@vigil/traffic/generate-traffic';
import { dockerLine, FORMAT_WRITERS, HOST, iso, pathOf, requestLineOf, type FormatWriter } from './format-writers.ts';
import { TRAFFIC_START_MS } from './traffic-file.ts';

/** A log of one format. */
export interface FormatLog {
  name: string;
  lines: readonly string[];
  /** A line that the reader has seen before them, where they are no requests themselves. */
  first?: string;
}

const programJson: FormatWriter = (request, _, index) =>
  JSON.stringify({
    level: 30,
    time: request.timestampMs,
    pid: 17,
    hostname: 'shop-5d7f9c6b4-x2x4k',
    name: 'orders',
    order: index,
    items: [{ sku: `A${index % 900}`, count: 2 }],
    msg: `order ${index} placed`,
  });

/** What else stands in the stream of an access log, and is no request. */
const OTHERS: Record<string, FormatWriter> = {
  "none: nginx's error log": (request, combined, index) => {
    const [date, time] = iso(request.timestampMs).slice(0, 19).replaceAll('-', '/').split('T') as [string, string];
    return `${date} ${time} [error] 31#31: *${index} open() "/usr/share/nginx/html${pathOf(request)}" failed (2: No such file or directory), client: ${request.sourceIp}, server: ${HOST}, request: "${requestLineOf(request)}", host: "${HOST}"`;
  },
  'none: output of a program': (request, _, index) => {
    const time = iso(request.timestampMs).replace('T', ' ').slice(0, 23);
    const lines = [
      `${time}  INFO 1 --- [nio-8080-exec-${index % 10}] c.e.shop.OrderService : Order ${index} placed by customer ${index * 7}`,
      `\tat com.example.shop.OrderService.place(OrderService.java:${index % 500})`,
      `Connected to database shop as shop in ${index % 90} ms`,
      `[Mon Mar 02 00:00:21.${index % 1_000_000} 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache configured -- resuming normal operations`,
    ];
    return lines[index % lines.length]!;
  },
  "none: a program's JSON": programJson,
  "none: a program's JSON in Docker's": (request, combined, index) =>
    dockerLine(programJson(request, combined, index), request.timestampMs),
};

/** The same ordinary requests as each format has them, the combined one first, and lines that are none among combined ones. */
export function logsOfFormats(count: number): FormatLog[] {
  const traffic = generateTraffic({ mode: 'normal', seed: 1, startMs: TRAFFIC_START_MS, rate: 5_000, count });
  const combined = Array.from(traffic, ({ line }) => line);
  const parser = createLineParser('combined');
  const requests = combined.map((line) => {
    const parsed = parser.parse(line);
    if (!parsed.ok) throw new Error(`no request: ${line}`);
    return parsed.request;
  });
  const written = (write: FormatWriter): string[] =>
    requests.map((request, index) => write(request, combined[index]!, index));
  const [docker] = written(FORMAT_WRITERS['Docker, combined']!);
  const firstOf = (name: string): string => (name.endsWith("Docker's") ? docker! : combined[0]!);
  return [
    ...Object.entries(FORMAT_WRITERS).map(([name, write]) => ({ name, lines: written(write) })),
    ...Object.entries(OTHERS).map(([name, write]) => ({ name, lines: written(write), first: firstOf(name) })),
  ];
}
