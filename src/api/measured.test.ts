import { expect, test } from 'vitest';
import { columns, type Event } from '../core/event.ts';
import type { JournalBatch } from '../core/journal.ts';
import { encodeRow } from '../core/row.fixture.ts';
import { eachMeasured, type Measured } from './measured.ts';

const event = (fields: Partial<Event>): Event => ({
  id: 'tab\tand ü',
  weight: 1,
  tenant: 'default',
  time: 1_764_000_000_000_007,
  received: 1_764_000_000_123_999,
  vocabulary: 'nginx',
  type: 'access',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: '{}',
  ...fields,
});

function batchOf(events: readonly Event[]): JournalBatch {
  const rows = events.map((one, index) => Buffer.from(`${7 + index}\t7\t${encodeRow(one)}\n`));
  let end = 0;
  const ends = Uint32Array.from(rows, (row) => {
    end += row.length;
    return end;
  });
  const count = events.length;
  const counts = { received: count, duplicates: 0, quarantined: 0, replayed: 0 };
  const hashes = { idHashes: new BigUint64Array(count), contentHashes: new Uint32Array(count) };
  const times = Float64Array.from(events, ({ time }) => time);
  const from = { first: 7, count, tenant: 'default', receiver: 'test', received: 1 };
  return { ...from, counts, times, ...hashes, ends, text: Buffer.concat(rows) };
}

async function measured(events: readonly Event[]): Promise<Measured[]> {
  const found: Measured[] = [];
  await eachMeasured(batchOf(events), (one) => found.push({ ...one }));
  return found;
}
const only = ({ family, weight, time, duration, overhead, bytesIn, bytesOut }: Event): Measured => ({
  family,
  weight,
  time,
  duration,
  overhead,
  bytesIn,
  bytesOut,
});

test('what is measured of an event is what its columns say, whatever else they hold', async () => {
  const least = event({});
  const correction = event({ weight: -1, family: 'audit', bytesIn: 0, bytesOut: Number.MAX_SAFE_INTEGER });
  const full = Object.fromEntries(
    columns.filter(({ kind }) => kind === 'text').map(({ name }) => [name, `a\\b\t"c" ${name}`]),
  );
  const texts = event({ ...full, family: 'traffic', duration: 1_500, overhead: 20 });
  const events = [least, correction, texts];
  expect(await measured(events)).toEqual(events.map(only));
});

test('every event of a large batch is visited, in order', async () => {
  const events = Array.from({ length: 2_500 }, (_, index) => event({ duration: index }));
  expect((await measured(events)).map(({ duration }) => duration)).toEqual(events.map((_, index) => index));
});
