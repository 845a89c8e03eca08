import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useGateway } from '../api/gateway-context.ts';
import { selectionParams } from '../api/queries.ts';
import { useRoute } from '../routing/route.ts';

/** Saves as CSV all stored events that the filter lets through, also those that were not scrolled to. */
export function ExportButton(): ReactNode {
  const gateway = useGateway();
  const route = useRoute();
  const exported = useMutation({
    mutationFn: async () => {
      const params = selectionParams(route);
      params.set('format', 'csv');
      saveAs(await gateway.download(`threats/export?${params.toString()}`), fileName(new Date()));
    },
  });
  return (
    <>
      {exported.isError && (
        <span role="alert" className="note problem-text">
          {exported.error.message}
        </span>
      )}
      <button
        type="button"
        className="button small not-phone"
        title="All events of this filter as CSV"
        disabled={exported.isPending}
        onClick={() => exported.mutate()}
      >
        {exported.isPending ? 'Exporting…' : 'Export'}
      </button>
    </>
  );
}

/** A link cannot fetch it: the key goes in a header. */
function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Where it went at once, the browser might find nothing there any more.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const fileName = (now: Date): string => `vigil-events-${now.toISOString().slice(0, 19).replaceAll(':', '')}Z.csv`;
