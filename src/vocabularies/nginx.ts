/**
 * NGINX access logs: JSON (`escape=json`) with the keys of the example configuration, or any set with enough of NGINX's
 * own names in it, and lines in the combined form, also with more behind it (NGINX documentation, ngx_http_log_module
 * and ngx_http_upstream_module).
 *
 * Times are seconds. `upstream_*` are lists: a comma parts the attempts, ` : ` the groups after an internal redirect,
 * `-` is a missing member, empty means that no upstream was asked.
 */
import Type from 'typebox';
import type { GatewayRecord, Vocabulary } from '../core/spec.ts';
import { writtenBy } from './access-marks.ts';
import { accessType } from './access-type.ts';
import { accessVerdict, overheadOf } from './access-verdict.ts';
import { readCombined, requestLine, unescaped } from './combined-line.ts';
import { attributesReader, number, text, time } from './fields.ts';
import { LineCursor } from './line-cursor.ts';
import { filled, microsOfSeconds, numberOf, statusOf, textOf } from './reading.ts';
import { microsFrom } from './times.ts';
import { isTraefikTail } from './traefik/line.ts';

const upstreamList = 'of each attempt, a list.';
const fields = Type.Object({
  time_iso8601: time('When the request ended, in whole seconds.'),
  time_local: time('The same in the form of the common log.'),
  msec: time('When the request ended, in seconds with milliseconds.'),
  hostname: text('Name of the machine.'),
  server_name: text('Name of the virtual server.'),
  remote_addr: text('Address of the caller.', { personal: true }),
  remote_user: text('User of Basic authentication.', { personal: true }),
  request: text('Request line as received.'),
  request_method: text('HTTP method.'),
  scheme: text('Scheme, http or https.'),
  host: text('Host asked for.'),
  uri: text('Path, decoded and rewritten.'),
  request_uri: text('Path and query as received.'),
  args: text('Query.'),
  server_protocol: text('Such as HTTP/1.1.'),
  status: number('HTTP status answered to the caller.'),
  request_length: number('Bytes received from the caller, with headers.', { unit: 'By' }),
  bytes_sent: number('Bytes sent to the caller, with headers.', { unit: 'By' }),
  body_bytes_sent: number('Bytes sent to the caller, without headers.', { unit: 'By' }),
  request_time: number('From the first byte in to the last byte out.', { unit: 's' }),
  upstream_addr: text(`Address ${upstreamList}`, { attribute: true }),
  upstream_status: text(`HTTP status ${upstreamList}`),
  upstream_response_time: text(`Seconds ${upstreamList}`),
  upstream_connect_time: text(`Seconds until connected ${upstreamList}`),
  upstream_header_time: text(`Seconds until the headers ${upstreamList}`),
  upstream_cache_status: text('HIT, MISS, EXPIRED and so on.', { attribute: true }),
  http_referer: text('Referring page.', { attribute: true }),
  http_user_agent: text('User agent.'),
  http_x_forwarded_for: text('Addresses the caller claims to forward for.', {
    personal: true,
    attribute: true,
  }),
  request_id: text('Id that NGINX draws for the request.'),
  ssl_protocol: text('TLS version.', { attribute: true }),
  ssl_cipher: text('TLS cipher.'),
});
const readAttributes = attributesReader(fields.properties);

/** Members of an `upstream_*` list. */
const members = (value: unknown): string[] => textOf(value)?.split(/, | : |,/) ?? [];

/** Seconds of all attempts together, as microseconds; undefined when none was timed. */
function totalMicros(value: unknown): number | undefined {
  let total: number | undefined;
  for (const member of members(value)) {
    const micros = microsOfSeconds(member);
    if (micros !== undefined) total = (total ?? 0) + micros;
  }
  return total;
}

/** Whether an upstream answered; undefined when the log does not say. */
function wasForwarded(record: GatewayRecord): boolean | undefined {
  if (record.upstream_addr === undefined && record.upstream_status === undefined) return undefined;
  return textOf(record.upstream_addr) !== undefined || textOf(record.upstream_status) !== undefined;
}

