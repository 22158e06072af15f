import { describe, expect, it } from 'vitest';
import { identify } from './identity.ts';

const nameOf = (record: Readonly<Record<string, unknown>>, byte: number): string => {
  const bytes = Buffer.from(JSON.stringify(record));
  const decoded = { bytes, line: 1, byte };
  return identify({ by: 'content', time: 'at' }, record, decoded, 0, () => `place:${byte}`);
};

describe('identity by content with a time', () => {
  it('takes equal records for one where the time is finer than a millisecond', () => {
    const record = { at: '2026-11-21T12:40:38.5985+01:00', n: 1 };
    expect(nameOf(record, 0)).toMatch(/^sha256:[0-9a-f]{32}$/);
    expect(nameOf(record, 99)).toBe(nameOf(record, 0));
    expect(nameOf({ ...record, n: 2 }, 0)).not.toBe(nameOf(record, 0));
  });

  it.each([
    '2026-11-21T12:40:38.598+01:00',
    '2026-11-21T12:40:38Z',
    1_795_264_838,
    { seconds: 1 },
    undefined,
  ])('goes by the place where the time is %j', (at) => {
    expect(nameOf({ at, n: 1 }, 7)).toBe('place:7');
  });
});
