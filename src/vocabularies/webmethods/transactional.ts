/**
 * webMethods' Transactional event: one for each call of an API whose invocations are logged.
 *
 * What a reader of the fields would not guess: there is no path that was asked for, only the operation; the status of
 * HTTP is `responseCode` while `status` says SUCCESS or FAILURE; `providerTime` is the part of `totalTime` that waited
 * for the native service; the two sizes come in one, `totalDataSize`.
 */
import Type from 'typebox';
import type { Outcome } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, number, object, text } from '../fields.ts';
import { filled, flagOf, microsOf, numberOf, objectOf, textOf } from '../reading.ts';
import { outcomeOf, severityOf } from '../verdict.ts';
import { reasonIn } from './denial.ts';
import { callColumns, envelope, ofCall } from './envelope.ts';
import { addCallAttributes, type ExternalCalls, externalCalls, readExternalCalls } from './external-calls.ts';
import { bodySizes, readHeaders } from './headers.ts';
import { transactionalExample } from './transactional.example.ts';

const query = 'Query parameters of a REST call';
const nativeRequest = 'Body sent to the native service';
const nativeResponse = 'Body the native service answered';

const fields = Type.Object({
  ...envelope,
  ...ofCall,
  sourceGatewayDetails: object('More about the gateway.'),
  sessionId: text(
    'Id of the session on the gateway, which some releases sign in with; kept in the record only.',
  ),
  status: text('SUCCESS or FAILURE; decides the outcome where the HTTP status cannot.'),
  errorOrigin: text(
    'Where an error arose; Nativeservice, also written Nativeserivce, is the native service.',
  ),
  totalTime: number('From the request until the answer.', { unit: 'ms' }),
  providerTime: number('The part of totalTime that waited for the native service.', { unit: 'ms' }),
  gatewayTime: number('The rest of it; null in some records, then worked out.', { unit: 'ms' }),
  totalDataSize: number('Bytes of both bodies together.', { unit: 'By', attribute: true }),
  cachedResponse: text('Cached or Not-Cached.'),
  packageId: text('Id of the package.', { attribute: true }),
  packageName: text('Name of the package.'),
  planId: text('Id of the plan.', { attribute: true }),
  planName: text('Name of the plan.'),
  nativeHttpMethod: text('HTTP method towards the native service.', { attribute: true }),
  nativeURL: text('URL of the native service.', { attribute: true }),
  externalCalls,
  customFields: object('What the provider of the API adds; its scalars become attributes.'),
  isCallbackRequest: flag('Whether a callback is told of.', { attribute: true }),
  callbackRequest: flag('The same, as other destinations spell it.'),
  messageType: text('Of a WebSocket message: binary or text.', { attribute: true }),
  origin: text('Of a WebSocket message: client or server.', { attribute: true }),
  queryParameters: text(`${query}; the attribute is a query string.`, { attribute: true }),
  queryParameteres: text(`${query}, as the documentation misspells it.`),
  requestHeaders: object('Headers of the request.'),
  responseHeaders: object('Headers of the answer.'),
  nativeRequestHeaders: object('Headers sent to the native service.'),
  nativeResponseHeaders: object('Headers the native service answered.'),
  reqPayload: text('Body of the request.'),
  resPayload: text('Body of the answer.'),
  messagePayload: text('Body of a WebSocket message.'),
  nativeReqPayload: text(`${nativeRequest}.`),
  nativeRequestPayload: text(`${nativeRequest}, as other destinations spell it.`),
  nativeResPayload: text(`${nativeResponse}.`),
  nativeResponsePayload: text(`${nativeResponse}, as other destinations spell it.`),
});
const readDeclared = attributesReader(fields.properties);

/** `status=available&page=2` of an object; a parameter that is no scalar is left to the record. */
function queryText(parameters: GatewayRecord): string {
  let query = '';
  for (const name in parameters) {
    const value = parameters[name];
    if (typeof value === 'object' && value !== null) continue;
    query += `${query === '' ? '' : '&'}${name}=${value ?? ''}`;
  }
  return query;
}

