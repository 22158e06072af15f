/** What the headers of a Transactional event tell: who called with what, and how large the bodies were. */
import { numberOf, objectOf, textOf } from '../reading.ts';

export interface Headers {
  userAgent?: string | undefined;
  host?: string | undefined;
  length?: number | undefined;
  /** Parts of a W3C traceparent. */
  trace?: readonly string[] | undefined;
}

/** Reads an object of headers, their names in any case. */
export function readHeaders(value: unknown): Headers {
  const headers = objectOf(value);
  const found: Headers = {};
  for (const name in headers) {
    // Most names are passed over by their length.
    const { length } = name;
    if (length === 4 && name.toLowerCase() === 'host') found.host = textOf(headers[name]);
    else if (length === 10 && name.toLowerCase() === 'user-agent') found.userAgent = textOf(headers[name]);
    else if (length === 11 && name.toLowerCase() === 'traceparent')
      found.trace = textOf(headers[name])?.split('-');
    else if (length === 14 && name.toLowerCase() === 'content-length') found.length = numberOf(headers[name]);
  }
  return found;
}

/** Requests by these methods have no body. */
const bodiless: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

const rest = (total: number | undefined, part: number | undefined): number | undefined =>
  total === undefined || part === undefined || part > total ? undefined : total - part;

/**
 * Bytes of both bodies: as their headers say, else what is left of their sum. Where neither is known the sum cannot be
 * parted and stays an attribute.
 */
export function bodySizes(
  method: string | undefined,
  total: number | undefined,
  request: Headers,
  response: Headers,
): { bytesIn: number | undefined; bytesOut: number | undefined } {
  const sent = request.length ?? (bodiless.has(method) ? 0 : undefined);
  return {
    bytesIn: sent ?? rest(total, response.length),
    bytesOut: response.length ?? rest(total, sent),
  };
}
