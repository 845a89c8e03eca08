/** Where a server came from. */
export type Origin = 'environment' | 'testcontainers' | 'path' | 'package-cache' | 'embedded';

export type ServiceName = 'redis' | 'nats' | 'postgres';

/** A running server that the caller may use, and usually owns. */
export type DevService = {
  readonly name: ServiceName;
  /** `redis://`, `nats://` or `postgres://`, with credentials where there are any. It stays the same over a restart. */
  readonly url: string;
  readonly origin: Origin;
  /** Process id of the server while it runs, where it is a child process of ours. It changes with a restart. */
  readonly pid?: number | undefined;
  /** Ends the server and deletes its temporary data. Does nothing to a server from the environment. Safe to call twice. */
  stop(): Promise<void>;
  /** Starts the server again on the same port and data, after stopping it if it still runs. Fails for a server from the environment. */
  restart(): Promise<void>;
  /**
   * Sends a signal, and for SIGKILL, SIGTERM, SIGINT and SIGQUIT waits until the server is gone; `restart` brings it back.
   * SIGSTOP and SIGCONT pause and resume it. Absent where we do not own the server.
   */
  kill?(signal: NodeJS.Signals): Promise<void>;
};

export type StartOptions = {
  /** TCP port on 127.0.0.1; a free one by default. */
  port?: number | undefined;
  /** Where the data lives, kept after `stop`; a temporary folder that `stop` deletes by default. Not used by containers. */
  dataDir?: string | undefined;
  /** Origins to try, in this order; by default all that the service knows, or those in VIGIL_DEV_SERVICES_ORIGINS. */
  origins?: readonly Origin[] | undefined;
};
