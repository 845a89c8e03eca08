import type { ReactNode } from 'react';
import { GatewayError } from '../api/gateway.ts';

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }): ReactNode {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}

/** A request failed: what the gateway said, and another try. */
export function Failure({ error, onRetry }: { error: Error; onRetry: () => void }): ReactNode {
  const detail = error instanceof GatewayError ? error.message : 'The console stumbled over the answer.';
  return (
    <div className="empty" role="alert">
      <p className="empty-title problem-text">{detail}</p>
      <button type="button" className="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Stands where text will be. */
export function Skeleton({ lines = 3 }: { lines?: number }): ReactNode {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className={`skeleton-line skeleton-${i % 3}`} />
      ))}
    </div>
  );
}
