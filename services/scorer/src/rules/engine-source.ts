import { createEngine, type Engine } from '@vigil/detection';

/** The engine of the moment. */
export interface EngineSource {
  current(): Engine;
}

/** An engine on the built-in packs. */
export function createEngineSource(_options: { rulesDir?: string | undefined } = {}): EngineSource {
  const engine = createEngine();
  return { current: () => engine };
}
