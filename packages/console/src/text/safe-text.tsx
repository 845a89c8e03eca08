import type { ReactNode } from 'react';
import { visiblePieces } from './visible-text.ts';

/** Text from a log: always text nodes, deceptive characters as visible escapes, isolated so that it never reorders its neighbours. */
export function SafeText({ text, className }: { text: string; className?: string }): ReactNode {
  return <bdi className={className}>{safeNodes(text)}</bdi>;
}

/** The nodes alone, for use within a line that isolates by itself. */
export function safeNodes(text: string): ReactNode[] {
  return visiblePieces(text).map((piece) =>
    piece.escaped ? (
      <span key={piece.at} className="esc">
        {piece.text}
      </span>
    ) : (
      piece.text
    ),
  );
}
