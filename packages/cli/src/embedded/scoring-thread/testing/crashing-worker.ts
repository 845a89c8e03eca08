import { parentPort } from 'node:worker_threads';

parentPort!.postMessage({ started: true }, []);
setTimeout(() => {
  throw new Error('out of its depth');
}, 50);
