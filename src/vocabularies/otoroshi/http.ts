/**
 * Requests as Otoroshi writes them: the headers as a list of key and value or by name, and the whole request that its
 * plugins put into captures and alerts.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { flag, list, number, object, text } from '../fields.ts';
import { addressOf, objectOf, textOf, urlParts } from '../reading.ts';
import { outcomeOf, severityOf } from '../verdict.ts';

export interface CallerHeaders {
  host?: string;
  userAgent?: string;
  traceId?: string;
  spanId?: string;
  /** The true peer. */
  peer?: string;
}

/** One header. Names are compared with care: this runs for every header of every call. */
function note(found: CallerHeaders, name: string, value: unknown): void {
  if (typeof value !== 'string') return;
  const { length } = name;
  if (length === 4) {
    if (name.toLowerCase() === 'host') found.host = value;
  } else if (length === 10) {
    if (name.toLowerCase() === 'user-agent') found.userAgent = value;
  } else if (length === 11) {
    if (name.toLowerCase() !== 'traceparent' || value[2] !== '-' || value[35] !== '-') return;
    found.traceId = value.slice(3, 35);
    found.spanId = value.slice(36, 52);
  } else if (name === 'Remote-Address') found.peer = value;
}

/**
 * What the headers say of the caller. Behind those of the client stand pseudo-headers of the server (`Remote-Address`,
 * `Timeout-Access`, `Raw-Request-URI`, `Tls-Session-Info`); of them only the address of the peer is read.
 */
export function headersOf(headers: unknown): CallerHeaders {
  const found: CallerHeaders = {};
  if (Array.isArray(headers)) {
    for (const header of headers) {
      const { key, value } = objectOf(header);
      if (typeof key === 'string') note(found, key, value);
    }
  } else {
    const named = objectOf(headers);
    for (const name in named) note(found, name, named[name]);
  }
  return found;
}

/** Headers that hold an address of the caller, or of who stands between; how they are written is up to the client. */
export const addressHeaders = {
  personalMembers: ['remote-address', 'x-forwarded-for', 'x-real-ip', 'forwarded'],
};

/** Headers by name. */
export const headerMap = object(
  'Headers by name; behind those of the client stand pseudo-headers of the server, such as Remote-Address. ' +
    'Those that hold an address are personal.',
  {},
  addressHeaders,
);

/** Members of a request as a plugin writes it. */
export const requestMembers = {
  id: text(
    'Id of the request; in captures with zeros behind it, in alerts a number that only this node knows.',
  ),
  method: text('HTTP method.'),
  headers: headerMap,
  cookies: list('Cookies, their values redacted.'),
  tls: flag('Whether it came over TLS.'),
  uri: text('Path and query.'),
  url: text('The same, in some types.'),
  path: text('Path.'),
  query: object('Parameters of the query, each a list.'),
  version: text('Protocol, such as HTTP/1.1.'),
  has_body: flag('Whether it has a body.'),
  remote: text('Address of the caller.', { personal: true }),
  body: text('The body as text.'),
};

/** Members of a response as a plugin writes it. */
export const responseMembers = {
  status: number('HTTP status.'),
  headers: object('Headers by name.'),
  cookies: list('Cookies set, their values redacted.'),
  body: text('The body as text.'),
};

/** The columns that a request as a plugin writes it fills; nothing of what is not there. */
export function requestColumns(request: GatewayRecord) {
  const { host, userAgent, traceId, spanId, peer } = headersOf(request.headers);
  const url = urlParts(request.uri ?? request.url);
  return {
    clientIp: textOf(request.remote) ?? addressOf(peer),
    userAgent,
    method: textOf(request.method),
    scheme: url.scheme ?? (typeof request.tls === 'boolean' ? (request.tls ? 'https' : 'http') : undefined),
    host: url.host ?? host,
    path: url.path,
    protocol: textOf(request.version),
    traceId,
    spanId,
  };
}

/** The outcome of an answer; the record cannot tell who gave it unless the backend is known to have answered. */
export function answered(status: number | undefined, byBackend: boolean) {
  const outcome = outcomeOf(status, byBackend ? false : undefined);
  return { status, outcome, severity: severityOf(outcome) };
}
