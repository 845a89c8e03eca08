import type { AlertSeverity } from '@vigil/shared/contracts';
import type { ReactNode } from 'react';
import { score as formatScore } from '../text/format.ts';

export function SeverityBadge({ severity }: { severity: AlertSeverity }): ReactNode {
  return <span className={`severity severity-${severity}`}>{severity}</span>;
}

/** The score as a figure with its colour; the severity is said for those who do not see colours. */
export function ScoreMark({ severity, score }: { severity: AlertSeverity; score: number }): ReactNode {
  return (
    <span className={`score severity-${severity}`}>
      {formatScore(score)}
      <span className="visually-hidden"> {severity}</span>
    </span>
  );
}
