import { connect } from 'node:net';

/** Resolves when the Redis server answers a PING (it answers with an error while it loads its data). */
export async function probeRedis(host: string, port: number): Promise<void> {
  await converse(host, port, 'PING\r\n', (heard) => heard.startsWith('+PONG'));
}

/** Resolves when the NATS server has JetStream and answers a PING. @param token what it asks for, if anything */
export async function probeNats(host: string, port: number, token?: string): Promise<void> {
  await converse(
    host,
    port,
    `CONNECT ${JSON.stringify({ verbose: false, auth_token: token })}\r\nPING\r\n`,
    (heard) => heard.includes('"jetstream":true') && heard.includes('PONG'),
  );
}

async function converse(host: string, port: number, say: string, done: (heard: string) => boolean): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ host, port });
    let heard = '';
    socket.setTimeout(1000, () => socket.destroy(new Error('no answer')));
    socket.setEncoding('utf8');
    socket.once('connect', () => socket.write(say));
    socket.on('data', (text: string) => {
      heard += text;
      if (done(heard)) {
        resolve();
        socket.destroy();
      }
    });
    socket.once('error', reject);
    socket.once('close', () => {
      reject(new Error(`closed after: ${heard.slice(0, 200)}`));
    });
  });
}
