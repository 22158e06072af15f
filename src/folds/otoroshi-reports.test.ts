import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../core/event.ts';
import type { GatewayRecord } from '../core/spec.ts';
import { gatewayEvent } from '../vocabularies/otoroshi/gateway-event.ts';
import type { Fold } from './fold.ts';
import { otoroshiReports } from './otoroshi-reports.ts';
import { minute, play } from './play.fixture.ts';

const columns = (record: GatewayRecord) => gatewayEvent.normalise(record) as Partial<StoredEvent>;
const run = (records: readonly (GatewayRecord | number)[]) =>
  play(otoroshiReports as Fold, records, { columns });

const call = (id: string, more: GatewayRecord): GatewayRecord => ({
  ...gatewayEvent.example,
  '@id': id,
  'instance-name': 'otoroshi-1',
  headers: [{ key: 'Remote-Address', value: '203.0.113.24:51422' }],
  to: { scheme: 'https', host: 'reports.example.com', uri: '/yearly' },
  ...more,
});
const began = 1_795_265_388_225;
const timedOut = call('1', {
  '@timestamp': began + 30_000,
  '@callAt': began + 30_000,
  duration: 30_000,
  status: 504,
  err: true,
  callAttempts: 1,
  data: { dataIn: 0, dataOut: 0 },
});
const ended = call('2', {
  '@timestamp': began + 41_200,
  '@callAt': began,
  duration: 41_200,
  status: 200,
  err: false,
  data: { dataIn: 12, dataOut: 4_096 },
});

describe('a call that is reported twice', () => {
  it('has its second report taken back with all that it adds to a sum', () => {
    const { derived } = run([timedOut, ended]);
    expect(derived).toHaveLength(1);
    const [correction] = derived;
    expect(correction).toMatchObject({ id: '2/taken-back', causedBy: '2', reportedFirst: '1' });
    const type = otoroshiReports.makes[0];
    const taken = type?.normalise(correction as GatewayRecord);
    const { time, attributes, ...second } = columns(ended);
    const said = Object.fromEntries(Object.entries(second).filter(([, value]) => value !== undefined));
    expect(taken).toMatchObject({ ...said, time, weight: -1, type: 'GatewayEvent' });
    expect(taken?.attributes).toMatchObject({ ...attributes, reportedFirst: '1' });
  });

  it('is corrected once, in any order and however often the reports come', () => {
    const anyOrder = fc.shuffledSubarray([timedOut, ended, timedOut, ended], { minLength: 4 });
    const [expected] = run([timedOut, ended]).derived;
    fc.assert(
      fc.property(anyOrder, (records) => {
        expect(run(records).derived).toEqual([expected]);
      }),
    );
  });

  it('is recognised minutes later, when the backend ends', () => {
    expect(run([timedOut, 20 * minute, ended]).derived).toHaveLength(1);
    expect(run([timedOut, 2 * 60 * minute, ended]).derived).toEqual([]);
  });

  it('is not found in calls of another start, caller or path, nor in slow calls alone', () => {
    const later = { ...ended, '@callAt': began + 10 };
    const elsewhere = { ...ended, headers: [{ key: 'Remote-Address', value: '203.0.113.24:51423' }] };
    const other = { ...ended, to: { uri: '/monthly' } };
    for (const second of [later, elsewhere, other]) expect(run([timedOut, second]).derived).toEqual([]);
    expect(run([ended, { ...ended, '@id': '3' }]).derived).toEqual([]);
    expect(run([ended, 11 * minute]).states).toBe(0);
  });

  it('leaves a 504 of the backend itself alone', () => {
    expect(run([{ ...timedOut, err: false }, ended]).derived).toEqual([]);
  });
});
