/**
 * Sample calls as Otoroshi writes them: GatewayEvent, small (without the entities) or whole (with descriptor and
 * route, 12 KB, as a real one sends it).
 * Text is put together by hand: a benchmark must not wait for its own generator.
 */
import type { Call } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import type { Consumer } from '../world.ts';
import { aroundEvent } from './otoroshi-around.ts';
import { keptOf } from './otoroshi-calls.ts';
import { entities } from './otoroshi-entities.ts';
import { place, snowflake } from './otoroshi-node.ts';

const quotas = (used: number): string =>
  `{"authorizedCallsPerWindow":1000,"throttlingCallsPerWindow":${used % 90},"remainingCallsPerWindow":${1000 - (used % 90)},` +
  `"authorizedCallsPerDay":100000,"currentCallsPerDay":${used},"remainingCallsPerDay":${100_000 - used},` +
  `"authorizedCallsPerMonth":2000000,"currentCallsPerMonth":${used * 20},"remainingCallsPerMonth":${2_000_000 - used * 20}}`;

const header = (key: string, value: string): string => `{"key":"${key}","value":"${value}"}`;

function identity(consumer: Consumer): string {
  const kind = consumer.person ? 'PRIVATEAPP' : 'APIKEY';
  const tags = consumer.plan === '' ? '' : `"${consumer.plan}"`;
  return `{"identityType":"${kind}","identity":"${consumer.id}","label":"${consumer.name}","metadata":{"team":"${consumer.groups[0]}"},"tags":[${tags}]}`;
}

/**
 * One GatewayEvent as a line of JSON without its line feed: whole, or as an exporter's projection leaves it (1.4 KB).
 */
export function gatewayEvent(call: Call, whole: boolean): string {
  const { route, consumer, refusal } = call;
  const id = snowflake(call.time, call.sequence);
  const err = refusal !== undefined;
  const unknown = refusal?.otoroshi === 'no apikey' || refusal?.otoroshi === 'bad apikey';
  return (
    `{"@type":"GatewayEvent","@id":"${id}","@timestamp":${call.time},"@callAt":${call.time - call.duration},` +
    `"reqId":"${id.slice(0, 12)}${call.requestId.slice(0, 7)}","parentReqId":null,"protocol":"HTTP/1.1",` +
    `"to":{"host":"${route.host}","scheme":"https","uri":"${call.uri}"},"method":"${call.method}","from":"${consumer.ip}","@env":"prod",` +
    `"backendDuration":${call.backend ?? -1},"duration":${call.duration},"overhead":${call.overhead},` +
    `"data":{"dataIn":${call.bytesIn},"dataOut":${call.bytesOut}},"status":${call.status},"responseChunked":false,` +
    `"headers":[${header('Host', route.host)},${header('User-Agent', consumer.agent)},` +
    `${header('Authorization', `Bearer ${call.requestId}`)},${header('Remote-Address', `${consumer.ip}:${40_000 + (call.time % 20_000)}`)}],` +
    `"identity":${unknown ? 'null' : identity(consumer)},"gwError":${err ? `"${refusal.otoroshi}"` : 'null'},"err":${err},` +
    `"@serviceId":"${route.id}","@service":"${route.service}","@product":"${route.product}","callAttempts":${err ? 0 : 1},` +
    `${whole ? companions(call) : ''}${place(call.node)}}`
  );
}

/** What a projection leaves out: the target, quotas, header copies and the entities. */
function companions({ route, uri, time, duration, refusal }: Call): string {
  const reached = refusal === undefined;
  const target = reached ? `${route.service}-1.internal:8443` : route.host;
  return (
    `"target":{"host":"${target}","scheme":"https","uri":"${uri}"},"url":"https://${target}${uri}","requestStreamingDuration":-1,` +
    `"responseStreamingDuration":${reached ? 2 : -1},"backendResponseStreamingDuration":${reached ? 3 : -1},` +
    `"headersOut":[${header('content-type', 'application/json')},${header('Date', 'Sat, 21 Nov 2026 12:49:48 GMT')}],` +
    `"descriptor":${reached ? entities(route).descriptor : 'null'},"route":${entities(route).route},"matcheJwtVerifier":null,` +
    `"remainingQuotas":${quotas(time % 90_000)},` +
    `"viz":{"fromTo":"internet###${route.service}","from":"internet","to":"${route.id}","fromLbl":"internet","toLbl":"${route.service}"},` +
    `"cbDuration":${duration},"overheadWoCb":0,"clientCertChain":[],"userAgentInfo":null,"geolocationInfo":null,"extrasData":null,` +
    `"otoroshiHeadersIn":[${header('Host', target)}],"otoroshiHeadersOut":[${header('content-type', 'application/json')}],"extraInfos":null,`
  );
}

export const otoroshi: Dialect = {
  vocabulary: 'otoroshi',
  share: 0.24,
  call: (call, whole) => [gatewayEvent(call, whole), ...keptOf(call, whole)],
  around: (random, time) => [aroundEvent(random, time, random.below(1_000_000) + 5_000_000)],
};
