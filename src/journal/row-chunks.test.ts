import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../core/event.ts';
import { cellsOf, encodeRow } from '../core/row.fixture.ts';
import { type OpenJournal, openJournal } from './journal.ts';
import { RowChunks } from './row-chunks.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const event = (retention: string, raw = '{}'): Event => ({
  id: 'a',
  weight: 1,
  tenant: 'default',
  time: 1,
  received: 1,
  vocabulary: 'generic',
  type: 'record',
  family: 'unknown',
  severity: 'info',
  outcome: 'unknown',
  retention,
  raw,
});

test('rows of the usual retention class alone say nothing of it', () => {
  const rows = new RowChunks();
  rows.add(cellsOf(event('default')));
  rows.addWhole(Buffer.from('no row of ours\n'));
  expect([rows.count, rows.retention]).toEqual([2, undefined]);
});

test('the retention class of each row is known from the journal, however the row was made and read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-rows-'));
  const open = () => openJournal({ folder, clock: () => 1, log: quiet, disk: { headroom: 0 }, diskEvery: 0 });
  const first = async (journal: OpenJournal) => {
    const ending = new AbortController();
    for await (const batch of journal.subscribe({ allTenants: true }, 0, ending.signal))
      return batch.retention;
    return undefined;
  };
  const rows = new RowChunks();
  rows.add(cellsOf(event('default')));
  rows.add(cellsOf(event('audit')));
  rows.add(cellsOf(event('audit', 'x'.repeat(200_000))));
  rows.addWhole(Buffer.from(`${encodeRow(event('short'))}\n`));
  rows.add(cellsOf(event('default')));
  const classes = ['default', 'audit', 'audit', 'short', 'default'];

  const journal = await open();
  await journal.append({
    tenant: 'default',
    receiver: 'http',
    received: 1,
    rows,
    times: classes.map(() => 1),
    idHashes: classes.map((_, index) => BigInt(index)),
    contentHashes: classes.map(() => 0),
    counts: { received: 5, duplicates: 0, quarantined: 0, replayed: 0 },
  });
  expect(await first(journal)).toEqual(classes);
  await journal.close();
  const again = await open();
  expect(await first(again)).toEqual(classes);
  await again.close();
  await rm(folder, { recursive: true });
});
