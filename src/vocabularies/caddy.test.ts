import { describe, expect, it } from 'vitest';
import { caddy } from './caddy.ts';
import { read, recordsOf } from './reading.fixture.ts';

const records = recordsOf('caddy/access.ndjson');
const [plain, denied, failed, error, vanished] = records.map((record) => read(caddy, record));

describe('a Caddy access log', () => {
  it('fills the columns, with seconds as microseconds', () => {
    expect(plain).toMatchObject({
      time: 1_795_265_388_254_118,
      outcome: 'success',
      service: 'orders.acme.test',
      user: 'ana',
      clientIp: '203.0.113.24',
      userAgent: 'acme-mobile/4.2',
      method: 'GET',
      scheme: 'https',
      path: '/v1/orders?page=2',
      status: 200,
      protocol: 'HTTP/2.0',
      duration: 131_402,
      upstreamDuration: 118_930,
      overhead: 12_472,
      bytesOut: 1862,
      requestId: '1f6fbd0e',
      attributes: { upstream_host: '10.0.3.8', 'request.tls.server_name': 'orders.acme.test' },
    });
  });

  it('knows that a backend answered by Via, where nothing else says so', () => {
    const { upstream_host: _, ...record } = records[0] ?? {};
    expect(read(caddy, record).granted).toBe(true);
    expect(read(caddy, { ...record, resp_headers: {} }).granted).toBeUndefined();
  });

  it('takes 401 without a backend for a refusal', () => {
    expect(denied).toMatchObject({
      outcome: 'denied',
      denialReason: 'invalidCredentials',
      scheme: 'http',
      user: undefined,
    });
  });

  it('blames the backend that was chosen', () => {
    expect(failed).toMatchObject({ outcome: 'failure', errorOrigin: 'upstream', clientIp: '203.0.113.24' });
  });

  it('has no status where the connection was closed before an answer', () => {
    expect(vanished).toMatchObject({ status: undefined, outcome: 'unknown' });
  });
});

describe('a Caddy error log', () => {
  it('says why, and is no request of its own', () => {
    expect(caddy.recognise(records[3] ?? {})).toMatchObject({ name: 'error', family: 'error' });
    expect(error).toMatchObject({
      severity: 'error',
      outcome: 'failure',
      errorOrigin: 'upstream',
      error: 'dial tcp 10.0.3.8:8080: connect: connection refused',
      status: 502,
      attributes: { err_id: '7x3kq9d1z' },
    });
  });
});
