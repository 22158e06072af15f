import { describe, expect, it } from 'vitest';
import { answered, headersOf, requestColumns } from './http.ts';

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('headers', () => {
  const expected = {
    host: 'orders.acme.test',
    userAgent: 'acme-mobile/4.2',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    peer: '203.0.113.24:51422',
  };

  it('are read from a list of key and value as from an object, whatever their case', () => {
    const list = [
      { key: 'HOST', value: 'orders.acme.test' },
      { key: 'user-agent', value: 'acme-mobile/4.2' },
      { key: 'TraceParent', value: traceparent },
      { key: 'Remote-Address', value: '203.0.113.24:51422' },
      { key: 'Timeout-Access', value: '<function1>' },
    ];
    expect(headersOf(list)).toEqual(expected);
    expect(headersOf(Object.fromEntries(list.map(({ key, value }) => [key, value])))).toEqual(expected);
  });

  it('give no trace when it is none', () => {
    expect(headersOf({ traceparent: 'yes', Host: 7 })).toEqual({});
    expect(headersOf([null, 7, { key: 3 }])).toEqual({});
    expect(headersOf(undefined)).toEqual({});
  });
});

describe('a request as a plugin writes it', () => {
  it('is asked for where its headers say, by a path alone', () => {
    const headers = { Host: 'orders.acme.test', 'Remote-Address': '[2001:db8::1]:443' };
    expect(requestColumns({ method: 'GET', uri: '/v1?a=1', tls: false, headers })).toMatchObject({
      scheme: 'http',
      host: 'orders.acme.test',
      path: '/v1?a=1',
      clientIp: '2001:db8::1',
    });
  });

  it('is asked for where its URL says, when that is absolute', () => {
    expect(requestColumns({ url: 'https://a.test/x', headers: { Host: 'b.test' } })).toMatchObject({
      scheme: 'https',
      host: 'a.test',
      path: '/x',
    });
  });
});

describe('an answer', () => {
  it('with 403 is a refusal only when the backend may not have given it', () => {
    expect(answered(403, true)).toEqual({ status: 403, outcome: 'clientError', severity: 'notice' });
    expect(answered(403, false)).toEqual({ status: 403, outcome: 'denied', severity: 'warning' });
    expect(answered(undefined, false).outcome).toBe('unknown');
  });
});
