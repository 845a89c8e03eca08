import type * as contracts from '@vigil/shared/contracts';
import { expectTypeOf, test } from 'vitest';
import type { Alert, AlertFrame, AlertSeverity, GapFrame } from './frames.ts';

test('frames are what the gateway sends (the compiler checks it)', () => {
  expectTypeOf<Alert>().toEqualTypeOf<contracts.Alert>();
  expectTypeOf<AlertSeverity>().toEqualTypeOf<contracts.AlertSeverity>();
  expectTypeOf<GapFrame>().toEqualTypeOf<contracts.GapFrame>();
  expectTypeOf<AlertFrame>().toEqualTypeOf<contracts.AlertFrame>();
});
