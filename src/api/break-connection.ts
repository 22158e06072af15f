/** How a request is refused without an answer. */
import type { ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';

/**
 * Closes the connection of a request without a byte of an answer: by a reset, so that no client takes it for an empty
 * answer. Where earlier answers on the connection are still being written it is closed behind them; a TLS connection
 * is closed, as it cannot be reset.
 */
export function breakConnection(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null || socket instanceof TLSSocket) response.destroy();
  else socket.resetAndDestroy();
}
