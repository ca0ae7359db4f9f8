/** A TCP port on the loopback interface that nobody listens on. */
import { createServer } from 'node:net';
import { Refusal, systemReason } from '../refusal.ts';

/** `wanted` if it is free, or any free one for 0. */
export function freePort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      reject(new Refusal(`port ${String(wanted)} on 127.0.0.1: ${systemReason(error) ?? error.message}; give another with --port`));
    });
    server.listen(wanted, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : wanted;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
