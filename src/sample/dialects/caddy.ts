/** Sample calls as Caddy writes them; one that its backend failed is in the error log as well. */
import { type Call, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt } from '../ids.ts';

function records(call: Call): readonly string[] {
  const { route, consumer, backend } = call;
  const status = statusOf(call);
  const request = {
    remote_ip: consumer.ip,
    remote_port: String(40_000 + (call.sequence % 20_000)),
    client_ip: consumer.ip,
    proto: 'HTTP/2.0',
    method: call.method,
    host: route.host,
    uri: call.uri,
    headers: { 'User-Agent': [consumer.agent], Accept: ['application/json'] },
    tls: { resumed: false, version: 772, cipher_suite: 4865, proto: 'h2', server_name: route.host },
  };
  const shared = { ts: call.time / 1000, request, duration: call.duration / 1000, status };
  const access = {
    level: status >= 500 ? 'error' : 'info',
    logger: 'http.log.access.log0',
    msg: 'handled request',
    ...shared,
    bytes_read: call.bytesIn,
    user_id: consumer.person && call.refusal === undefined ? consumer.name : '',
    size: call.bytesOut,
    resp_headers: {
      ...(backend === undefined ? {} : { Via: ['1.1 Caddy'] }),
      'Content-Type': ['application/json'],
    },
    ...(backend === undefined
      ? {}
      : { upstream_host: `10.0.3.${7 + call.node}`, upstream_latency_ms: backend }),
    request_id: uuidAt(call.time, call.requestId),
  };
  if (status !== 503 && status !== 504) return [JSON.stringify(access)];
  const error = {
    level: 'error',
    logger: 'http.log.error.log0',
    msg: `dial tcp 10.0.3.${7 + call.node}:8080: ${status === 504 ? 'i/o timeout' : 'connect: connection refused'}`,
    ...shared,
    err_id: call.requestId.slice(0, 9),
    err_trace: 'reverseproxy.statusError (reverseproxy.go:1390)',
  };
  return [JSON.stringify(error), JSON.stringify(access)];
}

export const caddy: Dialect = { vocabulary: 'caddy', share: 0.04, call: records };
