import type { Explanation } from '@vigil/detection';
import { printableJson } from '@vigil/shared/text/printable';
import { scoreText } from '@vigil/shared/text/score-text';

const VIEW_CHARS_MAX = 160;

/** An explanation for people: views, then matches, then how the score came about. */
export function explanationText(explanation: Explanation): string {
  const { views, matches, steps, assessment, rulesVersion } = explanation;
  const lines = ['views'];
  for (const view of views) {
    const name = view.parameter === undefined ? view.field : `${view.field} ${visible(view.parameter, 32)}`;
    const chain = view.decoded.length === 0 ? view.kind : `${view.kind}: ${view.decoded.join(' > ')}`;
    lines.push(`  ${name.padEnd(24)} [${chain}] ${visible(view.text, VIEW_CHARS_MAX)}`);
  }
  lines.push('', 'matches');
  for (const match of matches) {
    const place = match.parameter === undefined ? match.field : `${match.field} ${visible(match.parameter, 32)}`;
    const chain = match.decoded.length === 0 ? '' : ` after ${match.decoded.join(' > ')}`;
    lines.push(
      `  ${match.score.toFixed(2)} ${match.rule} (${match.class}) in ${place}${chain} at ${match.span.join('-')}: ${visible(match.excerpt, VIEW_CHARS_MAX)}`,
    );
  }
  if (matches.length === 0) lines.push('  none');
  lines.push('', 'score');
  for (const step of steps)
    lines.push(`  ${step.amount >= 0 ? '+' : ''}${step.amount.toFixed(2)} ${step.what} = ${step.total.toFixed(2)}`);
  lines.push(`  ${scoreText(assessment.score)} ${assessment.severity}`);
  if (assessment.suppressedBy !== undefined)
    lines.push(`  kept from alerting by ${assessment.suppressedBy.join(', ')}`);
  for (const [pack, { score, severity }] of Object.entries(assessment.shadow ?? {}))
    lines.push(`  ${scoreText(score)} ${severity} with ${pack} of the shadow packs`);
  lines.push('', `rules ${rulesVersion}`);
  return lines.join('\n');
}

/** Text as JSON, cut at a length: a log line must not drive the terminal. */
export function visible(text: string, charsMax: number): string {
  const cut = text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
  return printableJson(JSON.stringify(cut));
}
