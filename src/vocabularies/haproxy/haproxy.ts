/**
 * HAProxy logs: lines of its HTTP and TCP forms, and JSON of a `log-format` with the names of the manual, or with others
 * that are in use (HAProxy configuration manual, "Logging"). Lengths of time are milliseconds, -1 when that step was not
 * reached; with `option logasap` they and the bytes begin with `+`. HAProxy has no JSON of its own: what tells its
 * records is `termination_state`.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord, Vocabulary } from '../../core/spec.ts';
import { writtenBy } from '../access-marks.ts';
import { accessVerdict } from '../access-verdict.ts';
import { requestLine } from '../combined-line.ts';
import { attributesReader, number, text, time } from '../fields.ts';
import { addressOf, filled, microsOf, numberOf, statusOf, textOf } from '../reading.ts';
import { microsFrom } from '../times.ts';
import { causeOf } from './causes.ts';
import { readHaproxyLine } from './line.ts';

const same = (name: string): string => `Another name of ${name}.`;
const connection = {
  accept_date: time('When the request or connection was taken; a line’s has no offset and is read as UTC.'),
  timestamp: time('The same, as seconds since 1970 or RFC 3339.'),
  timestamp_ms: time('The same, as milliseconds since 1970.'),
  hostname: text('Name of the machine.'),
  client_ip: text('Address of the caller.', { personal: true }),
  remote_addr: text(same('client_ip'), { personal: true }),
  client_port: text('Port of the caller.'),
  frontend_name: text('Frontend that took it; ends in ~ when it speaks TLS.', { attribute: true }),
  backend_name: text('Backend that was chosen.'),
  server_name: text('Server of the backend; <NOSRV> when none was asked.', { attribute: true }),
  Tw: number('Time in queues.', { unit: 'ms' }),
  Tc: number('Time to connect to the server.', { unit: 'ms' }),
  Tt: number('Whole time.', { unit: 'ms' }),
  bytes_read: number('Bytes sent to the caller.', { unit: 'By' }),
  bytes_uploaded: number('Bytes received from the caller.', { unit: 'By' }),
  termination_state: text('How the session ended: who, and at which step.', { attribute: true }),
  actconn: number('Connections of the process.'),
  feconn: number('Connections of the frontend.'),
  beconn: number('Connections of the backend.'),
  srv_conn: number('Connections of the server.'),
  retries: number('How many times connecting was tried again; begins with + after a change of server.'),
  srv_queue: number('Requests that waited before this one at the server.', { attribute: true }),
  backend_queue: number('Requests that waited before this one at the backend.', { attribute: true }),
};
const httpFields = Type.Object({
  ...connection,
  TR: number('Time to receive the request.', { unit: 'ms' }),
  Tr: number('Time the server took to begin its answer.', { unit: 'ms' }),
  Ta: number('Whole time from the first byte of the request.', { unit: 'ms' }),
  session_duration: number(same('Tt'), { unit: 'ms' }),
  upstream_connect_time: number(same('Tc'), { unit: 'ms' }),
  upstream_response_time: number(same('Tr'), { unit: 'ms' }),
  status_code: number('HTTP status answered to the caller; -1 when there was none.'),
  http_status: number(same('status_code')),
  status: number(same('status_code')),
  captured_request_cookie: text(
    'Captured cookie of the request; in a line nothing names it, so nothing redacts it.',
  ),
  captured_response_cookie: text('Captured cookie of the answer.'),
  captured_request_headers: text('Captured headers of the request, parted by bars.', { attribute: true }),
  captured_response_headers: text('Captured headers of the answer, parted by bars.', { attribute: true }),
  http_request: text('Request line; <BADREQ> when it could not be read.'),
  http_method: text('HTTP method.'),
  http_uri: text('Path and query.'),
  http_version: text('Such as HTTP/1.1.'),
  request_method: text(same('http_method')),
  request_uri: text(same('http_uri')),
  host: text('Host asked for.'),
  user_agent: text('User agent.'),
  unique_id: text('Id that HAProxy draws for the request.'),
});
const readAttributes = attributesReader(httpFields.properties);

/** Of the timers and counts: `+` before a number says that it was still growing. */
const plain = (value: unknown): unknown =>
  typeof value === 'string' && value.startsWith('+') ? value.slice(1) : value;

/** `<NOSRV>`, and `<STATS>` and the like, which HAProxy answers itself. */
function wasForwarded(server: string | undefined): boolean | undefined {
  return server === undefined ? undefined : !server.startsWith('<');
}

/** Of a request that never got to a backend, HAProxy names the frontend in its place. */
function serviceOf(record: GatewayRecord, forwarded: boolean | undefined): string | undefined {
  const backend = textOf(record.backend_name);
  return forwarded === false && backend === textOf(record.frontend_name) ? undefined : backend;
}

const sumOf = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : one + other;