function pathOf(record: GatewayRecord): string | undefined {
  const uri = textOf(record.uri);
  const args = textOf(record.args);
  return textOf(record.request_uri) ?? (uri !== undefined && args !== undefined ? `${uri}?${args}` : uri);
}

function normalise(record: GatewayRecord) {
  const line = requestLine(record.request);
  const status = statusOf(record.status);
  const forwarded = wasForwarded(record);
  const duration = microsOfSeconds(record.request_time);
  const upstreamDuration = totalMicros(record.upstream_response_time);
  const cache = textOf(record.upstream_cache_status);
  const user = textOf(record.remote_user);
  const attempts = members(record.upstream_addr).filter((member) => member !== '-').length;
  return filled({
    ...accessVerdict({ status, forwarded }),
    time: microsFrom(record.msec) ?? microsFrom(record.time_iso8601) ?? microsFrom(record.time_local),
    gateway: textOf(record.hostname),
    node: textOf(record.hostname),
    service: textOf(record.server_name) ?? textOf(record.host),
    consumer: user,
    user,
    clientIp: textOf(record.remote_addr),
    userAgent: textOf(record.http_user_agent),
    method: textOf(record.request_method) ?? line?.method,
    scheme: textOf(record.scheme),
    host: textOf(record.host),
    path: pathOf(record) ?? line?.path,
    status,
    protocol: textOf(record.server_protocol) ?? line?.protocol,
    cached: cache === undefined ? undefined : cache === 'HIT',
    duration,
    upstreamDuration,
    overhead: overheadOf(duration, upstreamDuration),
    bytesIn: numberOf(record.request_length),
    bytesOut: numberOf(record.bytes_sent) ?? numberOf(record.body_bytes_sent),
    attempts: forwarded === undefined ? undefined : attempts,
    requestId: textOf(record.request_id),
    attributes: readAttributes(record),
  });
}

const access = accessType({
  fields,
  example: {
    time_iso8601: '2026-11-21T12:49:48+00:00',
    msec: '1795265388.254',
    remote_addr: '203.0.113.24',
    remote_user: '',
    request_method: 'GET',
    scheme: 'https',
    host: 'orders.acme.test',
    uri: '/v1/orders',
    request_uri: '/v1/orders?page=2',
    args: 'page=2',
    server_protocol: 'HTTP/2.0',
    status: '200',
    request_length: '412',
    bytes_sent: '2231',
    body_bytes_sent: '1862',
    request_time: '0.131',
    upstream_addr: '10.0.3.7:8080, 10.0.3.8:8080',
    upstream_status: '502, 200',
    upstream_response_time: '0.002, 0.118',
    upstream_connect_time: '-, 0.001',
    upstream_header_time: '-, 0.117',
    http_referer: '',
    http_user_agent: 'acme-mobile/4.2',
    http_x_forwarded_for: '',
    request_id: '1f6fbd0e7c6b4d5e9a3c2b1a09f8e7d6',
    ssl_protocol: 'TLSv1.3',
    ssl_cipher: 'TLS_AES_256_GCM_SHA384',
  },
  normalise,
});

/** The line as a record with NGINX's names; a quoted X-Forwarded-For may stand behind it, as in the `main` form. */
function parseLine(line: string): GatewayRecord | undefined {
  const read = readCombined(line);
  if (read?.ident !== '-' || isTraefikTail(read.rest)) return undefined;
  const forwarded = new LineCursor(read.rest).quoted();
  return {
    remote_addr: read.address,
    remote_user: read.user,
    time_local: read.time,
    request: read.request,
    status: read.status,
    body_bytes_sent: read.bytes,
    http_referer: read.referer,
    http_user_agent: read.agent,
    http_x_forwarded_for: forwarded === undefined ? undefined : unescaped(forwarded),
  };
}

const isNginx = writtenBy('nginx');

/** Lines of the common and combined forms are taken for NGINX's unless their sender names another. */
export const nginx: Vocabulary = {
  name: 'nginx',
  doc: 'NGINX access logs, as JSON or in the combined form.',
  types: [access],
  recognise: (record) => (isNginx(record) ? access : undefined),
  parseLine,
};
