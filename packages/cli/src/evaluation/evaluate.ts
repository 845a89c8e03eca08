import { MEDIUM_SCORE_MIN } from '@vigil/shared/contracts';
import type { Engine } from '@vigil/detection';
import { createLineParser } from '@vigil/detection/formats/line-parser';
import { listedRequest } from '@vigil/detection/rules/example-request';

/** What a labels file says of a line: where it comes from, what it is, where the payload stands. */
export type Label = { source: string; class: string; where: string };

export type Judged = { line: number; label: Label; score: number; rules: string[]; text: string; isRequest: boolean };

export type Rate = { group: string; alerted: number; total: number };

const UNLABELLED: Label = { source: '-', class: '-', where: '-' };

/**
 * Judges every line by its text alone (each as if it were a client's first): of a log, or of a list of targets as `listedRequest` reads
 * it. Lines that are no request have the score 0.
 */
export function judgeLines(engine: Engine, lines: readonly string[], labels: ReadonlyMap<number, Label>): Judged[] {
  const parser = createLineParser();
  return lines.map((text, index) => {
    const place = { line: index + 1, label: labels.get(index + 1) ?? UNLABELLED, text };
    const listed = listedRequest(text);
    const parsed = listed === undefined ? parser.parse(text) : { ok: true as const, request: listed };
    if (!parsed.ok) return { ...place, score: 0, rules: [`(${parsed.reason})`], isRequest: false };
    const { score, matchedRules } = engine.conclude(parsed.request, engine.inspect(parsed.request));
    return { ...place, score, rules: matchedRules, isRequest: true };
  });
}

/** Alerts (MEDIUM or worse, or above another score) per group, groups in order. */
export function ratesBy(
  judged: readonly Judged[],
  group: (item: Judged) => string,
  scoreMin = MEDIUM_SCORE_MIN,
): Rate[] {
  const rates = new Map<string, Rate>();
  for (const item of judged) {
    const name = group(item);
    const rate = rates.get(name) ?? { group: name, alerted: 0, total: 0 };
    rate.total += 1;
    if (item.score >= scoreMin) rate.alerted += 1;
    rates.set(name, rate);
  }
  return [...rates.values()].sort((a, b) => (a.group < b.group ? -1 : 1));
}

/** Labels by line number from `line<TAB>source<TAB>class<TAB>where` with a head line. */
export function parseLabels(text: string): Map<number, Label> {
  const labels = new Map<number, Label>();
  for (const row of text.split('\n').slice(1)) {
    const [line, source, kind, where] = row.split('\t');
    if (source === undefined || kind === undefined) continue;
    labels.set(Number(line), { source, class: kind, where: where ?? '-' });
  }
  return labels;
}
