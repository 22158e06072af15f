/** Sample calls as NGINX writes them with `escape=json` and the recommended keys (see `examples/nginx/`). */
import type { Call } from '../call.ts';
import type { Dialect } from '../dialect.ts';

const seconds = (milliseconds: number): string => (milliseconds / 1000).toFixed(3);

export function nginxLine(call: Call): string {
  const reached = call.backend !== undefined;
  const path = call.uri.split('?')[0] as string;
  return (
    `{"time_iso8601":"${new Date(call.time).toISOString().slice(0, 19)}+00:00","msec":"${seconds(call.time)}","remote_addr":"${call.consumer.ip}",` +
    `"remote_user":"${call.consumer.person ? call.consumer.name : ''}","request_method":"${call.method}","scheme":"https","host":"${call.route.host}",` +
    `"uri":"${path}","request_uri":"${call.uri}","args":"${call.uri.slice(path.length + 1)}","server_protocol":"HTTP/2.0","status":"${call.status}",` +
    `"request_length":"${call.bytesIn + 310}","bytes_sent":"${call.bytesOut + 220}","body_bytes_sent":"${call.bytesOut}","request_time":"${seconds(call.duration)}",` +
    `"upstream_addr":"${reached ? '10.0.3.7:8080' : ''}","upstream_status":"${reached ? call.status : ''}","upstream_response_time":"${reached ? seconds(call.backend ?? 0) : ''}",` +
    `"http_referer":"","http_user_agent":"${call.consumer.agent}","http_x_forwarded_for":"","request_id":"${call.requestId}${call.requestId}"}`
  );
}

export const nginx: Dialect = { vocabulary: 'nginx', share: 0.14, call: (call) => [nginxLine(call)] };
