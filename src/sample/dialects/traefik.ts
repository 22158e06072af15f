/** Sample calls as Traefik writes them in JSON, with the headers that `examples/traefik/` keeps. */
import { type Call, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt } from '../ids.ts';

const nanos = (milliseconds: number): number => milliseconds * 1_000_000;

function access(call: Call): string {
  const { route, consumer, backend, node } = call;
  const began = new Date(call.time - call.duration).toISOString();
  const port = 40_000 + (call.sequence % 20_000);
  const address = `10.0.3.${7 + node}:8080`;
  return JSON.stringify({
    ClientAddr: `${consumer.ip}:${port}`,
    ClientHost: consumer.ip,
    ClientPort: String(port),
    ClientUsername: consumer.person && call.refusal === undefined ? consumer.name : '-',
    DownstreamContentSize: call.bytesOut,
    DownstreamStatus: statusOf(call),
    Duration: nanos(call.duration),
    Overhead: nanos(call.overhead),
    ...(backend === undefined
      ? {}
      : {
          OriginDuration: nanos(backend),
          OriginStatus: call.status,
          OriginContentSize: call.bytesOut,
          ServiceAddr: address,
          ServiceURL: `http://${address}`,
        }),
    RequestAddr: route.host,
    RequestContentSize: call.bytesIn,
    RequestCount: call.sequence,
    RequestHost: route.host,
    RequestMethod: call.method,
    RequestPath: call.uri,
    RequestProtocol: 'HTTP/2.0',
    RequestScheme: 'https',
    RetryAttempts: 0,
    RouterName: `${route.service}@kubernetes`,
    ServiceName: route.service,
    StartUTC: began,
    TLSCipher: 'TLS_AES_128_GCM_SHA256',
    TLSVersion: '1.3',
    entryPointName: 'websecure',
    level: 'info',
    msg: '',
    'request_User-Agent': consumer.agent,
    'request_X-Request-Id': uuidAt(call.time, call.requestId),
    time: new Date(call.time).toISOString(),
  });
}

export const traefik: Dialect = { vocabulary: 'traefik', share: 0.05, call: (call) => [access(call)] };
