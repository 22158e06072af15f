/**
 * Traefik access logs, as JSON or in its common form (Traefik documentation, "Access Logs"). Lengths of time are
 * nanoseconds. A request that Traefik answered itself has no OriginStatus, in older versions one of 0; headers are
 * logged as `request_<Name>`, `origin_<Name>` and `downstream_<Name>` where the operator keeps them.
 */
import Type from 'typebox';
import type { GatewayRecord, Vocabulary } from '../../core/spec.ts';
import { writtenBy } from '../access-marks.ts';
import { accessType } from '../access-type.ts';
import { accessVerdict, overheadOf } from '../access-verdict.ts';
import { attributesReader, number, text, time } from '../fields.ts';
import { addressOf, filled, numberOf, objectOf, statusOf, textOf } from '../reading.ts';
import { microsFrom } from '../times.ts';
import { readTraefikLine } from './line.ts';

const fields = Type.Object({
  StartUTC: time('When the request began.'),
  StartLocal: time('The same by the clock on the wall.'),
  time: time('When the line was written.'),
  level: text('Severity of the line, info for all requests.'),
  msg: text('Empty.'),
  entryPointName: text('Entry point that took the request.', { attribute: true }),
  RouterName: text('Router that matched; absent when none did.'),
  ServiceName: text('Service the request was given to.'),
  ServiceURL: text('Address of the backend; older versions log it as an object.'),
  ServiceAddr: text('Host and port of the backend.', { attribute: true }),
  ClientAddr: text('Address and port of the caller.', { personal: true }),
  ClientHost: text('Address of the caller.', { personal: true }),
  ClientPort: text('Port of the caller.'),
  ClientUsername: text('User of Basic authentication.', { personal: true }),
  RequestAddr: text('Host header with its port.'),
  RequestHost: text('Host asked for.'),
  RequestPort: text('Port of the Host header.'),
  RequestMethod: text('HTTP method.'),
  RequestPath: text('Path and query.'),
  RequestProtocol: text('Such as HTTP/1.1.'),
  RequestScheme: text('Scheme, http or https.'),
  RequestContentSize: number('Bytes of the body received.', { unit: 'By' }),
  RequestCount: number('How many requests this Traefik had taken by then.'),
  'request_User-Agent': text('User agent.'),
  'request_X-Request-Id': text('Id of the request, where that header is kept.'),
  request_Referer: text('Referring page.', { attribute: true }),
  OriginDuration: number('Time in the backend, in nanoseconds.'),
  OriginContentSize: number('Bytes of the body the backend sent.', { unit: 'By' }),
  OriginStatus: number('HTTP status of the backend; absent or 0 when none was asked.', { attribute: true }),
  DownstreamStatus: number('HTTP status answered to the caller.'),
  DownstreamContentSize: number('Bytes of the body answered to the caller.', { unit: 'By' }),
  Duration: number('Whole time of the request, in nanoseconds.'),
  Overhead: number('Time in Traefik itself, in nanoseconds.'),
  RetryAttempts: number('How many times the request was tried again.'),
  GzipRatio: number('How far the body was compressed.'),
  TLSVersion: text('TLS version.', { attribute: true }),
  TLSCipher: text('TLS cipher.'),
  TLSClientSubject: text('Subject of the caller’s certificate.', { attribute: true, personal: true }),
  TraceId: text('Trace id; trace_id since version 3.4.'),
  SpanId: text('Span id; span_id since version 3.4.'),
  trace_id: text('Trace id.'),
  span_id: text('Span id.'),
});
const readAttributes = attributesReader(fields.properties);

/** Whether a backend was asked; undefined when fields were dropped and nothing tells. */
function wasForwarded(record: GatewayRecord): boolean | undefined {
  if (statusOf(record.OriginStatus) !== undefined) return true;
  if (record.OriginStatus !== undefined) return false;
  const server = record.ServiceURL;
  if (textOf(server) !== undefined || objectOf(server) === server) return true;
  return server === undefined && record.Overhead === undefined ? undefined : false;
}

