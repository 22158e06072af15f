/**
 * Sample calls as Otoroshi writes them: GatewayEvent, small (without the entities) or whole (with descriptor and
 * route, 12 KB, as a real one sends it), and the health checks, TCP connections, audit records and alerts around it.
 * Text is put together by hand: a benchmark must not wait for its own generator.
 */
import type { Call } from '../call.ts';
import type { Random } from '../random.ts';
import { type Consumer, consumers, routes } from '../world.ts';
import { entities } from './otoroshi-entities.ts';

const zones = ['zone-a', 'zone-b', 'zone-a'];
const place = (node: number): string =>
  `"user-agent-details":null,"origin-details":null,"instance-number":${node},"instance-name":"otoroshi-worker-${node + 1}",` +
  `"instance-zone":"${zones[node]}","instance-region":"eu-west","instance-dc":"dc1","instance-provider":"local",` +
  `"instance-rack":"rack-1","cluster-mode":"Worker","cluster-name":"shop-gateways"`;

/** Ids in the form of Otoroshi's snowflakes, 19 digits: the time and a sequence number. */
const snowflake = (time: number, sequence: number): string =>
  `${time - 1_000_000_000_000}${String(sequence % 10_000_000).padStart(7, '0')}`;

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

const health = ['GREEN', 'GREEN', 'GREEN', 'GREEN', 'GREEN', 'GREEN', 'YELLOW', 'RED'];

/** What an Otoroshi says beside its calls, about one line a call in a hundred. */
export function aroundEvent(random: Random, time: number, sequence: number): string {
  const id = snowflake(time, sequence);
  const route = random.pick(routes);
  const envelope = `"@id":"${id}","@timestamp":${time},"@product":"otoroshi","@env":"prod"`;
  const node = random.below(3);
  switch (random.below(5)) {
    case 0: {
      const colour = random.pick(health);
      return (
        `{"@type":"HealthCheckEvent","@id":"${id}","@timestamp":${time},"@service":"${route.service}","@serviceId":"${route.id}","@product":"${route.product}",` +
        `"url":"https://${route.service}-1.internal:8443/health","duration":${3 + random.below(40)},"status":${colour === 'RED' ? 503 : 200},` +
        `"logicCheck":${colour !== 'YELLOW'},"health":"${colour}",${place(node)}}`
      );
    }
    case 1:
      return (
        `{"@type":"TcpEvent","@id":"${id}","@timestamp":${time},"reqId":"${id}","protocol":"Tcp/Tls","port":5432,` +
        `"to":{"host":"db.shop.example","scheme":"Tcp/Tls","uri":""},"target":{"host":"pg-1.internal/10.0.4.12:5432","scheme":"Tcp","uri":""},` +
        `"remote":"/${random.pick(consumers).ip}:51422","local":"/10.0.0.5:5432","duration":${1000 + random.below(90_000)},"overhead":${random.below(5)},` +
        `"data":{"dataIn":${random.below(200_000)},"dataOut":${random.below(4_000_000)}},"gwError":null,"@serviceId":"tcp_pg","@service":"postgres-front",${place(node)}}`
      );
    case 2: {
      const action = random.pick([
        'CREATE_APIKEY',
        'UPDATE_ROUTE',
        'ACCESS_ALL_APIKEYS',
        'DELETE_APIKEY',
        'UPDATE_APIKEY',
        'CREATE_ROUTE',
      ]);
      const words = action.toLowerCase().replaceAll('_', ' ');
      return (
        `{${envelope},"@type":"AuditEvent","@serviceId":"--","@service":"Otoroshi","audit":"AdminApiEvent","user":{"name":"Ana Sousa","email":"ana.sousa@shop.example"},` +
        `"apiKey":{"clientId":"admin-api-apikey-id","clientSecret":"${random.hex(32)}","clientName":"Backoffice"},"action":"${action}","from":"198.51.100.7",` +
        `"message":"User did ${words}","metadata":{"id":"${route.id}","name":"${route.service}"},${place(node)}}`
      );
    }
    case 3:
      return (
        `{${envelope},"@type":"AuditEvent","@serviceId":"--","@service":"Otoroshi","audit":"JobRunEvent","job":{"uniqueId":"job_${random.hex(6)}","name":"Health checks",` +
        `"kind":"ScheduledEvery","starting":"Automatically","instantiation":"OneInstancePerOtoroshiCluster","initialDelay":2500,"interval":30000,"cronExpression":null},${place(node)}}`
      );
    default: {
      const alert = random.pick([
        'CircuitBreakerOpenedAlert',
        'CircuitBreakerClosedAlert',
        'QuotasAlmostExceeded',
        'RevokedApiKeyUsageAlert',
        'AdminLoggedInAlert',
      ]);
      const consumer = random.pick(consumers);
      return (
        `{${envelope},"@type":"AlertEvent","@serviceId":"${route.id}","@service":"Otoroshi","alert":"${alert}","service":{"id":"${route.id}","name":"${route.service}"},` +
        `"apikey":{"clientId":"${consumer.id}","clientName":"${consumer.name}","clientSecret":"${random.hex(32)}"},"reason":"daily_quotas_almost_exceeded",${place(node)}}`
      );
    }
  }
}
