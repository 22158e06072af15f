/** A real process on a real disk, killed with SIGKILL while it appends. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openJournal } from './journal.ts';

const program = `
  import { openJournal } from ${JSON.stringify(new URL('./journal.ts', import.meta.url).href)};
  import { textRows } from ${JSON.stringify(new URL('./rows.fixture.ts', import.meta.url).href)};
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const [folder, life] = process.argv.slice(1);
  const journal = await openJournal({ folder, clock: () => Date.now() * 1000, log, segmentBytes: 20000, disk: { headroom: 0 } });
  const entry = (row) => ({
    tenant: 'default', receiver: 'test', received: 1, rows: textRows([row]), times: [1], idHashes: [1n], contentHashes: [1],
    counts: { received: 1, duplicates: 0, quarantined: 0, replayed: 0 },
  });
  await Promise.all(Array.from({ length: 8 }, async (_, sender) => {
    for (let n = 0; ; n++) {
      const row = life + '-' + sender + '-' + n + 'x'.repeat((n % 7) * 200);
      const { first } = await journal.append(entry(row));
      process.stdout.write(first + ' ' + row + '\\n');
    }
  }));
`;

/** Runs the program until it has acknowledged so many entries, and kills it; what it had said by then. */
async function life(folder: string, name: string, until: number): Promise<[number, string][]> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program, folder, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: [number, string][] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [first, row] = line.split(' ');
    if (row !== undefined) acknowledged.push([Number(first), row]);
    if (acknowledged.length === until) child.kill('SIGKILL');
  }
  // The kill may have cut the last line.
  acknowledged.pop();
  return acknowledged;
}

test('after kill -9 of a real process every acknowledged entry is there, once and in its place', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-kill-'));
  try {
    const acknowledged: [number, string][] = [];
    for (let n = 0; n < 4; n++) acknowledged.push(...(await life(folder, String(n), 40 + n * 60)));
    expect(acknowledged.length).toBeGreaterThan(300);
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const journal = await openJournal({ folder, clock: () => 1, log, disk: { headroom: 0 }, diskEvery: 0 });
    const rows = new Map<number, string>();
    for await (const batch of journal.subscribe({ allTenants: true }, 0, new AbortController().signal)) {
      rows.set(batch.first, batch.text.toString().trimEnd().split('\t')[2] ?? '');
      if (batch.first + batch.count === journal.end) break;
    }
    expect(rows.size).toBe(journal.end);
    expect(new Set(rows.values()).size).toBe(rows.size);
    for (const [first, row] of acknowledged) expect(rows.get(first)).toBe(row);
    await journal.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
