import type { ReactNode } from 'react';
import type { ThreatDetail } from '../api/types.ts';
import { score } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { scoreSteps } from './score-steps.ts';

/** From nothing to the final score, step by step; the lines are where MEDIUM and HIGH begin. */
export function ScoreWaterfall({ event }: { event: ThreatDetail }): ReactNode {
  const steps = scoreSteps(event);
  return (
    <section className="card score-card">
      <header className="card-head">
        <h2>Score</h2>
        <span className="note">
          <b>{score(event.threat_score)}</b> of 1
        </span>
      </header>
      <ol className="waterfall">
        {steps.map((step, i) => {
          const before = step.total - step.amount;
          const from = Math.min(before, step.total);
          const width = Math.max(0.006, Math.abs(step.amount));
          return (
            <li key={i} className={`step step-${step.kind}${step.amount < 0 ? ' step-down' : ''}`}>
              <span className="step-label">
                <code>
                  <SafeText text={step.label} />
                </code>
                <span className="faint small">{step.note}</span>
              </span>
              <span className="step-amount">
                {step.amount === 0 ? '' : `${step.amount < 0 ? '−' : '+'}${Math.abs(step.amount).toFixed(2)}`}
              </span>
              {step.amount !== 0 && (
                <span className="step-track" aria-hidden="true">
                  <span
                    className={`step-bar severity-${event.severity}`}
                    style={{ left: `${from * 100}%`, width: `${width * 100}%` }}
                  />
                </span>
              )}
            </li>
          );
        })}
      </ol>
      <div className="waterfall-scale faint small" aria-hidden="true">
        <span className="scale-mark scale-0">0</span>
        <span className="scale-mark scale-medium">Medium</span>
        <span className="scale-mark scale-high">High</span>
        <span className="scale-mark scale-1">1</span>
      </div>
    </section>
  );
}
