import { describe, expect, it } from 'vitest';
import { addressOf, microsOfNanos } from './reading.ts';

describe('an address', () => {
  it.each([
    ['203.0.113.24:51422', '203.0.113.24'],
    ['203.0.113.24', '203.0.113.24'],
    ['/203.0.113.24:51422', '203.0.113.24'],
    ['db.internal/10.0.4.12:5432', '10.0.4.12'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::1', '::1'],
    ['/0:0:0:0:0:0:0:1:51422', '0:0:0:0:0:0:0:1'],
    ['0:0:0:0:0:0:0:1', '0:0:0:0:0:0:0:1'],
    ['', undefined],
    [null, undefined],
  ])('is read from %j', (text, address) => {
    expect(addressOf(text)).toBe(address);
  });
});

describe('a length of time in nanoseconds', () => {
  it('is rounded to microseconds, and absent when it is not known', () => {
    expect([2_987_102, '1500', 0, -1, '', null].map((length) => microsOfNanos(length))).toEqual([
      2987,
      2,
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
