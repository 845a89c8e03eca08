import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { TREE } from './render.ts';

interface VectorConfig {
  transforms: { cri: { source: string } };
  sinks: {
    ingestor: {
      uri: string;
      compression: string;
      framing: { method: string };
      request: { headers: Record<string, string> };
    };
  };
}

/**
 * What the log shipper posts for lines of a container's log file: its own expression takes the CRI prefix off, parts of a line
 * (`P`) are joined to the last (`F`), standard error stays away. Vector itself cannot be had here; the expression, the address and the
 * headers are read from its configuration.
 */
export function shipped(
  fileLines: readonly string[],
  environment: Record<string, string>,
): { url: string; init: RequestInit } {
  const config = parse(readFileSync(join(TREE, 'components/log-shipper/vector.yaml'), 'utf8')) as VectorConfig;
  const { uri, compression, framing, request } = config.sinks.ingestor;
  if (compression !== 'gzip' || framing.method !== 'newline_delimited')
    throw new Error('the shipper posts otherwise now');
  const fill = (text: string): string => text.replace(/\$\{(\w+)\}/g, (_, name: string) => environment[name] ?? '');
  const headers = Object.entries(request.headers).map(([name, value]) => [name, fill(value)] as const);
  return {
    url: fill(uri),
    init: {
      method: 'POST',
      headers: { ...Object.fromEntries(headers), 'Content-Encoding': 'gzip' },
      body: gzipSync(
        wholeLines(fileLines, criExpression(config))
          .map((line) => `${line}\n`)
          .join(''),
      ),
    },
  };
}

/** Rust writes `(?P<name>…)` where JavaScript writes `(?<name>…)`; the rest of the expression reads the same in both. */
function criExpression({ transforms }: VectorConfig): RegExp {
  const found = /parse_regex!\(\.message, r'(.*)'\)/.exec(transforms.cri.source)?.[1];
  if (found === undefined) throw new Error('the shipper parses otherwise now');
  return new RegExp(found.replaceAll('(?P<', '(?<'));
}

function wholeLines(fileLines: readonly string[], expression: RegExp): string[] {
  const lines: string[] = [];
  let begun = '';
  for (const fileLine of fileLines) {
    const { stream, tag, line } = expression.exec(fileLine)?.groups ?? {};
    if (stream !== 'stdout') continue;
    begun += line;
    if (tag === 'P') continue;
    lines.push(begun);
    begun = '';
  }
  return lines;
}
