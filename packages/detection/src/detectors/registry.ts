import type { Detector } from './detector.ts';

/** All structural detectors, by name. */
export const DETECTORS: ReadonlyMap<string, Detector> = new Map<string, Detector>([]);

/** Every `detector.signal` that a rule may name. */
export const SIGNALS: ReadonlySet<string> = new Set(
  [...DETECTORS.values()].flatMap((detector) => detector.signals.map((signal) => `${detector.name}.${signal}`)),
);
