import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../../core/spec.ts';
import { fixture, readerOf } from '../records.fixture.ts';
import { access } from './access.ts';
import { kong } from './kong.ts';

const read = readerOf(kong);
const [
  forwarded,
  withoutKey,
  outsideGroups,
  outsideNetwork,
  limited,
  unrouted,
  outsideHours,
  dead,
  refusedBehind,
  maintenance,
  fromCache,
  hungUp,
  ofKong2,
  ofKong1,
  asked,
  limitedWith503,
] = fixture('kong', 'access');

describe('recognising Kong', () => {
  it('tells requests from connections', () => {
    expect(kong.recognise({ started_at: 1, request: { uri: '/' } })?.name).toBe('access');
    expect(kong.recognise({ started_at: 1, session: { received: 0 } })?.name).toBe('stream');
  });

  it('leaves similar records to others', () => {
    expect(
      kong.recognise({ start_time: 1, request: { uri: '/' }, latency: 3, client_ip: '::1' }),
    ).toBeUndefined();
    expect(kong.recognise({ started_at: 1, session: {} })).toBeUndefined();
    expect(kong.recognise({ started_at: 1, request: { path: '/' } })).toBeUndefined();
  });
});

describe('a request through Kong', () => {
  it('fills the columns, with milliseconds as microseconds', () => {
    expect(read(access.example)).toMatchObject({
      time: 1_795_265_388_123_000,
      severity: 'info',
      outcome: 'success',
      service: 'orders',
      serviceId: 'fb4e0d5c-3f64-4b6c-9a59-0d5e7f9f2a31',
      route: 'orders-v1',
      consumer: 'mobile-app',
      consumerId: '8d1f4b62-6a0c-4f77-9a3c-2f5b1c7d9e04',
      consumerGroups: ['api-readers', 'mobile-apps'],
      clientIp: '203.0.113.24',
      userAgent: 'acme-mobile/4.2',
      method: 'GET',
      scheme: 'https',
      host: 'orders.acme.test',
      path: '/v1/orders?page=2',
      status: 200,
      granted: true,
      errorOrigin: undefined,
      duration: 131_000,
      upstreamDuration: 118_000,
      overhead: 3_000,
      bytesIn: 412,
      bytesOut: 2231,
      attempts: 2,
      requestId: '2f69d0c1a4b87e5f9c3d1b6a0e7f4852',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    });
  });

  it('keeps as attributes what has no column', () => {
    expect(read(access.example).attributes).toEqual({
      'authenticated_entity.id': '4c7a9b10-2e5d-4d0a-b7f1-93f5a1c2d8e7',
      'consumer.custom_id': 'app-42',
      'latencies.receive': '9',
      'request.tls.cipher': 'TLS_AES_256_GCM_SHA384',
      'request.tls.client_verify': 'NONE',
      'request.tls.version': 'TLSv1.3',
      'response.headers.ratelimit-limit': '100',
      'response.headers.ratelimit-remaining': '57',
      'response.headers.ratelimit-reset': '12',
      source: 'upstream',
      'tries.ip': '10.0.3.7, 10.0.3.8',
      upstream_status: '502, 200',
      upstream_uri: '/orders?page=2',
      workspace: 'f3811cd4-2b1a-4d0e-9f44-0f7f0b5f9f10',
      workspace_name: 'default',
    });
  });

  it('joins the groups of the consumer, given as names, as entities or in one text', () => {
    expect(read(forwarded).consumerGroups).toEqual(['gold', 'partners']);
    expect(read(outsideGroups).consumerGroups).toEqual(['silver', 'trial']);
    expect(read({ ...forwarded, consumer_groups: {} }).consumerGroups).toBeUndefined();
  });

  it('takes the first of a repeated header', () => {
    expect(read(forwarded).userAgent).toBe('curl/8.5.0');
  });

  it('is one event however often its batch is sent, by the id of the request', () => {
    expect(access.identity).toEqual({ by: 'native', paths: ['request.id'] });
  });

  it('reads the records of Kong 1 and 2, which lack much and write sizes as text', () => {
    expect(read(ofKong1)).toMatchObject({
      time: 1_795_265_388_538_250,
      outcome: 'success',
      granted: true,
      service: 'pets.internal',
      route: '9e2b4c61-7a8d-4e0f-9c3a-1b5d6f7e8a02',
      consumer: 'app-7',
      bytesIn: 139,
      bytesOut: 9982,
      duration: 44_000,
      requestId: undefined,
    });
    expect(read(ofKong2)).toMatchObject({ outcome: 'denied', duration: 2_500, upstreamDuration: undefined });
  });

  it('keeps what AI plugins add under the name of the plugin, but not what was said', () => {
    const { attributes } = read(asked);
    expect(attributes).toMatchObject({
      'ai.ai-proxy.meta.response_model': 'gpt-4o-2024-08-06',
      'ai.ai-proxy.usage.total_tokens': '52',
      'ai.ai-proxy.usage.cost': '0.0007',
    });
    expect(Object.keys(attributes ?? {}).filter((name) => name.includes('payload'))).toEqual([]);
  });

  it('is a failure of the upstream when no attempt succeeded, and of Kong when it made none', () => {
    expect(read(dead)).toMatchObject({ outcome: 'failure', errorOrigin: 'upstream', attempts: 2 });
    expect(read(maintenance)).toMatchObject({ outcome: 'failure', errorOrigin: 'gateway', attempts: 0 });
  });

  it('succeeds from the cache without the upstream', () => {
    expect(read(fromCache)).toMatchObject({ outcome: 'success', cached: true, granted: true, attempts: 0 });
  });

  it('is no refusal when the caller hung up', () => {
    expect(read(hungUp)).toMatchObject({ outcome: 'clientError', errorOrigin: 'client' });
    expect(read({ ...hungUp, tries: {} })).toMatchObject({ outcome: 'clientError', granted: undefined });
  });
});

