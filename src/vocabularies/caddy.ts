/**
 * Caddy's structured logs of HTTP: one record for each request, and one more for each that failed (Caddy documentation,
 * "Logging"). Lengths of time are seconds, times are seconds since 1970. Caddy replaces cookies and credentials itself,
 * unless it is told to log them. Which backend answered is only said where the operator appends it.
 */
import Type from 'typebox';
import type { EventType, GatewayRecord, Vocabulary } from '../core/spec.ts';
import { writtenBy } from './access-marks.ts';
import { accessType } from './access-type.ts';
import { accessVerdict, overheadOf } from './access-verdict.ts';
import { attributesReader, number, object, required, text, time } from './fields.ts';
import {
  filled,
  listOf,
  microsOf,
  microsOfSeconds,
  numberOf,
  objectOf,
  statusOf,
  textOf,
} from './reading.ts';
import { microsFrom } from './times.ts';

const shared = {
  level: text('Severity: info, or error when the status is 500 or above.'),
  ts: time('When the request ended.'),
  logger: text('Either http.log.access or http.log.error, and the name the operator gave the log.'),
  msg: text('What happened; "handled request" in access logs.'),
  request: required.object('What was asked.', {
    remote_ip: text('Address that connected.', { personal: true }),
    remote_port: text('Port that connected.'),
    client_ip: text('Address of the caller, behind trusted proxies.', { personal: true }),
    proto: text('Such as HTTP/2.0.'),
    method: text('HTTP method.'),
    host: text('Host asked for.'),
    uri: text('Path and query.'),
    headers: object('Headers, each a list.'),
    tls: object('TLS; absent without.', {
      server_name: text('Server name of TLS.', { attribute: true }),
      client_common_name: text('Common name of the caller’s certificate.', {
        attribute: true,
        personal: true,
      }),
    }),
  }),
  duration: number('Time the request took.', { unit: 's' }),
  status: number('HTTP status; 0 when the connection was closed before an answer.'),
};
const accessFields = Type.Object({
  ...shared,
  bytes_read: number('Bytes of the body received.', { unit: 'By' }),
  size: number('Bytes of the body answered.', { unit: 'By' }),
  user_id: text('User that Caddy authenticated.', { personal: true }),
  resp_headers: object('Headers of the answer, each a list.'),
  upstream_host: text('Backend that was chosen, where the operator appends it.', { attribute: true }),
  upstream_latency_ms: number('Time until the backend’s headers, where appended.', { unit: 'ms' }),
  upstream_duration_ms: number('Time with the backend, where appended.', { unit: 'ms' }),
  request_id: text('Id of the request, where appended.'),
  traceID: text('Trace id, with the tracing module.'),
  spanID: text('Span id, with the tracing module.'),
});
const errorFields = Type.Object({
  ...shared,
  err_id: text('Id that joins the error with what the caller was shown.', { attribute: true }),
  err_trace: text('Where in Caddy it arose.', { attribute: true }),
});
const accessAttributes = attributesReader(accessFields.properties);
const errorAttributes = attributesReader(errorFields.properties);

const headerOf = (headers: unknown, name: string): string | undefined =>
  textOf(listOf(objectOf(headers)[name])[0]);

/** Whether a backend answered; undefined when the log cannot tell. Caddy names itself in Via of what it forwards. */
function wasForwarded(record: GatewayRecord): boolean | undefined {
  if (record.upstream_host !== undefined) return textOf(record.upstream_host) !== undefined;
  return headerOf(record.resp_headers, 'Via')?.endsWith('Caddy') === true ? true : undefined;
}

/** Columns of the request, of both kinds of record. */
function readRequest(record: GatewayRecord) {
  const request = objectOf(record.request);
  const host = textOf(request.host);
  return {
    time: microsFrom(record.ts),
    service: host,
    clientIp: textOf(request.client_ip) ?? textOf(request.remote_ip),
    userAgent: headerOf(request.headers, 'User-Agent'),
    method: textOf(request.method),
    scheme: request.tls === undefined ? 'http' : 'https',
    host,
    path: textOf(request.uri),
    protocol: textOf(request.proto),
    duration: microsOfSeconds(record.duration),
  };
}

function normaliseAccess(record: GatewayRecord) {
  const status = statusOf(record.status);
  const forwarded = wasForwarded(record);
  const request = readRequest(record);
  const upstreamDuration = microsOf(record.upstream_latency_ms ?? record.upstream_duration_ms);
  const user = textOf(record.user_id);
  return filled({
    ...request,
    ...accessVerdict({ status, forwarded }),
    consumer: user,
    user,
    status,
    upstreamDuration,
    overhead: overheadOf(request.duration, upstreamDuration),
    bytesIn: numberOf(record.bytes_read),
    bytesOut: numberOf(record.size),
    requestId: textOf(record.request_id) ?? headerOf(objectOf(record.request).headers, 'X-Request-Id'),
    traceId: textOf(record.traceID),
    spanId: textOf(record.spanID),
    attributes: accessAttributes(record),
  });
}

/** A 502 or 504 of the error log is what the reverse proxy says of its backend. */
function normaliseError(record: GatewayRecord) {
  const status = statusOf(record.status);
  return filled({
    ...readRequest(record),
    severity: 'error',
    outcome: status !== undefined && status < 500 ? 'clientError' : 'failure',
    status,
    errorOrigin: status === 502 || status === 504 ? 'upstream' : undefined,
    error: textOf(record.msg),
    attributes: errorAttributes(record),
  });
}

const requestOf = (host: string) => ({
  remote_ip: '203.0.113.24',
  remote_port: '51422',
  client_ip: '203.0.113.24',
  proto: 'HTTP/2.0',
  method: 'GET',
  host,
  uri: '/v1/orders?page=2',
  headers: { 'User-Agent': ['acme-mobile/4.2'], Accept: ['application/json'] },
  tls: { resumed: false, version: 772, cipher_suite: 4865, proto: 'h2', server_name: host },
});

const access = accessType({
  fields: accessFields,
  example: {
    level: 'info',
    ts: 1_795_265_388.254118,
    logger: 'http.log.access.log0',
    msg: 'handled request',
    request: requestOf('orders.acme.test'),
    bytes_read: 0,
    user_id: '',
    duration: 0.131402118,
    size: 1862,
    status: 200,
    resp_headers: { Via: ['1.1 Caddy'], 'Content-Type': ['application/json'] },
    upstream_host: '10.0.3.8',
    upstream_latency_ms: 118.93,
    upstream_duration_ms: 121.4,
  },
  normalise: normaliseAccess,
});

const error: EventType = {
  name: 'error',
  doc: 'Why Caddy could not handle a request; the access log has the request too.',
  family: 'error',
  identity: { by: 'position' },
  fields: errorFields,
  example: {
    level: 'error',
    ts: 1_795_265_388.254118,
    logger: 'http.log.error',
    msg: 'dial tcp 10.0.3.8:8080: connect: connection refused',
    request: requestOf('orders.acme.test'),
    duration: 0.000812447,
    status: 502,
    err_id: '7x3kq9d1z',
    err_trace: 'reverseproxy.statusError (reverseproxy.go:1390)',
  },
  normalise: normaliseError,
};

const isCaddy = writtenBy('caddy');

export const caddy: Vocabulary = {
  name: 'caddy',
  doc: 'Caddy access and error logs, as JSON.',
  types: [access, error],
  recognise: (record) =>
    isCaddy(record) ? (String(record.logger).startsWith('http.log.error') ? error : access) : undefined,
};
