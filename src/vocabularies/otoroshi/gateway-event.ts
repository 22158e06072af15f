/**
 * Otoroshi's GatewayEvent: one for each HTTP or websocket call that was routed or refused.
 *
 * What a reader of the fields would not guess: an error event's `url` is the target's, so `to` is read; `reqId` is made
 * at error time and joins with nothing; durations are -1 when unknown; `cbDuration` and `overheadWoCb` mean nothing.
 */
import Type from 'typebox';
import type { Outcome } from '../../core/event.ts';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, flag, list, number, object, text, time } from '../fields.ts';
import {
  addressOf,
  filled,
  flagOf,
  microsOf,
  numberOf,
  objectOf,
  statusOf,
  textOf,
  textsOf,
} from '../reading.ts';
import { microsFromMillis } from '../times.ts';
import { denialReasonOf, outcomeOf, severityOf } from '../verdict.ts';
import { enrichment, envelope, gatewayOf, nameOf } from './envelope.ts';
import { gatewayEventExample } from './gateway-event.example.ts';
import { addressHeaders, headersOf } from './http.ts';

const place = {
  host: text('Host and port.'),
  scheme: text('Scheme: http, https, ws or wss.'),
  uri: text('Path and query.'),
};
const headers = 'as a list of key and value; a repeated header keeps its last value only.';
const quota = (description: string, attribute = false) => number(description, { attribute });

const fields = Type.Object({
  ...envelope,
  '@callAt': time('When the call began, in milliseconds since 1970; of a refused call when it ended.'),
  reqId: text('Id of the request; in an error event made at error time, so that it joins with nothing.'),
  parentReqId: text('Id of the request that caused this one.'),
  protocol: text('Protocol of the caller, such as HTTP/1.1.'),
  to: object('What the caller asked for.', place),
  target: object('What the gateway called.', { ...place, host: text('Host and port.', { attribute: true }) }),
  url: text('URL asked for; in an error event that of the target.'),
  method: text('HTTP method.'),
  from: text('Address of the caller: the first of X-Forwarded-For, else the peer.', { personal: true }),
  backendDuration: number('Until the backend’s first byte; -1 when it was not called.', { unit: 'ms' }),
  duration: number('From first byte in to last byte out; 0 when refused.', { unit: 'ms' }),
  requestStreamingDuration: number('Streaming of the request; -1 when unknown.', { unit: 'ms' }),
  responseStreamingDuration: number('Streaming of the response; -1 when unknown.', {
    unit: 'ms',
    attribute: true,
  }),
  backendResponseStreamingDuration: number('Streaming of the backend’s response; -1 when unknown.', {
    unit: 'ms',
  }),
  overhead: number('Time spent in Otoroshi.', { unit: 'ms' }),
  cbDuration: number('Until about the end of the call; not a cost of the circuit breaker.', { unit: 'ms' }),
  overheadWoCb: number('Difference of overhead and cbDuration; means nothing.', { unit: 'ms' }),
  data: object('Bytes of the bodies.', {
    dataIn: number('Received from the caller.', { unit: 'By' }),
    dataOut: number('Sent to the caller.', { unit: 'By' }),
  }),
  status: number('HTTP status answered to the caller.'),
  responseChunked: flag('Whether the response was chunked.'),
  headers: list(
    `Headers of the request, ${headers} Ends with pseudo-headers of the server: Remote-Address (the true peer), Timeout-Access, Raw-Request-URI, Tls-Session-Info.`,
    addressHeaders,
  ),
  headersOut: list(`Headers of the response, ${headers}`),
  otoroshiHeadersIn: list(
    `Headers sent to the backend, ${headers} On error those that came in.`,
    addressHeaders,
  ),
  otoroshiHeadersOut: list(`Headers the backend answered, ${headers}`),
  identity: object('Who called; null when nobody was recognised.', {
    identityType: text('APIKEY or PRIVATEAPP.'),
    identity: text('Client id of the key, or e-mail of the user.', { personal: true }),
    label: text('Name of the key or user.', { personal: true }),
    metadata: object('Metadata of the key or user.'),
    tags: list('Tags of the key or user, by which routes admit them.'),
  }),
  err: flag('Whether Otoroshi made the answer; an error of the backend leaves it false.'),
  gwError: text('Otoroshi’s reason for an error, a free sentence.'),
  descriptor: object('The whole service descriptor, about 86 keys; null in many error events.'),
  route: object('The whole route with its plugins; null when none matched.', {
    name: text('Name of the route.'),
  }),
  matcheJwtVerifier: object('The JWT verifier that matched.'),
  remainingQuotas: object('Quotas of the key; all 10 000 000 without one.', {
    authorizedCallsPerWindow: quota('Calls allowed in a throttling window.'),
    throttlingCallsPerWindow: quota('Calls made in this window.'),
    remainingCallsPerWindow: quota('Calls left in this window.'),
    authorizedCallsPerDay: quota('Calls allowed a day.'),
    currentCallsPerDay: quota('Calls made today.'),
    remainingCallsPerDay: quota('Calls left today.', true),
    authorizedCallsPerMonth: quota('Calls allowed a month.'),
    currentCallsPerMonth: quota('Calls made this month.'),
    remainingCallsPerMonth: quota('Calls left this month.', true),
  }),
  viz: object('Ends of an edge for a graph of calls.', {
    fromTo: text('Both ends in one.'),
    from: text('Who calls, by id.'),
    to: text('What is called, by id.'),
    fromLbl: text('Who calls, by name.'),
    toLbl: text('What is called, by name.'),
  }),
  callAttempts: number('Attempts to reach the backend; 0 when refused.'),
  clientCertChain: list('Certificates of the caller.'),
  userAgentInfo: object('What the user agent is, by plugin.'),
  geolocationInfo: object('Where the caller is, by plugin.'),
  extrasData: object('What plugins add.', {
    apikey_rejection_reason: text('Why an API key was refused.'),
  }),
  extraInfos: object('What error pages add.', {
    stateRespInvalid: object('Why the backend’s answer to a challenge was refused, with the challenge.', {
      reason: text('In a sentence.', { attribute: true }),
    }),
  }),
  ...enrichment,
});

