import { hearDate } from './gateway-clock.ts';

/** An answer that is no success: `status` 0 where the gateway could not be reached. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** The gateway's REST interface, with the operator's key. Paths are relative: the console may live below a prefix. */
export class Gateway {
  readonly #key: string;
  readonly #onUnauthorized: () => void;

  constructor(key: string, onUnauthorized: () => void) {
    this.#key = key;
    this.#onUnauthorized = onUnauthorized;
  }

  /** @throws GatewayError with the problem document's detail */
  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.#ask<T>(path, signal === undefined ? {} : { signal });
  }

  /** @throws GatewayError */
  async patch<T>(path: string, body: unknown): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.#ask<T>(path, { method: 'PATCH', headers, body: JSON.stringify(body) });
  }

  /**
   * What a path gives, to be saved as a file.
   * @throws GatewayError, also where the answer breaks off
   */
  async download(path: string): Promise<Blob> {
    const response = await this.#request(path, {});
    try {
      return await response.blob();
    } catch {
      throw new GatewayError(0, 'The gateway broke off.');
    }
  }

  /**
   * Lets one connection to the stream in. Browsers send no header with a WebSocket, and a key may hold signs that a subprotocol cannot.
   * @throws GatewayError
   */
  async streamTicket(signal: AbortSignal): Promise<string> {
    const { ticket } = await this.#ask<{ ticket: string }>('ws/ticket', { method: 'POST', signal });
    return ticket;
  }

  /** Address of the stream; the ticket goes in a subprotocol, since URLs end up in logs. */
  streamUrl(params: URLSearchParams): string {
    const url = new URL(`ws/alerts?${params.toString()}`, document.baseURI);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return url.toString();
  }

  async #ask<T>(path: string, init: RequestInit): Promise<T> {
    const headers = new Headers(init.headers);
    headers.set('accept', 'application/json');
    const response = await this.#request(path, { ...init, headers });
    return (await response.json()) as T;
  }

  async #request(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    this.#addKey(headers);
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers, credentials: 'omit', cache: 'no-store' });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new GatewayError(0, 'The gateway cannot be reached.');
    }
    hearDate(response.headers.get('date'));
    if (response.ok) return response;
    if (response.status === 401) this.#onUnauthorized();
    throw new GatewayError(response.status, await detailOf(response));
  }

  /** @throws GatewayError where no request can carry the key, as with an ellipsis in it: no gateway gave it out */
  #addKey(headers: Headers): void {
    try {
      headers.set('x-api-key', this.#key);
    } catch {
      this.#onUnauthorized();
      throw new GatewayError(401, 'The key holds characters that no key has.');
    }
  }
}

async function detailOf(response: Response): Promise<string> {
  try {
    const problem = (await response.json()) as { detail?: unknown };
    if (typeof problem.detail === 'string') return problem.detail;
  } catch {
    // Not a problem document: a proxy in between answers in its own way.
  }
  return `The gateway answered ${response.status}.`;
}
