import { describe, expect, it } from 'vitest';
import { eventOf, gatewayEvents } from '../../../test/otoroshi-records.ts';

describe('a GatewayEvent', () => {
  const [routed, refused, ofPerson, ofKey, ofWorker] = gatewayEvents;

  it('fills the columns, with milliseconds as microseconds', () => {
    expect(eventOf(ofKey)).toMatchObject({
      time: 1_795_266_221_010_000,
      severity: 'info',
      outcome: 'success',
      node: 'otoroshi-leader-1',
      env: 'prod',
      zone: 'zone-a',
      service: 'orders',
      serviceId: 'route_orders',
      route: 'orders',
      product: 'shop',
      consumer: 'Key ak_mobile',
      consumerId: 'ak_mobile',
      consumerGroups: ['gold'],
      identityType: 'APIKEY',
      user: undefined,
      clientIp: '127.0.0.1',
      method: 'GET',
      scheme: 'http',
      host: 'orders.lab.test',
      path: '/a',
      status: 200,
      protocol: 'HTTP/1.1',
      granted: true,
      denialReason: undefined,
      duration: 77_000,
      upstreamDuration: 3_000,
      overhead: 62_000,
      bytesIn: 0,
      bytesOut: 45,
      attempts: 1,
      requestId: '2124126601980412151',
    });
  });

  it('names the gateway by its cluster, but not by a name drawn at each start', () => {
    expect(eventOf(ofWorker).gateway).toBe('worker-pool-1');
    expect(eventOf(ofKey).gateway).toBe('otoroshi-leader-1');
    expect(eventOf(routed).gateway).toBe('otoroshi');
  });

  it('takes the user agent from the headers, and nothing from the pseudo-headers behind them', () => {
    expect(eventOf(ofWorker).userAgent).toBe('curl/7.88.1');
    expect(eventOf(routed).userAgent).toBeUndefined();
    expect(JSON.stringify({ ...eventOf(routed), raw: '' })).not.toMatch(/function1|SSL_NULL/);
  });

  it('falls back on the peer among the pseudo-headers for the address', () => {
    expect(eventOf({ ...routed, from: '' }).clientIp).toBe('127.0.0.1');
  });

  it('takes the trace from a traceparent header', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    expect(eventOf({ ...routed, headers: [{ key: 'TraceParent', value: traceparent }] })).toMatchObject({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    });
  });

  it('knows a person by e-mail and name', () => {
    expect(eventOf(ofPerson)).toMatchObject({
      consumer: 'Jane',
      consumerId: 'jane@lab.test',
      user: 'jane@lab.test',
      identityType: 'PRIVATEAPP',
    });
  });

  it('keeps quotas only where a key was used: without one they are defaults', () => {
    expect(eventOf(ofKey).attributes).toMatchObject({ 'remainingQuotas.remainingCallsPerDay': '9999999' });
    expect(Object.keys(eventOf(routed).attributes ?? {}).join()).not.toContain('Quotas');
  });

  it('reads -1 as absent, also in attributes', () => {
    expect(eventOf({ ...routed, responseStreamingDuration: -1 }).attributes).not.toHaveProperty(
      'responseStreamingDuration',
    );
    expect(eventOf(refused).upstreamDuration).toBeUndefined();
  });

  it('is denied when it was refused before the backend', () => {
    expect(eventOf(refused)).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      denialReason: 'other',
      nativeDenialReason: 'no route found !',
      errorOrigin: 'gateway',
      error: 'no route found !',
      service: undefined,
      serviceId: undefined,
      product: undefined,
      status: 404,
      duration: 0,
      attempts: 0,
      host: 'nowhere.lab.test',
      path: '/x',
    });
  });

  it('is a failure of the backend when the backend answered so, although err is false', () => {
    expect(eventOf({ ...routed, status: 500 })).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'upstream',
    });
    expect(eventOf({ ...routed, status: 403 })).toMatchObject({ outcome: 'clientError', granted: true });
  });

  it('is taken as far as it goes when a projection has reshaped it', () => {
    expect(
      eventOf({ '@type': 'GatewayEvent', '@timestamp': 1_795_266_221_010, status: '200', to: 'x' }),
    ).toMatchObject({
      time: 1_795_266_221_010_000,
      status: 200,
      outcome: 'success',
      host: undefined,
    });
  });
});
