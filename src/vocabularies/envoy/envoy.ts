/**
 * Envoy access logs: JSON with the keys that Istio or Envoy Gateway give it, and lines of the default forms (Envoy
 * documentation, "Access logging"). Envoy has no keys of its own, so either's are read; what is missing is null in
 * typed JSON and `-` elsewhere, numbers may be text. Lengths of time are milliseconds; a response code of 0 means that
 * no answer was begun.
 */
import Type from 'typebox';
import type { GatewayRecord, Vocabulary } from '../../core/spec.ts';
import { writtenBy } from '../access-marks.ts';
import { accessType } from '../access-type.ts';
import { accessVerdict, overheadOf } from '../access-verdict.ts';
import { attributesReader, number, text, time } from '../fields.ts';
import { addressOf, filled, microsOf, numberOf, statusOf, textOf } from '../reading.ts';
import { microsFrom } from '../times.ts';
import { causeOf } from './causes.ts';
import { readEnvoyLine } from './line.ts';

const claimed = 'Addresses the caller and proxies before Envoy say they forward for.';
const fields = Type.Object({
  start_time: time('When the request began.'),
  method: text('HTTP method.'),
  path: text('Path and query, before any rewriting.'),
  'x-envoy-origin-path': text('The same, in the words of Envoy Gateway.'),
  protocol: text('Such as HTTP/2.'),
  response_code: number('HTTP status answered to the caller; 0 when there was no answer.'),
  response_flags: text('What went wrong, such as RL, UF or NR.', { attribute: true }),
  response_code_details: text('Why the status is what it is, such as via_upstream.', { attribute: true }),
  connection_termination_details: text('Why the connection was ended.'),
  upstream_transport_failure_reason: text('Why the connection to the backend failed.'),
  bytes_received: number('Bytes of the body received from the caller.', { unit: 'By' }),
  bytes_sent: number('Bytes of the body sent to the caller.', { unit: 'By' }),
  duration: number('From the first byte in to the last byte out.', { unit: 'ms' }),
  upstream_service_time: number('Time until the backend’s headers.', { unit: 'ms' }),
  'x-envoy-upstream-service-time': number('The same, in the words of Envoy Gateway.', { unit: 'ms' }),
  x_forwarded_for: text(claimed, { personal: true, attribute: true }),
  'x-forwarded-for': text(claimed, { personal: true, attribute: true }),
  user_agent: text('User agent.'),
  'user-agent': text('User agent, in the words of Envoy Gateway.'),
  request_id: text('Id that Envoy draws for the request.'),
  'x-request-id': text('The same, in the words of Envoy Gateway.'),
  authority: text('Host asked for.'),
  ':authority': text('Host asked for, in the words of Envoy Gateway.'),
  upstream_host: text('Address of the backend; absent when none was chosen.', { attribute: true }),
  upstream_cluster: text('Cluster of the backend.', { attribute: true }),
  upstream_local_address: text('Envoy’s address towards the backend.'),
  downstream_local_address: text('Envoy’s address towards the caller.'),
  downstream_remote_address: text('Address of the caller.', { personal: true }),
  requested_server_name: text('Server name of TLS.', { attribute: true }),
  route_name: text('Route that matched.'),
  upstream_request_attempt_count: number('Attempts to reach the backend.'),
  traceparent: text('W3C trace context.'),
  trace_id: text('Trace id.'),
});
const readAttributes = attributesReader(fields.properties);

/** Whether a backend was asked; undefined when the log does not name it. */
function wasForwarded(record: GatewayRecord): boolean | undefined {
  if (record.response_code_details === 'via_upstream') return true;
  return record.upstream_host === undefined ? undefined : textOf(record.upstream_host) !== undefined;
}

/** `orders.shop.svc.cluster.local` of Istio's `outbound|8080||orders.shop.svc.cluster.local`. */
function serviceOf(cluster: string | undefined): string | undefined {
  if (cluster === undefined) return undefined;
  return cluster.slice(cluster.lastIndexOf('|') + 1) || undefined;
}

