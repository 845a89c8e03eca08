import { bytes, duration, number, percent } from '../text/format.ts';

export interface WindowFigure {
  name: string;
  /** Minutes that it covers, in words. */
  span: string;
  value: string;
  /** Beyond what the seed's rules tolerate. */
  unusual: boolean;
}

/** Requests a minute that RATE_ANOMALY tolerates, and share of errors that HIGH_ERROR_RATE does. */
const RATE_1M_MAX = 100;
const ERROR_SHARE_MAX = 0.5;

/** Of more paths the estimate only says that there were more. */
const PATHS_TOLD_MAX = 250;

const FIGURES: readonly [key: string, name: string, span: string, show: (value: number) => string, limit?: number][] = [
  ['requests_1m', 'Requests', '1 min', number, RATE_1M_MAX],
  ['requests_10m', 'Requests', '10 min', number],
  ['error_rate_5m', 'Errors', '5 min', percent, ERROR_SHARE_MAX],
  ['distinct_paths_5m', 'Paths', '5 min', (value) => (value > PATHS_TOLD_MAX ? `> ${PATHS_TOLD_MAX}` : number(value))],
  ['distinct_statuses_5m', 'Statuses', '5 min', number],
  ['distinct_user_agents_10m', 'User agents', '10 min', number],
  ['mean_bytes_5m', 'Mean size', '5 min', (value) => bytes(Math.round(value))],
  ['inter_request_mean_seconds_10m', 'Between requests', '10 min', duration],
];

/** The address's behaviour before the request, as far as it is known. */
export function windowFigures(window: Record<string, number> | null): WindowFigure[] {
  return FIGURES.flatMap(([key, name, span, show, limit]) => {
    const value = window?.[key];
    if (value === undefined) return [];
    return [{ name, span, value: show(value), unusual: limit !== undefined && value > limit }];
  });
}
