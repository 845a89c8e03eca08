import type { Alert } from '@vigil/shared/contracts';
import { WebSocket } from 'ws';

/** A WebSocket client that keeps what it heard and resumes from its cursor, with nothing of ours in it. */
export class AlertListener {
  readonly alerts: Alert[] = [];
  readonly gaps: unknown[] = [];
  #socket: WebSocket | undefined;

  get cursor(): number {
    return this.alerts.at(-1)?.seq ?? 0;
  }

  /** Connects, after the last alert heard; resolves when the connection is open. */
  async connect(url: string, apiKey: string): Promise<void> {
    const address = new URL('/ws/alerts', url.replace(/^http/, 'ws'));
    address.searchParams.set('after', String(this.cursor));
    const socket = new WebSocket(address, { headers: { 'x-api-key': apiKey } });
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#hear(JSON.parse(data.toString('utf8')) as Alert | { event?: string }));
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
  }

  close(): void {
    this.#socket?.terminate();
  }

  #hear(frame: Alert | { event?: string }): void {
    if (frame.event === 'threat') this.alerts.push(frame as Alert);
    else if (frame.event === 'gap') this.gaps.push(frame);
  }
}
