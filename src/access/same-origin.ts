/** Whether a request that changes something comes from our own pages, as far as the browser says. */
import type { FastifyRequest } from 'fastify';

const hostOf = (origin: string): string | undefined => URL.parse(origin)?.host;

/**
 * By `Sec-Fetch-Site` (W3C Fetch Metadata), which no script can set; else by `Origin` against the host that was asked
 * for. A request with neither does not come from a browser of today, and is left to the CSRF token.
 */
export function isSameOrigin(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin } = request.headers;
  return origin === undefined || hostOf(origin) === request.host;
}
