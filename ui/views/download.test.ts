import { describe, expect, it } from 'vitest';
import { csv, timelineCsv } from './download.ts';

describe('data as a file', () => {
  it('quotes what CSV would part, and disarms what a spreadsheet would run', () => {
    expect(csv([['a,b', 'say "hi"', '=1+1', -3, null]])).toBe('"a,b","say ""hi""",\'=1+1,-3,\r\n');
  });

  it('has one line a bucket, with gaps left empty', () => {
    const series = { name: 'count', label: 'Count', colour: '--success', values: [5, null] };
    const timeline = {
      times: [0, 60_000],
      step: 60_000,
      incomplete: new Set<number>(),
      series: [series],
      unit: undefined,
    };
    expect(timelineCsv(timeline)).toBe(
      'time,Count\r\n1970-01-01T00:00:00.000Z,5\r\n1970-01-01T00:01:00.000Z,\r\n',
    );
  });
});
