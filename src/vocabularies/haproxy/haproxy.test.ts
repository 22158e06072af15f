import { describe, expect, it } from 'vitest';
import { linesOf, read, readLine, recordsOf } from '../reading.fixture.ts';
import { haproxy } from './haproxy.ts';

const lines = linesOf('haproxy/lines.log');
const [plain, denied, unreachable, unreadable, aborted, tcp, limited, odd] = lines.map((line) =>
  readLine(haproxy, line),
);

describe('an HAProxy line', () => {
  it('fills the columns', () => {
    expect(plain).toMatchObject({
      time: 1_795_265_388_254_000,
      outcome: 'success',
      service: 'orders',
      route: 'public',
      clientIp: '203.0.113.24',
      method: 'GET',
      scheme: 'https',
      path: '/v1/orders?page=2',
      protocol: 'HTTP/1.1',
      status: 200,
      granted: true,
      duration: 131_000,
      upstreamDuration: 118_000,
      overhead: 3000,
      bytesOut: 2231,
      attempts: 2,
      attributes: {
        server_name: 'orders-2',
        termination_state: '----',
        captured_request_headers: 'orders.acme.test|acme-mobile/4.2',
      },
    });
  });

  it('knows a refusal by its termination state, behind any syslog header', () => {
    expect(denied).toMatchObject({
      outcome: 'denied',
      denialReason: 'policyViolation',
      nativeDenialReason: 'PR--',
      errorOrigin: 'gateway',
      clientIp: '203.0.113.77',
      attempts: 0,
      upstreamDuration: undefined,
    });
  });

  it('blames the server that could not be reached', () => {
    expect(unreachable).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'upstream',
      granted: true,
      attempts: 4,
      duration: 3_004_000,
    });
  });

  it('does not take a request that it could not read for a refused one', () => {
    expect(unreadable).toMatchObject({
      outcome: 'clientError',
      errorOrigin: 'client',
      method: undefined,
      path: undefined,
    });
  });

  it('keeps the status of an answer that the caller broke off, and says who did', () => {
    expect(aborted).toMatchObject({
      outcome: 'success',
      errorOrigin: 'client',
      clientIp: '2001:db8::7',
      path: '/v1/export',
    });
  });

  it('takes what HAProxy answers itself with 429 for a refusal', () => {
    expect(limited).toMatchObject({ outcome: 'denied', denialReason: 'rateOrQuotaExceeded', granted: false });
  });

  it('undoes the escapes of bytes', () => {
    expect(odd).toMatchObject({
      path: '/a"b',
      attributes: { captured_request_headers: 'orders.acme.test|say "hi" \\ ä' },
    });
  });

  it('names no backend for a request that got to none', () => {
    expect([unreadable?.service, unreadable?.route, denied?.service]).toEqual([
      undefined,
      'public',
      'orders',
    ]);
  });

  it('reads a TCP connection, which is no request', () => {
    const record = haproxy.parseLine?.(lines[5] ?? '') ?? {};
    expect(haproxy.recognise(record)).toMatchObject({ name: 'tcp', family: 'network' });
    expect(tcp).toMatchObject({ outcome: 'success', duration: 5_007_000, upstreamDuration: 1000 });
    expect(readLine(haproxy, (lines[5] ?? '').replace(' -- ', ' SC '))).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'upstream',
    });
  });

  it('reads a line that was cut within its request, and numbers that were still growing', () => {
    const [line = ''] = lines;
    const cut = line.slice(0, line.lastIndexOf('?')).replace('/131 200 2231', '/+131 200 +2231');
    expect(readLine(haproxy, cut)).toMatchObject({ path: '/v1/orders', duration: 131_000, bytesOut: 2231 });
  });

  it.each([
    '',
    'Connect from 10.0.1.2:33312 to 10.0.3.31:8012 (www/HTTP)',
    'a [21/Nov/2026:12:49:48.254] b c/d x',
  ])('does not take "%s" for one', (line) => {
    expect(haproxy.parseLine?.(line)).toBeUndefined();
  });
});

describe('an HAProxy log in JSON', () => {
  const [own, common] = recordsOf('haproxy/access.ndjson').map((record) => read(haproxy, record));

  it('fills the columns from the names of the manual', () => {
    expect(own).toMatchObject({
      time: 1_795_265_388_254_000,
      node: 'edge-1',
      route: 'public',
      scheme: 'https',
      method: 'GET',
      path: '/v1/orders?page=2',
      protocol: 'HTTP/2.0',
      bytesIn: 412,
      bytesOut: 2231,
      requestId: 'CB007118:C8DE',
      duration: 131_000,
    });
  });

  it('fills them from other names in use, among them NGINX’s', () => {
    expect(common).toMatchObject({
      outcome: 'denied',
      nativeDenialReason: 'PR',
      clientIp: '203.0.113.77',
      method: 'GET',
      path: '/admin',
      status: 403,
      duration: 0,
    });
  });
});
