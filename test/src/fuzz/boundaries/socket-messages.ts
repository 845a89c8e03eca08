import { ADMIN_KEY } from '@vigil/gateway/testing/start-test-gateway';
import { WebSocket } from 'ws';
import type { Random } from '../../random.ts';
import { BoundaryFault, type Boundary } from '../boundary.ts';
import { mutate } from '../mutate.ts';

/** Messages that are accepted; between them they name every field. */
export const MESSAGES = [
  '{"type":"subscribe","severity":"HIGH","after":1,"batch":true,"rule":["sqli-union-select"],"source_ip":["198.51.100.7"]}',
  '{"type":"subscribe","min_severity":"MEDIUM","source":["a"],"class":["XSS"],"cidr":["10.0.0.0/8"],"path":["/admin/*"]}',
];
/** Messages that a connection is good for before the gateway ends it for talking too much. */
const PER_SOCKET = 15;
/** Too long a message: the one reason in docs/stream.md to close that lies in a message and not in the gateway, its servers or the pace. */
const TOO_BIG = 1009;

/** What a WebSocket's client says, and the answer to it. */
export function socketMessages(wsUrl: string): Boundary & { close(): Promise<void> } {
  const pool = new SocketPool(wsUrl);
  return {
    name: 'messages of WebSocket clients',
    share: 0.11,
    tryOne: (random) => pool.trySend(random),
    close: async () => pool.close(),
  };
}

/** Sends messages over one connection after another. */
export class SocketPool {
  readonly #url: string;
  #socket: WebSocket | undefined;
  #left = 0;

  constructor(url: string) {
    this.#url = url;
  }

  trySend(random: Random): Promise<string> {
    const text = mutate(random, MESSAGES);
    return this.send(random.chance(0.1) ? Buffer.from(text) : text);
  }

  /**
   * What the gateway answers: `subscribed`, `error`, or the code that it closes with.
   * @throws BoundaryFault where it closes for a reason that no message can be
   */
  async send(message: string | Buffer): Promise<string> {
    if (this.#socket?.readyState !== WebSocket.OPEN || this.#left === 0) await this.#open();
    this.#left -= 1;
    const socket = this.#socket!;
    const answer = Promise.withResolvers<string>();
    const onMessage = (data: Buffer): void => {
      const { event } = JSON.parse(data.toString()) as { event: string };
      if (event === 'subscribed' || event === 'error') answer.resolve(event);
    };
    const onClose = (code: number): void => {
      if (code === TOO_BIG) answer.resolve(`closed with ${code}`);
      else answer.reject(new BoundaryFault(`closed with ${code} after ${message.toString()}`));
    };
    socket.on('message', onMessage).on('close', onClose).send(message);
    try {
      return await answer.promise;
    } finally {
      socket.off('message', onMessage).off('close', onClose);
    }
  }

  close(): void {
    this.#socket?.terminate();
  }

  async #open(): Promise<void> {
    this.#socket?.terminate();
    const socket = new WebSocket(`${this.#url}?control=1`, { headers: { 'x-api-key': ADMIN_KEY } });
    this.#socket = socket;
    this.#left = PER_SOCKET;
    socket.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
  }
}
