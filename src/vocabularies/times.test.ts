import { describe, expect, it } from 'vitest';
import { microsFrom } from './times.ts';

const moment = 1_795_265_388_254_000;

describe('times', () => {
  it.each([
    [1_795_265_388.254, moment],
    [1_795_265_388_254, moment],
    [1_795_265_388_254_000, moment],
    ['1795265388.254', moment],
    ['1795265388254', moment],
    ['1795265388254123456', moment + 123],
    ['2026-11-21T12:49:48.254Z', moment],
    ['2026-11-21T12:49:48.254123999Z', moment + 123],
    ['2026-11-21T13:49:48.254+01:00', moment],
    ['2026-11-21 12:49:48,254', moment],
    ['2026-11-21T12:49:48.254', moment],
    ['2026-11-21T12:49:48Z', moment - 254_000],
    ['2026-11-21T12:49Z', moment - 48_254_000],
    ['21/Nov/2026:12:49:48 +0000', moment - 254_000],
    ['21/Nov/2026:14:49:48 +0200', moment - 254_000],
  ])('reads %s', (written, micros) => {
    expect(microsFrom(written)).toBe(micros);
  });

  it.each([['yesterday'], [''], [null], [true], [-1], [0], [Number.NaN], ['2026-13-45T00:00:00Z'], [{}]])(
    'takes %s for no time',
    (written) => {
      expect(microsFrom(written)).toBeUndefined();
    },
  );
});
