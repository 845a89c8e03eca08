import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { gatewayNow } from '../api/gateway-clock.ts';
import { useGateway } from '../api/gateway-context.ts';
import { sourceQuery, threatQuery } from '../api/queries.ts';
import type { Review, ThreatDetail, Verdict } from '../api/types.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { CheckIcon, CrossIcon } from '../parts/icons.tsx';
import { useKeyHint } from '../parts/shortcuts.ts';
import { useKeys } from '../parts/use-keys.ts';
import { useFeed } from '../stream/feed-context.ts';
import { ago } from '../text/format.ts';
import { SafeText } from '../text/safe-text.tsx';
import { suppressionText } from './suppression-text.ts';

/** A person's judgement, with a note. */
export function ReviewPanel({ event }: { event: ThreatDetail }): ReactNode {
  const gateway = useGateway();
  const queries = useQueryClient();
  const { reviewed } = useFeed();
  const hint = useKeyHint();
  const [note, setNote] = useState(event.review?.note ?? '');
  const review = useMutation({
    mutationFn: (verdict: Verdict) =>
      gateway.patch<Review>(`threats/${encodeURIComponent(event.id)}/review`, { verdict, note }),
    onSuccess: (saved) => {
      const { queryKey } = threatQuery(gateway, event.id);
      reviewed(event.id, saved.verdict);
      void queries.invalidateQueries({ queryKey: sourceQuery(gateway, event.source_ip).queryKey });
      queries.setQueryData(queryKey, (known) => known && { ...known, review: saved, verdict: saved.verdict });
    },
  });
  useKeys({ y: () => review.mutate('true_positive'), n: () => review.mutate('false_positive') });
  const current = event.review;
  const suppression = current?.verdict === 'false_positive' ? suppressionText(event, gatewayNow()) : undefined;
  const button = (verdict: Verdict, text: string, key: string, icon: ReactNode): ReactNode => (
    <button
      type="button"
      className={`button verdict-button verdict-${verdict}`}
      aria-pressed={current?.verdict === verdict}
      disabled={review.isPending}
      title={hint(text, key)}
      onClick={() => review.mutate(verdict)}
    >
      {icon}
      {text}
    </button>
  );
  return (
    <section className="card review-card">
      <header className="card-head">
        <h2>Review</h2>
        {current !== null && (
          <span className="note">
            <SafeText text={current.reviewer} />, {ago(Date.parse(current.reviewed_at), gatewayNow())}
          </span>
        )}
      </header>
      <div className="review">
        <label className="field">
          <span>Note</span>
          <textarea
            rows={2}
            maxLength={2_000}
            value={note}
            placeholder="What was it? Optional."
            onChange={(change) => setNote(change.target.value)}
          />
        </label>
        <div className="review-buttons">
          {button('true_positive', 'True positive', 'y', <CheckIcon />)}
          {button('false_positive', 'False positive', 'n', <CrossIcon />)}
        </div>
        <p role="status" className="small muted review-status">
          {review.isPending && 'Saving…'}
          {review.isSuccess && !review.isPending && 'Saved.'}
          {review.isError && <span className="problem-text">{review.error.message}</span>}
        </p>
        {suppression !== undefined && (
          <div className="suppression">
            <p className="small muted">
              To have its like not alert any more, add this to <code>suppressions.yaml</code> in the folder that{' '}
              <code>RULES_DIR</code> names. <CopyButton text={suppression} />
            </p>
            <pre className="mono small" tabIndex={0}>
              {suppression}
            </pre>
          </div>
        )}
      </div>
    </section>
  );
}
