import { describe, expect, it } from 'vitest';
import { read, recordsOf } from '../reading.fixture.ts';
import { plainValue } from './attributes.ts';
import { otel } from './otel.ts';

const records = recordsOf('otel/records.ndjson');
const [stable, old, lonely, several] = records.map((record) => read(otel, record));
const typeOf = (index: number) => otel.recognise(records[index] ?? {})?.name;

describe('an OpenTelemetry log record of an HTTP request', () => {
  it('fills the columns from the stable names', () => {
    expect(typeOf(0)).toBe('http');
    expect(stable).toMatchObject({
      time: 1_795_265_388_254_118,
      severity: 'info',
      outcome: 'success',
      service: 'orders',
      node: 'edge-1',
      env: 'prod',
      route: '/v1/orders',
      clientIp: '203.0.113.24',
      userAgent: 'acme-mobile/4.2',
      method: 'GET',
      scheme: 'https',
      host: 'orders.acme.test',
      path: '/v1/orders?page=2',
      status: 200,
      protocol: 'HTTP/2',
      message: 'GET /v1/orders 200',
      duration: 131_402,
      bytesOut: 1862,
      requestId: '1f6fbd0e',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
    });
  });

  it('keeps the attributes that fill no column, of the resource too', () => {
    expect(stable?.attributes).toEqual({ 'shop.region': 'eu', 'telemetry.sdk.name': 'opentelemetry' });
  });

  it('fills them from the names before, in a document of the Elasticsearch exporter', () => {
    expect(typeOf(1)).toBe('http');
    expect(old).toMatchObject({
      time: 1_795_265_389_254_118,
      severity: 'error',
      outcome: 'failure',
      service: 'orders',
      serviceId: 'orders-7',
      method: 'POST',
      scheme: 'https',
      host: 'orders.acme.test',
      path: '/v1/orders?x=1',
      status: 504,
      protocol: 'HTTP/1.1',
      clientIp: '203.0.113.24',
      message: 'upstream timed out',
    });
  });
});

describe('any other OpenTelemetry log record', () => {
  it('takes the time when it was noticed where it does not say when it happened', () => {
    expect(typeOf(2)).toBe('log');
    expect(lonely).toMatchObject({
      time: 1_795_265_390_254_118,
      severity: 'warning',
      outcome: 'unknown',
      action: 'pool.exhausted',
      message: 'no free connection',
      service: 'orders',
      attributes: { 'shop.pool': 'main', 'otel.scope.name': 'app', 'otel.scope.version': '1.4.0' },
      traceId: undefined,
    });
  });
});

describe('an event of Otoroshi that comes by OTLP', () => {
  it('has the time when it was noticed, the severity and the name of the exporter, and is text', () => {
    const event = read(otel, {
      observedTimeUnixNano: '1795265390254118402',
      severityNumber: 17,
      severityText: 'ERROR',
      body: { stringValue: '{"@type":"GatewayEvent","@id":"1541238890123456789"}' },
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'to-collector' } }] },
    });
    expect(event).toMatchObject({
      time: 1_795_265_390_254_118,
      severity: 'error',
      service: 'to-collector',
      message: '{"@type":"GatewayEvent","@id":"1541238890123456789"}',
    });
  });
});

describe('an export that comes whole', () => {
  it('is one event, which says how many it holds', () => {
    expect(typeOf(3)).toBe('export');
    expect(several).toMatchObject({
      time: 1_795_265_391_254_118,
      message: 'an export of 2 log records',
      outcome: 'unknown',
    });
  });
});

describe('a typed value', () => {
  it('is what stands in it, of a list the first, of anything else nothing', () => {
    expect(plainValue({ boolValue: false })).toBe(false);
    expect(plainValue({ arrayValue: { values: [{ intValue: '7' }, { intValue: '8' }] } })).toBe('7');
    expect(plainValue(['a', 'b'])).toBe('a');
    expect(plainValue({ kvlistValue: { values: [] } })).toBeUndefined();
    expect(plainValue(null)).toBeUndefined();
  });
});
