import { request } from 'node:http';

/** Status of the answer to a request without a key whose body never ends. */
export function statusOfUnfinished(method: string, address: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sending = request(address, {
      method,
      headers: { 'content-type': 'application/json', 'content-length': 10_000 },
    });
    sending.on('error', reject).once('response', ({ statusCode }) => {
      resolve(statusCode);
      sending.destroy();
    });
    sending.write('{');
  });
}