describe('a request that Kong refused', () => {
  const cases: readonly (readonly [string, GatewayRecord | undefined, string])[] = [
    ['without a key', withoutKey, 'invalidCredentials'],
    ['outside the groups of the acl', outsideGroups, 'noAclGroups'],
    ['from another network', outsideNetwork, 'ipRestriction'],
    ['beyond its limit', limited, 'rateOrQuotaExceeded'],
    ['beyond a limit that answers 503', limitedWith503, 'rateOrQuotaExceeded'],
    ['without a route', unrouted, 'other'],
    ['outside its hours, as a custom field says', outsideHours, 'timeRestriction'],
    ['by Kong 2, which says less', ofKong2, 'invalidCredentials'],
  ];

  it.each(cases)('%s is denied, and why', (_, record, reason) => {
    expect(read(record)).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      errorOrigin: 'gateway',
      denialReason: reason,
      attempts: 0,
    });
  });

  it('keeps the words of a custom field as the native reason', () => {
    expect(read(outsideHours).nativeDenialReason).toBe('outside the time window of the plan');
    expect(read(limited).nativeDenialReason).toBeUndefined();
  });

  it('is told from one that the upstream refused', () => {
    expect(read(refusedBehind)).toMatchObject({
      outcome: 'clientError',
      granted: true,
      denialReason: undefined,
    });
  });

  it('shows what its headers say', () => {
    expect(read(withoutKey).attributes).toMatchObject({
      'response.headers.www-authenticate': 'Key realm="kong"',
    });
    expect(read(limited).attributes).toMatchObject({ 'response.headers.retry-after': '31' });
  });
});

describe('a connection through Kong', () => {
  const [carried, refused, failed] = fixture('kong', 'stream');

  it('fills the columns', () => {
    expect(read(carried)).toMatchObject({
      time: 1_795_265_388_000_000,
      outcome: 'success',
      service: 'db',
      route: 'db-route',
      clientIp: '198.51.100.23',
      duration: 2_123_000,
      overhead: 0,
      bytesIn: 99,
      bytesOut: 100,
      attempts: 1,
      granted: true,
    });
  });

  it('is denied with 403, and a failure of the upstream with 502', () => {
    expect(read(refused)).toMatchObject({
      outcome: 'denied',
      denialReason: 'ipRestriction',
      errorOrigin: 'gateway',
    });
    expect(read(failed)).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'upstream',
      attributes: { 'tries.ip': '10.0.4.12, 10.0.4.13', 'session.status': '502' },
    });
  });
});
