import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Random } from '../random.ts';

/** How often it refuses, and how often it takes what comes and hangs up without an answer. */
const REFUSED_SHARE = 0.1;
const UNANSWERED_SHARE = 0.1;

/** A receiver of the webhook as docs/webhook.md asks for it: what it has by its `seq` it leaves out. Now and then it is not at its best. */
export class WebhookReceiver {
  readonly seqs: number[] = [];
  readonly ids: string[] = [];
  /** Alerts that came again. */
  repeated = 0;
  readonly #random: Random;
  readonly #server: Server;

  constructor(random: Random) {
    this.#random = random;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  /** Resolves to its URL. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  stop(): void {
    this.#server.close().closeAllConnections();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await json(request).catch(() => undefined);
    // A dispatcher that was killed meanwhile sends half of it.
    if (body === undefined) return;
    const chance = this.#random.next();
    if (chance < REFUSED_SHARE) {
      response.writeHead(503).end();
      return;
    }
    for (const { seq, id } of (body as Body).data.alerts) this.#hear(seq, id);
    if (chance < REFUSED_SHARE + UNANSWERED_SHARE) request.socket.destroy();
    else response.writeHead(204).end();
  }

  #hear(seq: number, id: string): void {
    if (seq <= (this.seqs.at(-1) ?? 0)) {
      this.repeated += 1;
      return;
    }
    this.seqs.push(seq);
    this.ids.push(id);
  }
}

interface Body {
  data: { alerts: { seq: number; id: string }[] };
}