function readAttributes(record: GatewayRecord, calls: ExternalCalls) {
  const attributes = readDeclared(record) ?? {};
  addCallAttributes(calls, attributes);
  const callback = flagOf(record.callbackRequest);
  if (callback !== undefined) attributes.isCallbackRequest ??= String(callback);

  const parameters = record.queryParameters ?? record.queryParameteres;
  const query = typeof parameters === 'string' ? parameters : queryText(objectOf(parameters));
  if (query !== '') attributes.queryParameters = query;

  const custom = objectOf(record.customFields);
  for (const name in custom) {
    const value = custom[name];
    if (value !== null && typeof value !== 'object') attributes[`customFields.${name}`] = String(value);
  }
  return attributes;
}

const isNative = (origin: string | undefined): boolean => origin !== undefined && /^native/i.test(origin);

interface Ending {
  readonly status: number | undefined;
  /** SUCCESS or FAILURE. */
  readonly word: string | undefined;
  /** The gateway's own word for where an error arose. */
  readonly origin: string | undefined;
  readonly wasForwarded: boolean;
}

/** A refusal with a 5xx is a failure, unless it says that a policy refused. */
function outcomeIn({ status, word, origin, wasForwarded }: Ending): Outcome {
  const failed = word !== undefined && !/^succ/i.test(word);
  const byPolicy = origin !== undefined && /polic|throttl|threat/i.test(origin);
  if (failed && !wasForwarded && (status === undefined || status < 500 || byPolicy)) return 'denied';
  if (failed && (status === undefined || status < 400)) return 'failure';
  if (status === undefined) return word === undefined ? 'unknown' : 'success';
  return outcomeOf(status, wasForwarded ? false : undefined);
}

function originOf(outcome: Outcome, { origin, wasForwarded }: Ending): string | undefined {
  if (outcome === 'success' || outcome === 'unknown') return undefined;
  if (outcome === 'denied') return 'gateway';
  if (isNative(origin)) return 'upstream';
  if (outcome === 'clientError') return 'client';
  return origin === undefined && wasForwarded ? 'upstream' : 'gateway';
}

function normalise(record: GatewayRecord) {
  const columns = callColumns(record);
  const calls = readExternalCalls(record.externalCalls);
  const headers = readHeaders(record.requestHeaders);
  const origin = textOf(record.errorOrigin);
  const duration = microsOf(record.totalTime);
  const upstreamDuration = microsOf(record.providerTime) ?? calls.nativeDuration;
  const cached = textOf(record.cachedResponse);
  const ending: Ending = {
    status: columns.status,
    word: textOf(record.status),
    origin,
    wasForwarded: isNative(origin) || (calls.native ?? 0) > 0 || (upstreamDuration ?? 0) > 0,
  };
  const outcome = outcomeIn(ending);
  const isDenied = outcome === 'denied';
  const wasCached = cached === undefined ? undefined : cached === 'Cached';
  return filled({
    ...columns,
    ...bodySizes(
      columns.method,
      numberOf(record.totalDataSize),
      headers,
      readHeaders(record.responseHeaders),
    ),
    severity: severityOf(outcome),
    outcome,
    package: textOf(record.packageName),
    plan: textOf(record.planName),
    userAgent: headers.userAgent,
    host: headers.host,
    granted: isDenied ? false : ending.wasForwarded || outcome === 'success' ? true : undefined,
    denialReason: isDenied ? (reasonIn([origin], columns.status) ?? 'other') : undefined,
    nativeDenialReason: isDenied ? origin : undefined,
    errorOrigin: originOf(outcome, ending),
    cached: wasCached,
    duration,
    upstreamDuration,
    overhead:
      microsOf(record.gatewayTime) ??
      (duration === undefined || upstreamDuration === undefined
        ? undefined
        : Math.max(0, duration - upstreamDuration)),
    attempts: calls.native,
    traceId: headers.trace?.[1],
    spanId: headers.trace?.[2],
    attributes: readAttributes(record, calls),
  });
}

export const transactional: EventType = {
  name: 'Transactional',
  doc: 'A call of an API whose invocations are logged.',
  family: 'traffic',
  identity: { by: 'native', paths: ['correlationID', 'eventType'] },
  fields,
  example: transactionalExample,
  normalise,
};
