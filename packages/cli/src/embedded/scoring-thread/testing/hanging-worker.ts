import { parentPort } from 'node:worker_threads';

parentPort!.once('message', () => {
  parentPort!.postMessage({ begun: true }, []);
  for (;;);
});