const microsOfNanos = (value: unknown): number | undefined => {
  const nanos = numberOf(value);
  return nanos === undefined ? undefined : Math.round(nanos / 1000);
};

function normalise(record: GatewayRecord) {
  const status = statusOf(record.DownstreamStatus);
  const forwarded = wasForwarded(record);
  const duration = microsOfNanos(record.Duration);
  const upstreamDuration = forwarded === false ? undefined : microsOfNanos(record.OriginDuration);
  const retries = numberOf(record.RetryAttempts);
  const route = textOf(record.RouterName);
  const user = textOf(record.ClientUsername);
  return filled({
    ...accessVerdict({ status, forwarded }),
    time: microsFrom(record.StartUTC) ?? microsFrom(record.StartLocal) ?? microsFrom(record.time),
    service: textOf(record.ServiceName) ?? route,
    route,
    consumer: user,
    user,
    clientIp: textOf(record.ClientHost) ?? addressOf(record.ClientAddr),
    userAgent: textOf(record['request_User-Agent']),
    method: textOf(record.RequestMethod),
    scheme: textOf(record.RequestScheme),
    host: textOf(record.RequestHost) ?? addressOf(record.RequestAddr),
    path: textOf(record.RequestPath),
    status,
    protocol: textOf(record.RequestProtocol),
    duration,
    upstreamDuration,
    overhead: microsOfNanos(record.Overhead) ?? overheadOf(duration, upstreamDuration),
    bytesIn: numberOf(record.RequestContentSize),
    bytesOut: numberOf(record.DownstreamContentSize),
    attempts: forwarded === undefined || retries === undefined ? undefined : forwarded ? retries + 1 : 0,
    requestId: textOf(record['request_X-Request-Id']),
    traceId: textOf(record.trace_id) ?? textOf(record.TraceId),
    spanId: textOf(record.span_id) ?? textOf(record.SpanId),
    attributes: readAttributes(record),
  });
}

const access = accessType({
  fields,
  example: {
    ClientAddr: '203.0.113.24:51422',
    ClientHost: '203.0.113.24',
    ClientPort: '51422',
    ClientUsername: '-',
    DownstreamContentSize: 1862,
    DownstreamStatus: 200,
    Duration: 131_402_118,
    OriginContentSize: 1862,
    OriginDuration: 118_930_044,
    OriginStatus: 200,
    Overhead: 12_472_074,
    RequestAddr: 'orders.acme.test',
    RequestContentSize: 0,
    RequestCount: 4711,
    RequestHost: 'orders.acme.test',
    RequestMethod: 'GET',
    RequestPath: '/v1/orders?page=2',
    RequestPort: '-',
    RequestProtocol: 'HTTP/2.0',
    RequestScheme: 'https',
    RetryAttempts: 0,
    RouterName: 'orders@file',
    ServiceAddr: '10.0.3.8:8080',
    ServiceName: 'orders@file',
    ServiceURL: 'http://10.0.3.8:8080',
    StartLocal: '2026-11-21T13:49:48.254118402+01:00',
    StartUTC: '2026-11-21T12:49:48.254118402Z',
    TLSCipher: 'TLS_AES_128_GCM_SHA256',
    TLSVersion: '1.3',
    entryPointName: 'websecure',
    level: 'info',
    msg: '',
    'request_User-Agent': 'acme-mobile/4.2',
    'request_X-Request-Id': '1f6fbd0e7c6b4d5e9a3c2b1a09f8e7d6',
    time: '2026-11-21T13:49:48+01:00',
  },
  normalise,
});

const isTraefik = writtenBy('traefik');

export const traefik: Vocabulary = {
  name: 'traefik',
  doc: 'Traefik access logs, as JSON or in its common form.',
  types: [access],
  recognise: (record) => (isTraefik(record) ? access : undefined),
  parseLine: readTraefikLine,
};
