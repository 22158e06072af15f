/**
 * Kong's record of an HTTP request, as `http-log`, `file-log` and the other log plugins write it.
 *
 * What a reader of the fields would not guess: `latencies.proxy` is the wait for the upstream's first byte, -1 when it
 * was not asked; before 3.7 `latencies.kong` has the time to receive the answer in it; `upstream_status` lists the
 * status of every attempt; `source` came with 3.6. No record says why a request was refused: see `denial.ts`.
 */
import Type from 'typebox';
import type { Outcome } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, number, object, required, text } from '../fields.ts';
import { filled, listOf, microsOf, numberOf, objectOf, statusOf, textOf, urlParts } from '../reading.ts';
import { outcomeOf, severityOf } from '../verdict.ts';
import { accessExample } from './access.example.ts';
import { addAiAttributes, ai } from './ai.ts';
import { limitHeaders, reasonOf, wasDenied } from './denial.ts';
import { envelope, envelopeColumns, tls, triedAddresses } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  request: required.object('What was asked.', {
    id: text('Id that Kong draws for the request; since 3.5.'),
    method: text('HTTP method.'),
    uri: text('Path and query.'),
    url: text('The whole URL, with the port of Kong.'),
    size: number('Bytes received from the caller, with headers; text in old releases.', { unit: 'By' }),
    querystring: object('Parameters of the query: text, lists of it, or true without a value.'),
    headers: object('Headers; a repeated one is a list. Those of plugins are among them.'),
    tls,
  }),
  response: object('What was answered.', {
    status: number('HTTP status.'),
    size: number('Bytes sent to the caller, with headers; text in old releases.', { unit: 'By' }),
    headers: object('Headers; a repeated one is a list.', {
      ...limitHeaders,
      'x-cache-status': text('Whether the answer came from the proxy cache: Hit, Miss, Bypass, Refresh.', {
        attribute: true,
      }),
    }),
  }),
  upstream_uri: text('Path and query towards the upstream.', { attribute: true }),
  upstream_status: text('HTTP status of each attempt, such as `502, 200`.', { attribute: true }),
  source: text('Who made the answer: upstream or kong.', { attribute: true }),
  latencies: object('Where the time went.', {
    request: number('From first byte in to last byte out.', { unit: 'ms' }),
    proxy: number('Until the upstream’s first byte; -1 when it was not asked.', { unit: 'ms' }),
    kong: number('Time spent in Kong and its plugins.', { unit: 'ms' }),
    receive: number('From the upstream’s first byte to its last.', { unit: 'ms', attribute: true }),
  }),
  trace_id: object('Trace id in the forms of the tracing plugins.', { w3c: text('As W3C writes it.') }),
  correlation_id: text('Id of the correlation-id plugin.', { attribute: true }),
  denial_reason: text('Why the request was refused, where a custom field of the log plugin says it.'),
  ai,
});
const { ai: _, ...withoutAi } = fields.properties;
const readAttributes = attributesReader(withoutAi);

/** Every URL of Kong has a scheme. */
const schemeOf = (url: unknown): string | undefined =>
  typeof url === 'string' && url.includes('://') ? url.slice(0, url.indexOf('://')) : undefined;

const firstOf = (value: unknown): string | undefined => textOf(Array.isArray(value) ? value[0] : value);

/** Whether the upstream was asked. */
const wasForwarded = (record: GatewayRecord, attempts: number, waited: number | undefined): boolean =>
  attempts > 0 ||
  waited !== undefined ||
  record.source === 'upstream' ||
  textOf(record.upstream_status) !== undefined;

/** Kong itself answers for an upstream that it could not reach. */
function originOf(outcome: Outcome, forwarded: boolean): string | undefined {
  if (outcome === 'denied') return 'gateway';
  if (outcome === 'clientError') return 'client';
  if (outcome !== 'failure') return undefined;
  return forwarded ? 'upstream' : 'gateway';
}

function attributesOf(record: GatewayRecord, tries: readonly unknown[]) {
  const attributes = readAttributes(record) ?? {};
  if (record.ai !== undefined) addAiAttributes(record.ai, attributes);
  const addresses = triedAddresses(tries);
  if (addresses !== undefined) attributes['tries.ip'] = addresses;
  return attributes;
}

function normalise(record: GatewayRecord) {
  const request = objectOf(record.request);
  const response = objectOf(record.response);
  const latencies = objectOf(record.latencies);
  const headers = objectOf(request.headers);
  const answered = objectOf(response.headers);
  const tries = listOf(record.tries);
  const columns = envelopeColumns(record);
  const status = statusOf(response.status);
  const upstreamDuration = microsOf(latencies.proxy);

  const forwarded = wasForwarded(record, tries.length, upstreamDuration);
  const isDenied = !forwarded && wasDenied(status, answered);
  const outcome = outcomeOf(status, isDenied);
  const native = textOf(record.denial_reason);
  const cache = firstOf(answered['x-cache-status']);
  const trace = firstOf(headers.traceparent)?.split('-');
  return filled({
    ...columns,
    severity: severityOf(outcome),
    outcome,
    userAgent: firstOf(headers['user-agent']),
    method: textOf(request.method),
    scheme: schemeOf(request.url),
    host: firstOf(headers.host) ?? urlParts(request.url).host,
    path: textOf(request.uri) ?? urlParts(request.url).path,
    status,
    granted: isDenied ? false : forwarded || outcome === 'success' ? true : undefined,
    denialReason: isDenied ? reasonOf(native, status, answered, columns.consumerId !== undefined) : undefined,
    nativeDenialReason: isDenied ? native : undefined,
    errorOrigin: originOf(outcome, forwarded),
    cached: cache === undefined ? undefined : cache === 'Hit',
    duration: microsOf(latencies.request),
    upstreamDuration,
    overhead: microsOf(latencies.kong),
    bytesIn: numberOf(request.size),
    bytesOut: numberOf(response.size),
    attempts: forwarded && tries.length === 0 ? undefined : tries.length,
    requestId: textOf(request.id),
    traceId: textOf(objectOf(record.trace_id).w3c) ?? trace?.[1],
    spanId: trace?.[2],
    attributes: attributesOf(record, tries),
  });
}

export const access: EventType = {
  name: 'access',
  doc: 'One HTTP request that Kong forwarded, answered or refused.',
  family: 'traffic',
  identity: { by: 'native', paths: ['request.id'] },
  fields,
  example: accessExample,
  normalise,
};
