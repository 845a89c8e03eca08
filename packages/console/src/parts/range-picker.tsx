import type { ReactNode } from 'react';
import { RANGES, type Range } from '../routing/route.ts';

/** How far back to look. @param picked undefined where another part of the time is looked at */
export function RangePicker({
  picked,
  onPick,
}: {
  picked: Range | undefined;
  onPick: (range: Range) => void;
}): ReactNode {
  return (
    <div className="segments" role="group" aria-label="Time range">
      {RANGES.map((each) => (
        <button
          key={each}
          type="button"
          className="segment"
          aria-pressed={each === picked}
          onClick={() => onPick(each)}
        >
          {each}
        </button>
      ))}
    </div>
  );
}
