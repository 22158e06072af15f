import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import { apache } from './apache.ts';
import { caddy } from './caddy.ts';
import { envoy } from './envoy/envoy.ts';
import { haproxy } from './haproxy/haproxy.ts';
import { nginx } from './nginx.ts';
import { otel } from './otel/otel.ts';
import { traefik } from './traefik/traefik.ts';

const gateways = [traefik, caddy, haproxy, envoy, apache, nginx, otel];
const exampleOf = ({ types }: (typeof gateways)[number]) => types[0]?.example as GatewayRecord;
const pairs = gateways.flatMap((one) =>
  gateways.filter((other) => other !== one).map((other) => ({ one, other })),
);
const claims = (record: GatewayRecord) =>
  gateways.filter((gateway) => gateway.recognise(record) !== undefined).map(({ name }) => name);

describe('the marks of the access logs', () => {
  it.each(pairs)(
    'leave a record with the names of $one.name and $other.name to one of them',
    ({ one, other }) => {
      expect(claims({ ...exampleOf(one), ...exampleOf(other) })).toHaveLength(1);
    },
  );

  it.each(gateways)('are not enough of $name’s when a record says that it is Otoroshi’s', (gateway) => {
    expect(claims({ ...exampleOf(gateway), '@type': 'GatewayEvent' })).toEqual([]);
  });

  it('need more than names that anybody may use', () => {
    for (const record of [
      { status: 200, method: 'GET', path: '/', duration: 7 },
      { remote_addr: '203.0.113.24', status: 200 },
      { logger: 'http.log.access', msg: 'handled request' },
      { termination_state: 'done', attempts: 2 },
      { start_time: '2026-11-21T12:49:48Z', route_name: 'orders', duration: 7 },
      { remoteIP: '203.0.113.24', name: 'ana' },
      { '@timestamp': '2026-11-21T12:49:48Z', resource: 'orders', attributes: {} },
    ])
      expect(claims(record)).toEqual([]);
  });
});
