/** Sample calls as OpenTelemetry log records in OTLP's JSON, and what the services behind them log. */
import { type Call, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt } from '../ids.ts';
import type { Random } from '../random.ts';
import { type Route, routes } from '../world.ts';

const attribute = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
});

const shared = (time: number, route: Route, node: number) => ({
  timeUnixNano: `${time}000000`,
  observedTimeUnixNano: `${time + 2}000000`,
  resource: {
    attributes: [
      attribute('service.name', route.service),
      attribute('host.name', `edge-${node + 1}`),
      attribute('deployment.environment.name', 'prod'),
    ],
  },
});

function http(call: Call): string {
  const { route, consumer } = call;
  const status = statusOf(call);
  const [path = '', query] = call.uri.split('?');
  return JSON.stringify({
    ...shared(call.time, route, call.node),
    severityNumber: status >= 500 ? 17 : 9,
    severityText: status >= 500 ? 'ERROR' : 'INFO',
    body: { stringValue: `${call.method} ${path} ${status}` },
    attributes: [
      attribute('http.request.method', call.method),
      attribute('url.path', path),
      ...(query === undefined ? [] : [attribute('url.query', query)]),
      attribute('url.scheme', 'https'),
      attribute('http.route', route.path),
      attribute('http.response.status_code', status),
      attribute('http.response.body.size', call.bytesOut),
      attribute('server.address', route.host),
      attribute('client.address', consumer.ip),
      attribute('user_agent.original', consumer.agent),
      attribute('network.protocol.version', '2'),
      { key: 'http.server.request.duration', value: { doubleValue: call.duration / 1000 } },
    ],
    traceId: uuidAt(call.time, call.requestId).replaceAll('-', ''),
    spanId: call.requestId,
    flags: 1,
  });
}

const said: readonly (readonly [severity: number, text: string, name: string, body: string])[] = [
  [13, 'WARN', 'pool.exhausted', 'no free connection to the database for 2 s'],
  [9, 'INFO', 'cache.warmed', 'the catalogue was read into the cache'],
  [17, 'ERROR', 'queue.rejected', 'the queue of invoices takes nothing more'],
];

function log(random: Random, time: number): string {
  const [severityNumber, severityText, eventName, body] = random.pick(said);
  return JSON.stringify({
    ...shared(time, random.pick(routes), random.below(3)),
    severityNumber,
    severityText,
    eventName,
    body: { stringValue: body },
    attributes: [],
  });
}

export const otel: Dialect = {
  vocabulary: 'otel',
  share: 0.04,
  call: (call) => [http(call)],
  around: (random, time) => [log(random, time)],
};