const { remainingQuotas: _, ...withoutQuotas } = fields.properties;
const readAttributes = attributesReader(withoutQuotas);
/** Without a key, and in an error event even with one, the quotas are defaults that say nothing. */
const readAttributesOfKey = attributesReader(fields.properties);

/** Where an error arose. A time-out and a refused connection are the backend's, though Otoroshi makes the answer. */
function originOf(outcome: Outcome, isOurs: boolean, status: number | undefined, attempts: number) {
  if (outcome === 'success' || outcome === 'unknown') return undefined;
  if (!isOurs) return outcome === 'failure' ? 'upstream' : 'client';
  return status === 502 || status === 504 || attempts > 0 ? 'upstream' : 'gateway';
}

/** A refusal with a 5xx is a failure, such as that of an open breaker, unless somebody wanted it so. */
const wanted =
  /too (many|much)|more request|concurrent|throttl|quota|limit exceeded|maintenance|construction/i;
const isWanted = (gwError: string | undefined): boolean => gwError !== undefined && wanted.test(gwError);

function normalise(record: GatewayRecord) {
  const to = objectOf(record.to);
  const data = objectOf(record.data);
  const identity = objectOf(record.identity);
  const { userAgent, traceId, spanId, peer } = headersOf(record.headers);
  const status = statusOf(record.status);
  const attempts = numberOf(record.callAttempts);
  const upstreamDuration = microsOf(record.backendDuration);
  const isOurs = record.err === true;
  const gwError = textOf(record.gwError);

  // A refused connection (502) and a time-out (504) are answers of ours too, but the call was let through.
  const wasRefused =
    isOurs &&
    !(attempts !== undefined && attempts > 0) &&
    upstreamDuration === undefined &&
    status !== 502 &&
    status !== 504;
  const isDenied = wasRefused && (status === undefined || status < 500 || isWanted(gwError));
  const outcome = isOurs && !isDenied ? 'failure' : outcomeOf(status, isDenied);
  const nativeDenialReason = isDenied
    ? (textOf(objectOf(record.extrasData).apikey_rejection_reason) ?? gwError)
    : undefined;

  const hasQuotas = identity.identityType === 'APIKEY' && !isOurs;
  const attributes = (hasQuotas ? readAttributesOfKey : readAttributes)(record);
  const reqId = textOf(record.reqId);
  // A literal rather than the envelope's columns and these over them: this runs for every call.
  return filled({
    time: microsFromMillis(record['@timestamp']),
    severity: severityOf(outcome),
    outcome,
    gateway: gatewayOf(record),
    node: textOf(record['instance-name']),
    env: textOf(record['@env']),
    zone: textOf(record['instance-zone']),
    service: nameOf(record['@service']),
    serviceId: nameOf(record['@serviceId']),
    route: textOf(objectOf(record.route).name) ?? nameOf(record['@service']),
    product: textOf(record['@product']),
    consumer: textOf(identity.label) ?? textOf(identity.identity),
    consumerId: textOf(identity.identity),
    consumerGroups: textsOf(identity.tags),
    identityType: textOf(identity.identityType),
    user: identity.identityType === 'PRIVATEAPP' ? textOf(identity.identity) : undefined,
    clientIp: textOf(record.from) ?? addressOf(peer),
    userAgent,
    country:
      textOf(objectOf(record['origin-details']).country_code) ??
      textOf(objectOf(record.geolocationInfo).country_code),
    method: textOf(record.method),
    scheme: textOf(to.scheme),
    host: textOf(to.host),
    path: textOf(to.uri),
    status,
    protocol: textOf(record.protocol),
    granted: flagOf(record.err) === undefined ? undefined : !wasRefused,
    denialReason: isDenied ? denialReasonOf(nativeDenialReason, status) : undefined,
    nativeDenialReason,
    errorOrigin: originOf(outcome, isOurs, status, attempts ?? 0),
    error: gwError,
    duration: microsOf(record.duration),
    upstreamDuration,
    overhead: microsOf(record.overhead),
    bytesIn: numberOf(data.dataIn),
    bytesOut: numberOf(data.dataOut),
    attempts,
    requestId: isOurs ? undefined : reqId,
    parentRequestId: textOf(record.parentReqId),
    traceId,
    spanId,
    attributes: isOurs && reqId !== undefined ? { ...attributes, reqId } : attributes,
  });
}

export const gatewayEvent: EventType = {
  name: 'GatewayEvent',
  doc: 'A call that Otoroshi routed or refused, HTTP or websocket.',
  family: 'traffic',
  identity: { by: 'native', paths: ['@id'] },
  fields,
  example: gatewayEventExample,
  normalise,
};