/** Ends in ~ where the caller spoke TLS. */
const frontendOf = (record: GatewayRecord): string | undefined => textOf(record.frontend_name);

/** What HTTP and TCP have in common. */
function readConnection(record: GatewayRecord, status: number | undefined) {
  const state = textOf(record.termination_state);
  const server = textOf(record.server_name);
  const forwarded = wasForwarded(server);
  const retries = numberOf(plain(record.retries));
  return {
    ...accessVerdict({ status, forwarded, cause: causeOf(state, status), word: state }),
    time: microsFrom(record.timestamp_ms) ?? microsFrom(record.accept_date) ?? microsFrom(record.timestamp),
    gateway: textOf(record.hostname),
    node: textOf(record.hostname),
    service: serviceOf(record, forwarded),
    route: frontendOf(record)?.replace('~', ''),
    clientIp: textOf(record.client_ip) ?? addressOf(record.remote_addr),
    overhead: microsOf(record.Tw),
    bytesIn: numberOf(record.bytes_uploaded),
    bytesOut: numberOf(plain(record.bytes_read)),
    attempts: forwarded === false ? 0 : retries === undefined ? undefined : retries + 1,
    attributes: readAttributes(record),
  };
}

function normaliseHttp(record: GatewayRecord) {
  const status = statusOf(record.status_code ?? record.http_status ?? record.status);
  const line = record.http_request === '<BADREQ>' ? undefined : requestLine(record.http_request);
  const connected = microsOf(record.Tc ?? record.upstream_connect_time);
  return filled({
    ...readConnection(record, status),
    userAgent: textOf(record.user_agent),
    method: textOf(record.http_method ?? record.request_method) ?? line?.method,
    scheme: frontendOf(record)?.endsWith('~') === true ? 'https' : undefined,
    host: textOf(record.host),
    path: textOf(record.http_uri ?? record.request_uri) ?? line?.path,
    status,
    protocol: textOf(record.http_version) ?? line?.protocol,
    duration: microsOf(plain(record.Ta ?? record.Tt ?? record.session_duration)),
    upstreamDuration: sumOf(connected, microsOf(record.Tr ?? record.upstream_response_time)),
    requestId: textOf(record.unique_id),
  });
}

function normaliseTcp(record: GatewayRecord) {
  const shared = readConnection(record, undefined);
  const isClean = shared.outcome === 'unknown' && shared.errorOrigin === undefined;
  return filled({
    ...shared,
    outcome: isClean ? 'success' : shared.outcome,
    duration: microsOf(plain(record.Tt)),
    upstreamDuration: microsOf(record.Tc),
  });
}

const http: EventType = {
  name: 'http',
  doc: 'One HTTP request.',
  family: 'traffic',
  identity: { by: 'position' },
  fields: httpFields,
  example: {
    timestamp_ms: 1_795_265_388_254,
    hostname: 'edge-1',
    client_ip: '203.0.113.24',
    client_port: 51422,
    frontend_name: 'public~',
    backend_name: 'orders',
    server_name: 'orders-2',
    TR: 2,
    Tw: 3,
    Tc: 1,
    Tr: 117,
    Ta: 131,
    status_code: 200,
    bytes_read: 2231,
    bytes_uploaded: 412,
    termination_state: '--',
    retries: 1,
    srv_queue: 0,
    backend_queue: 0,
    http_method: 'GET',
    http_uri: '/v1/orders?page=2',
    http_version: 'HTTP/2.0',
    host: 'orders.acme.test',
    user_agent: 'acme-mobile/4.2',
    unique_id: 'CB007118:C8DE_0A000105:01BB_6921A2FC_0007:3A2F',
  },
  normalise: normaliseHttp,
};

const tcp: EventType = {
  name: 'tcp',
  doc: 'One TCP connection.',
  family: 'network',
  identity: { by: 'position' },
  fields: Type.Object(connection),
  example: {
    accept_date: '21/Nov/2026:12:49:48.254',
    client_ip: '203.0.113.24',
    client_port: '51422',
    frontend_name: 'postgres',
    backend_name: 'postgres',
    server_name: 'db-1',
    Tw: '0',
    Tc: '1',
    Tt: '5007',
    bytes_read: '212',
    termination_state: '--',
    actconn: '4',
    feconn: '2',
    beconn: '1',
    srv_conn: '1',
    retries: '0',
    srv_queue: '0',
    backend_queue: '0',
  },
  normalise: normaliseTcp,
};

const isHaproxy = writtenBy('haproxy');
const isHttp = (record: GatewayRecord): boolean =>
  (record.status_code ?? record.http_status ?? record.status ?? record.http_request) !== undefined;

export const haproxy: Vocabulary = {
  name: 'haproxy',
  doc: 'HAProxy logs, as lines of its own forms or as JSON.',
  types: [http, tcp],
  recognise: (record) => (isHaproxy(record) ? (isHttp(record) ? http : tcp) : undefined),
  parseLine: readHaproxyLine,
};
