import { expect, test } from 'vitest';
import type { Frame } from '../core/frame.ts';
import { amount } from './amount.ts';
import { eventLine } from './event-line.ts';
import { tableText } from './output.ts';
import { frameText } from './query.ts';

test('a table has equal columns, numbers at the right, nothing at the end of a line', () => {
  const columns = [{ title: 'service' }, { title: 'count', right: true }, { title: 'note' }];
  expect(
    tableText(columns, [
      ['orders', '7', ''],
      ['a', '1234567', 'x'],
    ]),
  ).toBe('service    count  note\norders         7\na        1234567  x\n');
});

test('what a gateway was sent cannot rule the terminal', () => {
  const nasty = '/a\u001b[2J\nb';
  expect(tableText([{ title: 'path' }], [[nasty]])).toBe('path\n/a\ufffd[2J\ufffdb\n');
  expect(eventLine({ time: '2026-01-02T03:04:05.000000Z', outcome: 'success', path: nasty })).not.toContain(
    '\u001b',
  );
});

test('amounts are shown in the unit that reads best', () => {
  expect([0, 999, 1500, 1_500_000, 250_000].map((value) => amount(value, 'us'))).toEqual([
    '0 µs',
    '999 µs',
    '1.50 ms',
    '1.50 s',
    '250 ms',
  ]);
  expect([0, 512, 1_234_567].map((value) => amount(value, 'By'))).toEqual(['0 B', '512 B', '1.23 MB']);
  expect(amount(0.0123, '1')).toBe('1.23 %');
  expect(amount(null, 'us')).toBe('-');
  expect(amount(12.5)).toBe('12.5');
});

test('a frame shows its groups, the others and the total', () => {
  const meta = { from: '', to: '', timezone: 'UTC', took: 1, source: 'raw', incomplete: [] } as const;
  const frame: Frame = {
    columns: [
      { name: 'service', type: 'string', role: 'dimension' },
      { name: 'count', type: 'integer', role: 'measure', unit: '{event}' },
      { name: 'duration.p95', type: 'number', role: 'measure', unit: 'us' },
    ],
    rows: [
      ['orders', 12, 1500],
      [null, 3, null],
    ],
    others: [[null, 2, 100]],
    totals: [null, 17, 1400],
    previous: null,
    meta: { ...meta, incomplete: [] },
  };
  expect(frameText(frame)).toBe(
    [
      'service   count  duration.p95',
      'orders       12       1.50 ms',
      '-             3             -',
      '(others)      2        100 µs',
      '(total)      17       1.40 ms',
      '',
    ].join('\n'),
  );
});
