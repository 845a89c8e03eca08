import { extname } from 'node:path';
import { Readiness } from '@vigil/shared/http/readiness';
import { Lifecycle } from '@vigil/shared/lifecycle/lifecycle';
import { stopOnSignals } from '@vigil/shared/lifecycle/run-service';
import { createLogger } from '@vigil/shared/logging/logger';
import { ScoringThread } from '../scoring-thread.ts';

const log = createLogger('vigil');
const lifecycle = new Lifecycle(log, 1_000);
stopOnSignals(lifecycle, log);
const thread = new ScoringThread({
  data: { rulesDir: undefined, timeZone: undefined, logLevel: 'info', shutdownTimeoutMs: 1_000 },
  writeLog: () => undefined,
  workerUrl: new URL(`crashing-worker${extname(import.meta.filename)}`, import.meta.url),
});
await thread.start('', { readiness: new Readiness(), lifecycle });
setInterval(() => undefined, 60_000);
