import { describe, expect, it } from 'vitest';
import { addressBits, network } from './address.ts';

describe('an address', () => {
  it.each([
    ['203.0.113.7', '00000000000000000000ffffcb007107'],
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['2001:DB8::1', '20010db8000000000000000000000001'],
    ['::ffff:203.0.113.7', '00000000000000000000ffffcb007107'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ])('%s is read', (text, bits) => {
    expect(addressBits(text)).toBe(bits);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4:80',
    '1::2::3',
    '1:2:3',
    '12345::',
    'fe80::1%eth0',
    '1:2:3:4:5:6:7:8:9',
    '::1.2.3.4.5',
  ])('%s is none', (text) => {
    expect(addressBits(text)).toBeUndefined();
  });

  it('lies in the networks that hold it', () => {
    expect(network('203.0.113.77/24')).toEqual({
      from: '00000000000000000000ffffcb007100',
      to: '00000000000000000000ffffcb0071ff',
    });
    expect(network('::/0')).toEqual({ from: '0'.repeat(32), to: 'f'.repeat(32) });
    for (const wrong of ['10.0.0.0', '10.0.0.0/33', '::/129', 'x/8']) expect(network(wrong)).toBeUndefined();
  });
});
