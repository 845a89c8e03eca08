/** [start, end) in UTF-16 units. */
export type Span = readonly [number, number];

/** Part of a line in which the same set of spans holds. */
export interface LineSegment {
  text: string;
  at: number;
  /** Indexes of the spans that cover it, in their order. */
  spans: number[];
}

/** Cuts a line where spans begin or end. Spans may overlap, touch, be missing or lie outside: nothing of the line is lost. */
export function lineSegments(line: string, spans: readonly (Span | undefined)[]): LineSegment[] {
  const clipped = spans.map((span) => span && ([clip(span[0], line), clip(span[1], line)] as const));
  const cuts = new Set([0, line.length]);
  for (const span of clipped) if (span !== undefined && span[0] < span[1]) for (const cut of span) cuts.add(cut);
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(0, -1).map((at, i) => {
    const end = sorted[i + 1] ?? line.length;
    const covering = clipped.flatMap((span, index) =>
      span !== undefined && span[0] <= at && end <= span[1] ? [index] : [],
    );
    return { text: line.slice(at, end), at, spans: covering };
  });
}

function clip(offset: number, line: string): number {
  return Math.min(Math.max(0, offset), line.length);
}
