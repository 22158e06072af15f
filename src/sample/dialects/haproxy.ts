/** Sample calls and database connections as HAProxy writes them with the `log-format` of `examples/haproxy/`. */
import { type Call, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt } from '../ids.ts';
import { consumers } from '../world.ts';

/** Who ended the session, and at which step. */
function stateOf({ refusal, status }: Call): string {
  if (refusal !== undefined) return 'PR--';
  if (status === 503) return 'SC--';
  return status === 504 ? 'sH--' : '----';
}

function http(call: Call): string {
  const { route, consumer, backend } = call;
  const reached = backend !== undefined;
  return JSON.stringify({
    timestamp_ms: call.time - call.duration,
    hostname: `edge-${call.node + 1}`,
    client_ip: consumer.ip,
    client_port: 40_000 + (call.sequence % 20_000),
    frontend_name: 'public~',
    backend_name: route.service,
    server_name: reached ? `${route.service}-${call.node + 1}` : '<NOSRV>',
    TR: 0,
    Tw: reached ? call.overhead : -1,
    Tc: reached ? 1 : -1,
    Tr: reached ? Math.max(0, backend - 1) : -1,
    Ta: call.duration,
    status_code: statusOf(call),
    bytes_read: call.bytesOut + 180,
    bytes_uploaded: call.bytesIn + 290,
    termination_state: stateOf(call),
    retries: 0,
    srv_queue: 0,
    backend_queue: 0,
    http_method: call.method,
    http_uri: call.uri,
    http_version: 'HTTP/2.0',
    host: route.host,
    user_agent: consumer.agent,
    unique_id: uuidAt(call.time, call.requestId),
  });
}

export const haproxy: Dialect = {
  vocabulary: 'haproxy',
  share: 0.03,
  call: (call) => [http(call)],
  around: (random, time) => {
    const lasted = Math.round(random.around(40_000, 1));
    return [
      JSON.stringify({
        timestamp_ms: time - lasted,
        hostname: `edge-${1 + random.below(3)}`,
        client_ip: random.pick(consumers).ip,
        client_port: 40_000 + random.below(20_000),
        frontend_name: 'postgres',
        backend_name: 'orders-db',
        server_name: 'pg-1',
        Tw: 0,
        Tc: 1,
        Tt: lasted,
        bytes_read: Math.round(random.around(60_000, 1)),
        bytes_uploaded: Math.round(random.around(4_000, 1)),
        termination_state: random.chance(0.05) ? 'sD' : '--',
        retries: 0,
        srv_queue: 0,
        backend_queue: 0,
      }),
    ];
  },
};
