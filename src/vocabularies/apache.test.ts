import { describe, expect, it } from 'vitest';
import { apache } from './apache.ts';
import { linesOf, read, readLine, recordsOf } from './reading.fixture.ts';

const lines = linesOf('apache/lines.log');
const [hosted, scanned, failed, odd, refused] = lines.map((line) => readLine(apache, line));
const [combined = '', common = ''] = linesOf('nginx/lines.log');

describe('an Apache line', () => {
  it('fills the columns from vhost_combined', () => {
    expect(hosted).toMatchObject({
      time: 1_795_265_388_000_000,
      outcome: 'success',
      service: 'orders.acme.test',
      host: 'orders.acme.test',
      user: 'ana',
      clientIp: '203.0.113.24',
      method: 'GET',
      path: '/v1/orders?page=2',
      status: 200,
      bytesOut: 2231,
      userAgent: 'acme-mobile/4.2',
      attributes: { referer: 'https://shop.acme.test/' },
    });
  });

  it('reads named pairs behind it, and whatever bytes a scanner sent', () => {
    expect(scanned).toMatchObject({
      clientIp: '2001:db8::7',
      path: '\x16\x03\x01',
      outcome: 'clientError',
      duration: 118,
      bytesIn: 12,
      bytesOut: 226,
      requestId: 'aSBd7H8AAQEAAAfZ1xQAAAAA',
    });
    expect(failed).toMatchObject({ errorOrigin: 'upstream', granted: true, bytesOut: 640 });
  });

  it('has the time of the pairs, which is finer, and the escapes undone', () => {
    expect(odd).toMatchObject({
      time: 1_795_285_467_326_990,
      path: '/a"b',
      userAgent: 'say "hi" \\ ä',
      duration: 1405,
      granted: true,
    });
  });

  it('knows a refusal by the backend that was not asked', () => {
    expect(refused).toMatchObject({ outcome: 'denied', granted: false, errorOrigin: 'gateway' });
  });

  it('is only Apache’s in the combined and common forms when its sender says so', () => {
    expect(apache.parseLine?.(combined)).toBeUndefined();
    expect(apache.parseLine?.(common)).toBeUndefined();
    expect(readLine(apache, combined, true)).toMatchObject({ user: 'ana', bytesOut: 1862 });
    expect(readLine(apache, common, true)).toMatchObject({ status: 201, bytesOut: undefined });
  });

  it('leaves the lines of others alone, named or not', () => {
    for (const line of [...linesOf('traefik/lines.log'), ...linesOf('haproxy/lines.log')])
      expect([apache.parseLine?.(line, false), apache.parseLine?.(line, true)]).toEqual([
        undefined,
        undefined,
      ]);
  });
});

describe('an Apache access log in JSON', () => {
  const [plain, denied] = recordsOf('apache/access.ndjson').map((record) => read(apache, record));

  it('puts path and query together', () => {
    expect(plain).toMatchObject({ time: 1_795_265_388_254_000, path: '/v1/orders?page=2', method: 'GET' });
  });

  it('takes a request line for what it is, and cannot tell who refused', () => {
    expect(denied).toMatchObject({
      time: 1_795_265_389_000_000,
      method: 'GET',
      path: '/server-status',
      protocol: 'HTTP/1.1',
      outcome: 'denied',
      duration: 812,
    });
  });
});
