/**
 * What happens at the moments between which a snapshot is taken, with a real engine and its writer: events come in and are
 * stored just before the parts are frozen, and just after.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Event } from '../core/event.ts';
import { encodeRow } from '../core/row.fixture.ts';
import { openDeadLetters } from '../delivery/dead-letters.ts';
import { openQuarantine } from '../ingest/quarantine.ts';
import { openCursor } from '../journal/cursor.ts';
import { nodeFiles } from '../journal/files.ts';
import { openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import { Absences } from '../store/absences.ts';
import type { StoreClient } from '../store/engine/client.ts';
import { startFilling } from '../store/fill.ts';
import { openStore } from '../store/store.ts';
import { createWriter } from '../store/write.ts';
import { createBackups } from './backups.ts';
import { proveFolder } from './folder.ts';
import { restoreBackup } from './restore.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = () => Date.now() * 1000;
const day = Date.UTC(2026, 10, 20, 12) * 1000;
const never = new AbortController().signal;

let root: string;
let closing: (() => Promise<unknown>)[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatescope-snapshot-'));
  closing = [];
});
afterEach(async () => {
  await close();
  await rm(root, { recursive: true, force: true });
});
async function close(): Promise<void> {
  for (const each of closing.splice(0).reverse()) await each();
}

const event = (id: string): Event => ({
  id,
  weight: 1,
  tenant: 'default',
  time: day,
  received: day,
  vocabulary: 'generic',
  type: 'record',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: `{"id":"${id}"}`,
});

/** Journal, store and the writer between them, as the server has them. */
async function open(data: string) {
  const journal = await openJournal({ folder: data, clock, log, disk: { headroom: 0 } });
  closing.push(() => journal.close());
  const quarantine = await openQuarantine({ folder: data, clock, log });
  closing.push(() => quarantine.close());
  const store = await openStore({ engine: { memory: 900e6, port: 0 }, data, clock, log });
  closing.push(() => store.close());
  const cursor = await openCursor(data, 'store', nodeFiles);
  const deadLetters = await openDeadLetters(data, 'store');
  closing.push(() => deadLetters.close());
  const absences = new Absences(await openCursor(data, 'store-absences', nodeFiles));
  const consumer = createWriter({
    client: store.client,
    forgottenTo: () => 0,
    newId: randomUUID,
    absences,
    log,
  });
  const filling = startFilling({ store, consumer, journal, cursor, absences, deadLetters, clock, log });
  closing.push(() => filling.stop());
  await store.prepared;

  /** Resolves when they are accepted. */
  const accept = async (...ids: readonly string[]): Promise<void> => {
    const rows = ids.map((id) => encodeRow(event(id)));
    await journal.append({
      tenant: 'default',
      receiver: 'test',
      received: clock(),
      rows: textRows(rows),
      times: ids.map(() => day),
      idHashes: ids.map(() => 0n),
      contentHashes: ids.map(() => 0),
      counts: { received: ids.length, duplicates: 0, quarantined: 0, replayed: 0 },
    });
  };
  const stored = async (): Promise<void> => {
    while (filling.status.pending > 0 || filling.status.state !== 'running') await sleep(10);
  };
  const ids = async (): Promise<string[]> => {
    await stored();
    const answer = await store.client.query({
      query: 'SELECT id FROM events ORDER BY id',
      format: 'JSONEachRow',
    });
    return (await answer.json<{ id: string }>()).map(({ id }) => id);
  };
  return { journal, quarantine, store, cursor, filling, accept, stored, ids };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** The client of the store, with something that happens before and after the events are frozen. */
const around = (client: StoreClient, before: () => Promise<void>, after: () => Promise<void>): StoreClient =>
  new Proxy(client, {
    get(target, name) {
      if (name !== 'command') return Reflect.get(target, name).bind(target);
      const command: StoreClient['command'] = async (statement) => {
        const freezes = /events FREEZE/.test(statement.query);
        if (freezes) await before();
        const outcome = await target.command(statement);
        if (freezes) await after();
        return outcome;
      };
      return command;
    },
  });

async function backUp(
  { journal, quarantine, store, cursor, filling }: Opened,
  before: () => Promise<void>,
  after: () => Promise<void>,
) {
  const backups = await createBackups({
    owned: {},
    data: join(root, 'data'),
    journal,
    quarantine,
    cursor,
    store: { client: around(store.client, before, after), unprepared: undefined },
    embedded: true,
    exclusively: filling.exclusively,
    version: '1',
    newId: randomUUID,
    clock,
    log,
  });
  const proven = await proveFolder(join(root, 'backup'), randomUUID());
  if (!proven.ok) throw new Error(proven.error.reason);
  const begun = await backups.begin(proven.value, never);
  if (!begun.ok) throw new Error(begun.error.reason);
  return begun.value.done;
}

async function restore() {
  await close();
  const watch = { signal: never, begun: () => {}, read: () => {} };
  const restored = await restoreBackup(join(root, 'backup'), join(root, 'restored'), watch, async () => {});
  expect(restored).toMatchObject({ ok: true });
  return open(join(root, 'restored'));
}

const nothing = async (): Promise<void> => {};

it.each([
  ['what is stored before the freeze and after it', false],
  ['what is accepted before the freeze and stored after it', true],
])('keeps each event once, with %s', async (_, lagging) => {
  const server = await open(join(root, 'data'));
  await server.accept('a1', 'a2', 'a3');
  await server.stored();
  const made = await backUp(
    server,
    async () => {
      await server.accept('b1', 'b2');
      if (!lagging) await server.stored();
    },
    async () => {
      await server.accept('c1', 'c2');
      await server.stored();
    },
  );
  const expected = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1', 'c2'];
  expect(made).toMatchObject({ ok: true, value: { position: expected.length } });

  const copy = await restore();
  expect(await copy.ids()).toEqual(expected);
  // It goes on behind what it has.
  await copy.accept('z1', 'z2', 'z3');
  expect(await copy.ids()).toEqual([...expected, 'z1', 'z2', 'z3']);
});

it('leaves no part frozen, neither when it fails nor when the process was killed', async () => {
  const server = await open(join(root, 'data'));
  await server.accept('a');
  await server.stored();
  const frozen = async () =>
    (await readdir(join(root, 'data', 'store', 'shadow'))).filter((name) => name !== 'increment.txt');
  const broken = backUp(server, nothing, () => Promise.reject(new Error('the engine has gone')));
  expect(await broken).toMatchObject({ ok: false, error: { reason: 'the engine has gone' } });
  expect(await frozen()).toEqual([]);
  await server.store.client.command({
    query: `ALTER TABLE gatescope.events FREEZE WITH NAME 'gatescope_backup_1'`,
  });
  expect((await frozen()).length).toBe(1);
  await rm(join(root, 'backup'), { recursive: true });
  expect(await backUp(server, nothing, nothing)).toMatchObject({ ok: true });
  expect(await frozen()).toEqual([]);
  expect(await (await restore()).ids()).toEqual(['a']);
});
