/** Sample calls as the log plugins of Kong 3.9 write them, with groups and reasons as custom fields (`examples/kong/`). */
import { type Call, isAnonymous, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt, uuidOf } from '../ids.ts';
import { consumers } from '../world.ts';

const service = (name: string, port: number, protocol: string) => ({
  id: uuidOf(name),
  name,
  host: `${name}.internal`,
  port,
  protocol,
});
const attempt = (start: number, ip: string, port: number) => ({
  balancer_start: start,
  balancer_latency: 0,
  ip,
  port,
});
const workspace = { workspace: uuidOf('workspace default'), workspace_name: 'default' };
/** Refusals that Kong’s own plugins do not know: their reason is told in a custom field. */
const toldReasons: ReadonlySet<string> = new Set(['timeRestriction', 'routeNotAllowed', 'policyViolation']);

function who(call: Call) {
  if (isAnonymous(call)) return {};
  const { id, name, groups } = call.consumer;
  const consumer = uuidOf(id);
  return {
    consumer: { id: consumer, username: name, custom_id: id },
    authenticated_entity: { id: uuidOf(`key of ${id}`), consumer_id: consumer },
    consumer_groups: groups,
  };
}

function access(call: Call): string {
  const { route, consumer, backend, refusal } = call;
  const status = statusOf(call);
  const id = uuidAt(call.time, call.requestId).replaceAll('-', '');
  const began = call.time - call.duration;
  const left = refusal?.reason === 'rateOrQuotaExceeded' ? 0 : 100 - (call.sequence % 100);
  return JSON.stringify({
    request: {
      id,
      method: call.method,
      uri: call.uri,
      url: `https://${route.host}:8443${call.uri}`,
      size: call.bytesIn + 290,
      querystring: {},
      headers: { host: route.host, 'user-agent': consumer.agent, accept: 'application/json' },
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', client_verify: 'NONE' },
    },
    response: {
      status,
      size: call.bytesOut + 220,
      headers: {
        'content-type': 'application/json',
        'ratelimit-limit': '100',
        'ratelimit-remaining': String(left),
        ...(left === 0 ? { 'retry-after': '12' } : {}),
        'x-kong-request-id': id,
      },
    },
    source: backend === undefined ? 'kong' : 'upstream',
    ...(backend === undefined ? {} : { upstream_uri: call.uri, upstream_status: String(status) }),
    latencies: { request: call.duration, proxy: backend ?? -1, kong: call.overhead, receive: 1 },
    tries: backend === undefined ? {} : [attempt(began + call.overhead, `10.0.3.${7 + call.node}`, 8080)],
    service: service(route.service, 8080, 'http'),
    route: { id: uuidOf(route.id), name: route.service, protocols: ['https'], paths: [route.path] },
    ...who(call),
    ...(refusal !== undefined && toldReasons.has(refusal.reason) ? { denial_reason: refusal.flowgenx } : {}),
    client_ip: consumer.ip,
    started_at: began,
    ...workspace,
  });
}

export const kong: Dialect = {
  vocabulary: 'kong',
  share: 0.1,
  call: (call) => [access(call)],
  around: (random, time) => {
    const lasted = Math.round(random.around(48_000, 1));
    const [received, sent] = [Math.round(random.around(8_000, 1)), Math.round(random.around(400_000, 1))];
    return [
      JSON.stringify({
        session: { received, sent, status: 200, server_port: 5432 },
        upstream: { received: sent, sent: received },
        latencies: { kong: 1, session: lasted },
        tries: [attempt(time - lasted, '10.0.4.12', 5432)],
        service: service('orders-db', 5432, 'tcp'),
        route: { id: uuidOf('route postgres'), name: 'postgres', protocols: ['tcp', 'tls'] },
        client_ip: random.pick(consumers).ip,
        started_at: time - lasted,
        ...workspace,
      }),
    ];
  },
};
