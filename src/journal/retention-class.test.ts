import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type OpenJournal, openJournal } from './journal.ts';
import { textRows } from './rows.fixture.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

test('the retention class of each row is known from the journal, from memory and from the disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-rows-'));
  const open = () => openJournal({ folder, clock: () => 1, log: quiet, disk: { headroom: 0 }, diskEvery: 0 });
  const first = async (journal: OpenJournal) => {
    const ending = new AbortController();
    for await (const batch of journal.subscribe({ allTenants: true }, 0, ending.signal))
      return batch.retention;
    return undefined;
  };
  const classes = ['default', 'audit', 'audit', 'short', 'default'];

  const journal = await open();
  await journal.append({
    tenant: 'default',
    receiver: 'http',
    received: 1,
    rows: textRows(classes, classes),
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
