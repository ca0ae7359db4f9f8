/** A HTTP server on the loopback interface that answers nobody until it is told whom: taken before the handset boots. */
import { createServer, type Server } from 'node:http';
import { Refusal, systemReason } from '../refusal.ts';

/** The first port that is tried where none is asked for, and how many after it. */
export const PORT_FIRST = 8710;
const PORTS = 20;

const HEADER_BYTES_MAX = 8192;
const CONNECTIONS_MAX = 64;
const PATIENCE_MS = 10_000;

export interface Listener {
  readonly server: Server;
  readonly port: number;
}

function listenOn(port: number): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer({
      maxHeaderSize: HEADER_BYTES_MAX,
      headersTimeout: PATIENCE_MS,
      requestTimeout: PATIENCE_MS,
      keepAliveTimeout: PATIENCE_MS,
      connectionsCheckingInterval: PATIENCE_MS / 2,
    });
    server.maxConnections = CONNECTIONS_MAX;
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.off('error', reject);
      // What goes wrong with one connection ends that connection.
      server.on('error', () => undefined);
      server.on('clientError', (_, socket) => socket.destroy());
      resolve({ server, port: typeof address === 'object' && address ? address.port : port });
    });
  });
}

/** On `wanted`, or refused in words; without it, on the first of the usual ports that is free, else on any. */
export async function listen(wanted?: number): Promise<Listener> {
  if (wanted !== undefined) {
    try {
      return await listenOn(wanted);
    } catch (error) {
      const reason = systemReason(error) ?? (error instanceof Error ? error.message : String(error));
      throw new Refusal(`port ${String(wanted)} on 127.0.0.1: ${reason}; give another with --port`, { cause: error });
    }
  }
  for (let port = PORT_FIRST; port < PORT_FIRST + PORTS; port += 1) {
    const listener = await listenOn(port).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null;
      throw error;
    });
    if (listener) return listener;
  }
  return listenOn(0);
}
