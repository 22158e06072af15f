import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import { nginx } from './nginx.ts';

const example = nginx.types[0]?.example as GatewayRecord;
const read = (record: GatewayRecord) => {
  const type = nginx.recognise(record);
  if (type === undefined) throw new Error('not recognised');
  return type.normalise(record);
};
const readLine = (line: string) => read(nginx.parseLine?.(line) as GatewayRecord);

describe('an NGINX access log in JSON', () => {
  it('fills the columns, with seconds as microseconds', () => {
    expect(read(example)).toMatchObject({
      time: 1_795_265_388_254_000,
      outcome: 'success',
      service: 'orders.acme.test',
      clientIp: '203.0.113.24',
      method: 'GET',
      path: '/v1/orders?page=2',
      status: 200,
      granted: true,
      duration: 131_000,
      upstreamDuration: 120_000,
      overhead: 11_000,
      bytesIn: 412,
      bytesOut: 2231,
      attempts: 2,
      requestId: '1f6fbd0e7c6b4d5e9a3c2b1a09f8e7d6',
    });
  });

  it('adds up the members of upstream lists, over groups and missing members', () => {
    const record = {
      ...example,
      upstream_addr: '127.0.0.1:9, 127.0.0.1:7777 : 10.0.0.1:80',
      upstream_response_time: '0.000, 0.010 : -',
    };
    expect(read(record)).toMatchObject({ upstreamDuration: 10_000, attempts: 3 });
  });

  it('knows a refusal of its own from an answer of the upstream', () => {
    const alone = { ...example, upstream_addr: '', upstream_status: '', upstream_response_time: '' };
    expect(read({ ...alone, status: '403' })).toMatchObject({
      outcome: 'denied',
      granted: false,
      attempts: 0,
    });
    expect(read({ ...alone, status: '429' }).denialReason).toBe('rateOrQuotaExceeded');
    expect(read({ ...alone, status: '503' })).toMatchObject({ outcome: 'failure', errorOrigin: 'gateway' });
    expect(read({ ...example, status: '403' })).toMatchObject({ outcome: 'clientError', granted: true });
    expect(read({ ...example, status: '502' })).toMatchObject({
      outcome: 'failure',
      errorOrigin: 'upstream',
    });
  });

  it('takes any set of keys with enough of its own names, and nothing else', () => {
    const { remote_addr, request_uri, status, time_iso8601, body_bytes_sent } = example;
    expect(
      nginx.recognise({ remote_addr, request_uri, status, time_iso8601, body_bytes_sent }),
    ).toBeDefined();
    expect(nginx.recognise({ remote_addr, status })).toBeUndefined();
    expect(nginx.recognise({ ...example, '@type': 'GatewayEvent' })).toBeUndefined();
  });

  it('goes without a duration, an upstream or a time it does not have', () => {
    const record = { ...example, request_time: '-', upstream_response_time: '-', msec: '', time_iso8601: 7 };
    expect(read(record)).toMatchObject({ time: 7_000_000, duration: undefined, overhead: undefined });
  });
});

describe('a combined access log line', () => {
  const line =
    '203.0.113.24 - ana [21/Nov/2026:12:49:48 +0000] "GET /v1/orders?page=2 HTTP/1.1" 200 1862 "-" "curl/7.88.1"';

  it('fills the columns', () => {
    expect(readLine(line)).toMatchObject({
      time: 1_795_265_388_000_000,
      clientIp: '203.0.113.24',
      user: 'ana',
      consumer: 'ana',
      method: 'GET',
      path: '/v1/orders?page=2',
      protocol: 'HTTP/1.1',
      status: 200,
      bytesOut: 1862,
      userAgent: 'curl/7.88.1',
      outcome: 'success',
    });
  });

  it('cannot tell who answered, so 401, 403 and 429 are denials', () => {
    expect(readLine(line.replace(' 200 ', ' 403 ')).outcome).toBe('denied');
  });

  it('undoes escapes of bytes, which together are UTF-8', () => {
    const escaped = line.replace('curl/7.88.1', 'x\\x22y\\x5Cz \\xC3\\xA9');
    expect(readLine(escaped).userAgent).toBe('x"y\\z é');
  });

  it('leaves the caller any name, with a time in it', () => {
    expect(readLine(line.replace('ana', 'ana [21/Nov/2026:00:00:00 +0000] b'))).toMatchObject({
      user: 'ana [21/Nov/2026:00:00:00 +0000] b',
      time: 1_795_265_388_000_000,
    });
  });

  it('takes the common form, and more behind the combined one', () => {
    expect(readLine(line.replace(/ "-" .*/, ''))).toMatchObject({ status: 200, bytesOut: 1862 });
    expect(readLine(`${line} "198.51.100.7" 0.131`).attributes).toMatchObject({
      http_x_forwarded_for: '198.51.100.7',
    });
  });

  it('keeps what a scanner sent as a path', () => {
    const scan = line.replace('GET /v1/orders?page=2 HTTP/1.1', '\\x16\\x03\\x01').replace(' 200 ', ' 400 ');
    expect(readLine(scan)).toMatchObject({ method: undefined, path: '\x16\x03\x01', outcome: 'clientError' });
    expect(readLine(line.replace('GET /v1/orders?page=2 HTTP/1.1', '')).path).toBeUndefined();
  });

  it.each(['', 'hello', '{"a":1}', '203.0.113.24 - - [now] "GET / HTTP/1.1" 200 1'])(
    'does not take "%s" for one',
    (other) => {
      expect(nginx.parseLine?.(other)).toBeUndefined();
    },
  );
});