/** The last is the one that Envoy saw and wrote itself; those before it are what the caller claims. */
function lastOf(addresses: string | undefined): string | undefined {
  return addresses?.slice(addresses.lastIndexOf(',') + 1).trim() || undefined;
}

function errorOf(record: GatewayRecord): string | undefined {
  return (
    textOf(record.upstream_transport_failure_reason) ??
    textOf(record.connection_termination_details) ??
    textOf(record.response_code_details)
  );
}

function normalise(record: GatewayRecord) {
  const status = statusOf(record.response_code);
  const forwarded = wasForwarded(record);
  const { cause, word } = causeOf(record.response_flags, record.response_code_details);
  const verdict = accessVerdict({ status, forwarded, cause, word });
  const duration = microsOf(record.duration);
  const upstreamDuration = microsOf(record.upstream_service_time ?? record['x-envoy-upstream-service-time']);
  const host = textOf(record.authority) ?? textOf(record[':authority']);
  const forwardedFor = textOf(record.x_forwarded_for) ?? textOf(record['x-forwarded-for']);
  const trace = textOf(record.traceparent)?.split('-');
  return filled({
    ...verdict,
    time: microsFrom(record.start_time),
    service: serviceOf(textOf(record.upstream_cluster)) ?? host,
    route: textOf(record.route_name),
    clientIp: addressOf(record.downstream_remote_address) ?? lastOf(forwardedFor),
    userAgent: textOf(record.user_agent) ?? textOf(record['user-agent']),
    method: textOf(record.method),
    host,
    path: textOf(record.path) ?? textOf(record['x-envoy-origin-path']),
    status,
    protocol: textOf(record.protocol),
    error: verdict.outcome === 'failure' ? errorOf(record) : undefined,
    cached: record.response_flags === 'RFCF' ? true : undefined,
    duration,
    upstreamDuration,
    overhead: overheadOf(duration, upstreamDuration),
    bytesIn: numberOf(record.bytes_received),
    bytesOut: numberOf(record.bytes_sent),
    attempts: numberOf(record.upstream_request_attempt_count) ?? (forwarded === false ? 0 : undefined),
    requestId: textOf(record.request_id) ?? textOf(record['x-request-id']),
    traceId: textOf(record.trace_id) ?? trace?.[1],
    spanId: trace?.[2],
    attributes: readAttributes(record),
  });
}

const access = accessType({
  fields,
  example: {
    start_time: '2026-11-21T12:49:48.254Z',
    method: 'GET',
    path: '/v1/orders?page=2',
    protocol: 'HTTP/2',
    response_code: 200,
    response_flags: '-',
    response_code_details: 'via_upstream',
    connection_termination_details: null,
    upstream_transport_failure_reason: null,
    bytes_received: 0,
    bytes_sent: 1862,
    duration: 131,
    upstream_service_time: '118',
    x_forwarded_for: '203.0.113.24',
    user_agent: 'acme-mobile/4.2',
    request_id: '9f2d4c1e-5b6a-4e0f-8a57-2f0c7d1b3e94',
    authority: 'orders.acme.test',
    upstream_host: '10.0.3.8:8080',
    upstream_cluster: 'outbound|8080||orders.shop.svc.cluster.local',
    upstream_local_address: '10.0.2.5:43210',
    downstream_local_address: '10.0.2.5:8443',
    downstream_remote_address: '203.0.113.24:51422',
    requested_server_name: 'orders.acme.test',
    route_name: 'orders',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  normalise,
});

const isEnvoy = writtenBy('envoy');

export const envoy: Vocabulary = {
  name: 'envoy',
  doc: 'Envoy access logs, also of Istio and Envoy Gateway, as JSON or in the default form.',
  types: [access],
  recognise: (record) => (isEnvoy(record) ? access : undefined),
  parseLine: readEnvoyLine,
};
