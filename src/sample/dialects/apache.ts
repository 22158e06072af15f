/** Sample calls as Apache HTTP Server writes them with the JSON `LogFormat` of `examples/apache/`. */
import { type Call, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt } from '../ids.ts';

function access(call: Call): string {
  const { route, consumer } = call;
  const [path, query] = call.uri.split('?');
  return JSON.stringify({
    time: new Date(call.time - call.duration).toISOString().replace('Z', '+0000'),
    remoteIP: consumer.ip,
    user: consumer.person && call.refusal === undefined ? consumer.name : '-',
    host: route.host,
    method: call.method,
    request: path,
    query: query === undefined ? '' : `?${query}`,
    protocol: 'HTTP/1.1',
    status: String(statusOf(call)),
    userAgent: consumer.agent,
    referer: '-',
    duration: String(call.duration * 1000),
    bytesIn: String(call.bytesIn + 290),
    bytesOut: String(call.bytesOut + 240),
    upstream: call.backend === undefined ? '-' : `http://10.0.3.${7 + call.node}:8080`,
    requestId: uuidAt(call.time, call.requestId),
  });
}

export const apache: Dialect = { vocabulary: 'apache', share: 0.03, call: (call) => [access(call)] };
