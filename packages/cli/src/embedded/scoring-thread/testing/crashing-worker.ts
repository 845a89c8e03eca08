import { parentPort } from 'node:worker_threads';

parentPort!.once('message', () => {
  parentPort!.postMessage({ begun: true }, []);
  setTimeout(() => {
    throw new Error('out of its depth');
  }, 50);
});
