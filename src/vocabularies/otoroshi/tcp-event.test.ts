import { describe, expect, it } from 'vitest';
import { eventOf } from '../../../test/otoroshi-records.ts';
import { tcpEvent } from './tcp-event.ts';

describe('a TcpEvent', () => {
  const { example } = tcpEvent;

  it('fills the columns, the addresses without slash and port', () => {
    expect(eventOf(example)).toMatchObject({
      outcome: 'success',
      clientIp: '203.0.113.24',
      host: 'db.acme.test',
      duration: 48_211_000,
      bytesIn: 88120,
      bytesOut: 4410233,
      protocol: 'Tcp/Tls',
      service: 'postgres-front',
    });
    expect(eventOf({ ...example, remote: '/[2001:db8::1]:443' }).clientIp).toBe('2001:db8::1');
  });

  it('is a failure when the connection could not be made, and names no host without SNI', () => {
    const gwError = 'Tcp command [Connect(pg-1.internal:5432)] failed because of refused';
    expect(eventOf({ ...example, gwError, to: { host: '*' } })).toMatchObject({
      outcome: 'failure',
      error: gwError,
      host: undefined,
    });
  });
});
