import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Forwards TCP connections to one of several ports in turn, as what stands before several gateways does. */
export class TcpBalancer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targets: number[] = [];
  #next = 0;

  private constructor() {
    this.#server = createServer((client) => this.#forward(client));
  }

  static async start(): Promise<TcpBalancer> {
    const balancer = new TcpBalancer();
    await new Promise<void>((resolve) => balancer.#server.listen(0, '127.0.0.1', 1_024, resolve));
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Where new connections go; standing ones stay. */
  setTargets(urls: readonly string[]): void {
    this.#targets = urls.map((url) => Number(new URL(url).port));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #forward(client: Socket): void {
    const port = this.#targets[this.#next % Math.max(1, this.#targets.length)];
    this.#next += 1;
    if (port === undefined) return void client.destroy();
    const upstream = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroySoon();
      });
      one.pipe(other);
    }
  }
}
