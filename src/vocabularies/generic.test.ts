import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import { gatescope } from './gatescope.ts';
import { generic } from './generic.ts';

const read = (record: GatewayRecord) => generic.recognise(record)?.normalise(record);

describe('a record that nobody claims', () => {
  it('fills columns by their own names', () => {
    expect(
      read({
        time: '2026-11-21T12:49:48Z',
        service: 'orders',
        status: '503',
        consumerGroups: ['a'],
        granted: true,
      }),
    ).toMatchObject({
      time: 1_795_265_388_000_000,
      service: 'orders',
      status: 503,
      consumerGroups: ['a'],
      granted: true,
      outcome: 'failure',
      severity: 'error',
    });
  });

  it('takes its time from whatever it is called, and goes without', () => {
    for (const name of ['time', 'timestamp', '@timestamp', 'ts'])
      expect(read({ [name]: 1_795_265_388 })?.time).toBe(1_795_265_388_000_000);
    expect(read({ ts: 'soon', timestamp: 1_795_265_388_254 })?.time).toBe(1_795_265_388_254_000);
    expect(read({})?.time).toBeUndefined();
  });

  it('reads the level and the sentence of a logger', () => {
    expect(read({ level: 'WARN', msg: 'slow' })).toMatchObject({ severity: 'warning', message: 'slow' });
  });

  it('knows the names that others give the same things', () => {
    expect(
      read({
        '@timestamp': '2026-11-21T12:49:48Z',
        lvl: 'err',
        http_status: 503,
        request_method: 'GET',
        url: 'https://orders.acme.test/v1/orders?page=2',
        client_ip: '203.0.113.24',
        user_agent: 'curl/8.11.1',
        trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
        bytes_sent: '1862',
      }),
    ).toMatchObject({
      severity: 'error',
      outcome: 'failure',
      status: 503,
      method: 'GET',
      scheme: 'https',
      host: 'orders.acme.test',
      path: '/v1/orders?page=2',
      clientIp: '203.0.113.24',
      userAgent: 'curl/8.11.1',
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      bytesOut: 1862,
    });
  });

  it.each([
    ['duration', 131_000],
    ['duration_us', 131_000],
    ['duration_ns', 131],
    ['latency_ms', 131_000_000],
    ['durationMs', 131_000_000],
    ['elapsed_s', 131_000_000_000],
  ])('takes %s in the unit of its name', (name, micros) => {
    expect(read({ [name]: 131_000 })?.duration).toBe(micros);
  });

  it('goes by a column’s own name first, wherever it stands, and keeps the other', () => {
    expect(read({ status_code: 500, status: 200, uri: '/b', path: '/a' })).toMatchObject({
      status: 200,
      path: '/a',
      attributes: { status_code: '500', uri: '/b' },
    });
  });

  it('keeps no second address as an attribute, which nothing would mask', () => {
    expect(read({ clientIp: '203.0.113.24', remote_addr: '10.0.0.1' })?.attributes).toEqual({});
  });

  it('keeps as an attribute what does not fit its column', () => {
    expect(read({ status: 'fine', granted: 'perhaps' })).toMatchObject({
      attributes: { status: 'fine', granted: 'perhaps' },
    });
    expect(read({ status: 'fine' })).not.toHaveProperty('status');
  });

  it('cannot name itself into columns that are not the sender’s', () => {
    const event = read({
      tenant: 'other',
      id: 'x',
      weight: 9,
      vocabulary: 'otoroshi',
      family: 'audit',
      raw: 'y',
    });
    for (const name of ['tenant', 'id', 'weight', 'vocabulary', 'family', 'raw'])
      expect(event).not.toHaveProperty(name);
  });

  it('refuses words that are no outcome, severity or denial reason', () => {
    expect(read({ outcome: 'great', severity: 'huge', denialReason: 'mood' })).toMatchObject({
      outcome: 'unknown',
      severity: 'info',
      denialReason: undefined,
    });
  });
});

describe('an audit record of our own', () => {
  it('is told by its type and has an identity of its own', () => {
    const type = gatescope.recognise({ type: 'AuditRecord', id: 'a1', action: 'token.created' });
    expect(type).toMatchObject({
      name: 'AuditRecord',
      family: 'audit',
      identity: { by: 'native', paths: ['id'] },
    });
  });
});
