import { describe, expect, it } from 'vitest';
import { fixture, readerOf } from '../records.fixture.ts';
import { transactional } from './transactional.ts';
import { webmethods } from './webmethods.ts';

const read = readerOf(webmethods);
const [listed, missed, anonymous, throttled, cached, renamed, broken, chat] = fixture(
  'webmethods',
  'transactional',
);

describe('a Transactional event', () => {
  it('fills the columns, with milliseconds as microseconds', () => {
    expect(read(transactional.example)).toMatchObject({
      time: 1_795_265_388_254_000,
      severity: 'error',
      outcome: 'failure',
      gateway: 'gw1.acme.test:5555',
      node: '10.0.75.1',
      env: 'Production',
      service: 'Orders',
      serviceId: 'b1f0c2de-1d3a-4f52-9f0e-6c1f2a7d9e11',
      apiVersion: '2.1',
      operation: '/orders/{orderId}',
      package: 'Shop',
      plan: 'Gold',
      consumer: 'Mobile shop',
      consumerId: '6f2b7c1a-0e4d-4a52-8f8d-2f9b6e0c1d33',
      application: 'Mobile shop',
      clientIp: '203.0.113.24',
      userAgent: 'acme-mobile/4.2',
      method: 'GET',
      host: 'gw1.acme.test:5555',
      status: 502,
      granted: true,
      errorOrigin: 'upstream',
      cached: false,
      duration: 1_401_000,
      upstreamDuration: 1_367_000,
      overhead: 34_000,
      bytesIn: 0,
      bytesOut: 2231,
      attempts: 1,
      requestId: 'APIGW:5c9d2c1e-77aa-4a4d-9d57-0c0f5f8a2b10:812',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    });
  });

  it('is one event whatever its other fields, by correlation and type', () => {
    expect(transactional.identity).toEqual({ by: 'native', paths: ['correlationID', 'eventType'] });
  });

  it('makes its calls to others searchable, and adds up how long they took', () => {
    expect(read(transactional.example).attributes).toMatchObject({
      'externalCalls.externalCallType': 'SERVICE_REGISTRY_CALL, NATIVE_SERVICE_CALL',
      'externalCalls.externalURL':
        'http://registry.internal:8761/apps/orders, https://orders.internal:8443/orders/4711',
      'externalCalls.callDuration': '1386',
      'externalCalls.responseCode': '200, 502',
    });
    expect(read(missed)).toMatchObject({
      attempts: 2,
      attributes: { 'externalCalls.responseCode': '503, 404' },
    });
  });

  it('takes the time of its native calls where it gives no providerTime', () => {
    expect(read({ ...missed, providerTime: null, gatewayTime: null })).toMatchObject({
      upstreamDuration: 48_000,
      overhead: 13_000,
    });
  });

  it('works out the overhead where the gateway does not say it', () => {
    expect(read(listed)).toMatchObject({ duration: 154_000, upstreamDuration: 142_000, overhead: 12_000 });
    expect(read(broken)).toMatchObject({ upstreamDuration: undefined, overhead: undefined });
  });

  it('parts the size of both bodies by what the headers and the method say', () => {
    expect(read(listed)).toMatchObject({ bytesIn: 0, bytesOut: 5120 });
    expect(read(missed)).toMatchObject({ bytesIn: 600, bytesOut: 100 });
    expect(read(renamed)).toMatchObject({ bytesIn: undefined, bytesOut: undefined });
    expect(read(renamed).attributes).toMatchObject({ totalDataSize: '96' });
  });

  it('knows no consumer where the gateway identified none', () => {
    expect(read(anonymous)).toMatchObject({
      consumer: undefined,
      consumerId: undefined,
      application: undefined,
      clientIp: '198.51.100.23',
    });
  });

  it('reads its fields under the names of other destinations', () => {
    expect(read(renamed)).toMatchObject({
      time: 1_795_265_391_254_000,
      consumer: 'Pet corner',
      consumerId: 'c3a1e7f2-9b4d-4c8e-a1f0-2d3e4f5a6b70',
      clientIp: '10.60.37.42',
      duration: 18_000,
      upstreamDuration: 11_000,
      attributes: { isCallbackRequest: 'true' },
    });
  });

  it('reads query parameters and the origin of errors in both spellings', () => {
    const { queryParameteres, ...rest } = listed ?? {};
    const asDocumented = read(listed);
    const asMeant = read({ ...rest, queryParameters: queryParameteres });
    expect(asDocumented.attributes?.queryParameters).toBe('status=available&page=2');
    expect(asMeant).toEqual(asDocumented);
    for (const errorOrigin of ['Nativeserivce', 'Nativeservice', 'NativeService'])
      expect(read({ ...missed, errorOrigin })).toMatchObject({
        errorOrigin: 'upstream',
        outcome: 'clientError',
      });
  });

  it('makes custom fields searchable under their own names', () => {
    expect(read(listed).attributes).toMatchObject({
      'customFields.costCentre': '42',
      'customFields.rush': 'true',
      'customFields.weight': '1.5',
    });
    expect(read(listed).attributes).not.toHaveProperty('customFields.nested');
  });

  it('is denied when it failed before the native service was called', () => {
    expect(read(anonymous)).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      granted: false,
      denialReason: 'invalidCredentials',
      nativeDenialReason: 'Identify and authorize policy',
      errorOrigin: 'gateway',
    });
  });

  it('is denied when a policy answered with 503, and failed when the gateway did', () => {
    expect(read(throttled)).toMatchObject({ outcome: 'denied', denialReason: 'rateOrQuotaExceeded' });
    expect(read(broken)).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'gateway',
      denialReason: undefined,
    });
  });

  it('succeeds from the cache without the native service', () => {
    expect(read(cached)).toMatchObject({ outcome: 'success', cached: true, granted: true });
  });

  it('goes by SUCCESS and FAILURE where there is no HTTP status, or one that hides a fault', () => {
    expect(read(chat)).toMatchObject({
      outcome: 'success',
      status: undefined,
      attributes: { messageType: 'text', origin: 'client' },
    });
    expect(read({ ...listed, status: 'FAILURE' }).outcome).toBe('failure');
  });
});
