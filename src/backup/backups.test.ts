/** Backups of a folder with a real journal, quarantine and control data, whose store is elsewhere; and their restore. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openAccess } from '../access/access.ts';
import { openQuarantine } from '../ingest/quarantine.ts';
import { openCursor } from '../journal/cursor.ts';
import { nodeFiles } from '../journal/files.ts';
import { lockFolder } from '../journal/folder-lock.ts';
import { openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import type { StoreClient } from '../store/engine/client.ts';
import { type BackupParts, createBackups } from './backups.ts';
import { proofName, proveFolder } from './folder.ts';
import type { KeepOptions } from './keep.ts';
import { type Manifest, readBackup, summed } from './manifest.ts';
import { refuseHalfRestored, restoreBackup, verifyBackup } from './restore.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const clock = () => Date.now() * 1000;
const never = new AbortController().signal;
const watch = { signal: never, begun: () => {}, read: () => {} };

let root: string;
let data: string;
let closing: (() => Promise<unknown>)[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatescope-backups-'));
  data = join(root, 'data');
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(root, { recursive: true, force: true });
});

/** What a server has open. `pressure` and `link` may be set by a test. */
async function openServer(more: Partial<BackupParts> = {}) {
  const access = await openAccess({ data, clock, log, newId: randomUUID });
  if (!access.ok) throw new Error(access.error.reason);
  closing.push(() => access.value.close());
  // A segment for each append.
  const journal = await openJournal({ folder: data, clock, log, segmentBytes: 1, disk: { headroom: 0 } });
  closing.push(() => journal.close());
  const quarantine = await openQuarantine({ folder: data, clock, log });
  closing.push(() => quarantine.close());
  const cursor = await openCursor(data, 'store', nodeFiles);
  let row = 0;
  const append = (count: number) =>
    journal.append({
      tenant: 'default',
      receiver: 'test',
      received: clock(),
      rows: textRows(Array.from({ length: count }, () => `row ${row++}`)),
      times: Array(count).fill(clock()),
      idHashes: Array.from({ length: count }, () => BigInt(row++)),
      contentHashes: Array(count).fill(0),
      counts: { received: count, duplicates: 0, quarantined: 0, replayed: 0 },
    });
  const backups = await createBackups({
    owned: {},
    data,
    journal,
    quarantine,
    cursor,
    store: { client: undefined as unknown as StoreClient, unprepared: undefined },
    embedded: false,
    exclusively: (act) => act(),
    version: '1.2.3',
    newId: randomUUID,
    clock,
    log,
    ...more,
  });
  return { journal, quarantine, cursor, append, backups };
}

type Server = Awaited<ReturnType<typeof openServer>>;

async function backUp({ backups }: Server, name: string, since?: string, signal = never) {
  const proven = await proveFolder(join(root, name), randomUUID());
  if (!proven.ok) return proven;
  const { folder, proof } = proven.value;
  const order = { folder, proof, ...(since === undefined ? {} : { since: join(root, since) }) };
  const begun = await backups.begin(order, signal);
  return begun.ok ? begun.value.done : begun;
}

const manifestOf = (made: Awaited<ReturnType<typeof backUp>>): Manifest => {
  if (!made.ok) throw new Error(made.error.reason);
  return made.value;
};

const restore = (name: string, into = 'restored') =>
  restoreBackup(join(root, name), join(root, into), watch, async () => {});

async function textsOf(folder: string): Promise<string[]> {
  const journal = await openJournal({ folder, clock, log, disk: { headroom: 0 } });
  const texts: string[] = [];
  const enough = new AbortController();
  if (journal.end > 0)
    for await (const batch of journal.subscribe({ allTenants: true }, 0, enough.signal)) {
      texts.push(...batch.text.toString().trimEnd().split('\n'));
      if (batch.first + batch.count >= journal.end) break;
    }
  await journal.close();
  return texts;
}

const failing =
  (code: string): KeepOptions['link'] =>
  async () => {
    throw Object.assign(new Error(code), { code });
  };
/** As between two disks: nothing can be linked from the data folder. */
const otherDisk: KeepOptions['link'] = async (from, to) => {
  if (from.startsWith(data)) throw Object.assign(new Error('other disk'), { code: 'EXDEV' });
  await link(from, to);
};

describe('a backup', () => {
  it('has the journal up to where it ended, for its folder to be opened', async () => {
    const server = await openServer();
    for (let n = 0; n < 5; n++) await server.append(3);
    const { position } = manifestOf(await backUp(server, 'one'));
    await server.append(3);
    expect(position).toBe(15);
    expect((await restore('one')).ok).toBe(true);
    expect((await textsOf(join(root, 'restored'))).length).toBe(15);
  });

  it('has what else is in the folder, for the owner alone', async () => {
    const server = await openServer();
    await server.quarantine.keep([
      {
        tenant: 'default',
        reason: 'cut',
        received: clock(),
        detail: '',
        bytes: Buffer.from('{"cut'),
      } as never,
    ]);
    await writeFile(join(data, 'installation-secret'), 'secret\n', { mode: 0o600 });
    await mkdir(join(data, 'dead-letters'));
    await writeFile(join(data, 'dead-letters', 'store.ndjson'), '{}\n');
    manifestOf(await backUp(server, 'one'));
    expect((await stat(join(root, 'one'))).mode & 0o777).toBe(0o700);
    await restore('one');
    const restored = join(root, 'restored');
    expect(await readFile(join(restored, 'installation-secret'), 'utf8')).toBe('secret\n');
    expect(await readFile(join(restored, 'dead-letters', 'store.ndjson'), 'utf8')).toBe('{}\n');
    for (const name of ['installation-secret', 'control.db'])
      expect((await stat(join(restored, name))).mode & 0o777).toBe(0o600);
    const quarantine = await openQuarantine({ folder: restored, clock, log });
    expect(quarantine.summary('default')).toMatchObject([{ reason: 'cut', count: 1 }]);
    await quarantine.close();
    const access = await openAccess({ data: restored, clock, log, newId: randomUUID });
    expect(access.ok && (await access.value.tenants.exists('default'))).toBe(true);
    if (access.ok) await access.value.close();
  });

  it('puts what the store may have in doubt, and all of the journal where the store is elsewhere', async () => {
    const server = await openServer();
    for (let n = 0; n < 4; n++) await server.append(10);
    await server.cursor.save(10, { begun: { first: 10, end: 30 } });
    manifestOf(await backUp(server, 'one'));
    await restore('one');
    const cursor = await openCursor(join(root, 'restored'), 'store', nodeFiles);
    expect([cursor.position, cursor.note]).toEqual([0, { begun: { first: 0, end: 30 } }]);
  });

  it('keeps segments from being deleted while it is made, and lets them go afterwards', async () => {
    let during: Promise<unknown> | undefined;
    const server: Server = await openServer({
      link: async (from, to) => {
        during ??= server.backups.holdOff(() => server.journal.retain({ storedTo: 1e9 }));
        await during;
        await link(from, to);
      },
    });
    for (let n = 0; n < 6; n++) await server.append(1);
    const segments = server.journal.stats().segments;
    manifestOf(await backUp(server, 'one'));
    expect(during).toBeDefined();
    expect(server.journal.stats().segments).toBe(segments);
    let ran = false;
    await server.backups.holdOff(async () => {
      ran = true;
    });
    expect(ran).toBe(true);
  });

  it('is one at a time', async () => {
    const server = await openServer();
    await server.append(1);
    const both = await Promise.all([backUp(server, 'one'), backUp(server, 'two')]);
    expect(both.filter(({ ok }) => ok).length).toBe(1);
    expect(both.find(({ ok }) => !ok)).toMatchObject({ error: { busy: true } });
    expect((await backUp(server, 'three')).ok).toBe(true);
  });

  it.each([
    ['the disk of the backup is full', 'ENOSPC', /is full/],
    ['a disk fails', 'EIO', /EIO/],
  ])('leaves nothing behind when %s', async (_, code, reason) => {
    const link = failing(code);
    const server = await openServer(link === undefined ? {} : { link });
    for (let n = 0; n < 3; n++) await server.append(1);
    const made = await backUp(server, 'one');
    expect(made).toMatchObject({ ok: false, error: { reason: expect.stringMatching(reason) } });
    expect(await readdir(join(root, 'one'))).toEqual([]);
    await server.append(1);
    expect(server.journal.end).toBe(4);
  });

  it('stops when the disk of the data folder gets full', async () => {
    const server = await openServer();
    await server.append(1);
    const { journal, quarantine, cursor } = server;
    const full = await createBackups({
      owned: {},
      data,
      journal: {
        pressure: 'full',
        oldest: journal.oldest,
        end: journal.end,
        durable: () => journal.durable(),
      },
      quarantine,
      cursor,
      store: { client: undefined as unknown as StoreClient, unprepared: undefined },
      embedded: false,
      exclusively: (act) => act(),
      version: '1',
      newId: randomUUID,
      clock,
      log,
    });
    const made = await backUp({ ...server, backups: full }, 'one');
    expect(made).toMatchObject({ ok: false, error: { reason: expect.stringMatching(/make room/) } });
    expect(await readdir(join(root, 'one'))).toEqual([]);
  });

  it('stops when who asked for it has gone, or the server ends, and leaves nothing behind', async () => {
    const leaving = new AbortController();
    const server = await openServer({
      link: async (from, to) => {
        leaving.abort();
        await link(from, to);
      },
    });
    for (let n = 0; n < 30; n++) await server.append(1);
    expect((await backUp(server, 'one', undefined, leaving.signal)).ok).toBe(false);
    expect(await readdir(join(root, 'one'))).toEqual([]);
    await server.backups.stop();
    expect((await backUp(server, 'two')).ok).toBe(false);
  });
});

describe('the folder of a backup', () => {
  const begin = async (server: Server, folder: string, proof = 'x'.repeat(32)) => {
    const begun = await server.backups.begin({ folder, proof }, never);
    return begun.ok ? 'began' : begun.error.reason;
  };

  it('must be shown to be the one of who asks', async () => {
    const server = await openServer();
    const folder = join(root, 'one');
    expect(await begin(server, folder)).toMatch(/does not see/);
    await mkdir(folder, { mode: 0o700 });
    expect(await begin(server, folder)).toMatch(/not shown to be yours/);
    await writeFile(join(folder, proofName), 'another text');
    expect(await begin(server, folder)).toMatch(/not shown to be yours/);
    expect(await begin(server, 'one')).toMatch(/not absolute/);
    expect(await readdir(folder)).toEqual([proofName]);
  });

  it('is refused when others may write to it, it is not empty, or it is in the data folder', async () => {
    const server = await openServer();
    const proof = 'x'.repeat(32);
    const folder = join(root, 'one');
    await mkdir(folder);
    await writeFile(join(folder, proofName), proof);
    await chmod(folder, 0o777);
    expect(await begin(server, folder, proof)).toMatch(/nobody else may write/);
    await chmod(folder, 0o700);
    await writeFile(join(folder, 'thing'), '');
    expect(await begin(server, folder, proof)).toMatch(/not empty/);
    expect((await readdir(folder)).length).toBe(2);

    const inside = await proveFolder(join(data, 'backup'), proof);
    expect(inside.ok && (await begin(server, inside.value.folder, proof))).toMatch(/in the data folder/);
    await symlink(data, join(root, 'way'));
    expect(await begin(server, join(root, 'way', 'backup'), proof)).toMatch(/in the data folder/);
    expect(await begin(server, data, proof)).toMatch(/in the data folder/);
  });

  it('is taken away again where nothing came of it', async () => {
    const proven = await proveFolder(join(root, 'a', 'b'), 'x'.repeat(32));
    if (!proven.ok) throw new Error(proven.error.reason);
    await proven.value.withdraw();
    expect(existsSync(join(root, 'a', 'b'))).toBe(false);
    await mkdir(join(root, 'c'));
    await writeFile(join(root, 'c', 'thing'), '');
    expect(await proveFolder(join(root, 'c'), 'x')).toMatchObject({ ok: false });
  });
});

describe('a backup since an earlier one', () => {
  const inode = async (...path: string[]) => (await stat(join(root, ...path))).ino;

  it('takes from the earlier one what it has, and is whole without it', async () => {
    const server = await openServer({ link: otherDisk });
    for (let n = 0; n < 4; n++) await server.append(2);
    const first = manifestOf(await backUp(server, 'one'));
    for (let n = 0; n < 2; n++) await server.append(2);
    const second = manifestOf(await backUp(server, 'two', 'one'));
    expect(second).toMatchObject({ needs: [], since: { id: first.id }, position: 12 });
    const path = ['data', 'journal', '0000000002.segment'];
    expect(await inode('two', ...path)).toBe(await inode('one', ...path));
    await rm(join(root, 'one'), { recursive: true });
    expect((await restore('two')).ok).toBe(true);
    expect((await textsOf(join(root, 'restored'))).length).toBe(12);
  });

  it('names the backups that it needs where nothing can be linked, and is refused without them', async () => {
    const link = failing('EXDEV');
    const server = await openServer(link === undefined ? {} : { link });
    for (let n = 0; n < 4; n++) await server.append(2);
    manifestOf(await backUp(server, 'one'));
    await server.append(2);
    manifestOf(await backUp(server, 'two', 'one'));
    await server.append(2);
    const third = manifestOf(await backUp(server, 'three', 'two'));
    expect(third.needs.map(({ folder }) => folder).sort()).toEqual([join(root, 'one'), join(root, 'two')]);
    expect((await verifyBackup(join(root, 'three'), watch)).ok).toBe(true);
    expect((await restore('three')).ok).toBe(true);
    expect((await textsOf(join(root, 'restored'))).length).toBe(12);

    await rename(join(root, 'one'), join(root, 'elsewhere'));
    for (const outcome of [await restore('three', 'again'), await verifyBackup(join(root, 'three'), watch)])
      expect(outcome).toMatchObject({ ok: false, error: { reason: expect.stringContaining('one') } });
    expect(existsSync(join(root, 'again'))).toBe(false);
  });

  it('does not take from the earlier one what has become damaged there', async () => {
    const server = await openServer({ link: otherDisk });
    for (let n = 0; n < 4; n++) await server.append(2);
    manifestOf(await backUp(server, 'one'));
    const segment = join(root, 'one', 'data', 'journal', '0000000002.segment');
    const bytes = await readFile(segment);
    bytes[40] = (bytes[40] as number) ^ 1;
    await writeFile(segment, bytes);
    manifestOf(await backUp(server, 'two', 'one'));
    expect((await verifyBackup(join(root, 'two'), watch)).ok).toBe(true);
    expect((await verifyBackup(join(root, 'one'), watch)).ok).toBe(false);
  });

  it('is refused when there is no earlier one', async () => {
    const server = await openServer();
    expect(await backUp(server, 'two', 'one')).toMatchObject({ ok: false, error: { path: 'since' } });
    expect(await readdir(join(root, 'two'))).toEqual([]);
  });
});

describe('a backup that is not what it was', () => {
  /** Every file of it: `backup.json`, the list, and what it holds. */
  async function everyFile(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  }
  async function flip(path: string, place: (length: number) => number): Promise<void> {
    const bytes = await readFile(path);
    const at = place(bytes.length);
    if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ 1;
    await writeFile(path, bytes);
  }
  const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
    'is gone': (path) => rm(path),
    'is empty': (path) => writeFile(path, ''),
    'is cut': async (path) => writeFile(path, (await readFile(path)).subarray(0, -1)),
    'is longer': async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.from('x')])),
    'has another first bit': (path) => flip(path, () => 0),
    'has another bit in the middle': (path) => flip(path, (length) => length >> 1),
    'has another last bit': (path) => flip(path, (length) => length - 1),
  };

  it.each(Object.keys(damages))('is refused, and nothing restored, when any file of it %s', async (how) => {
    const link = failing('EXDEV');
    const server = await openServer(link === undefined ? {} : { link });
    for (let n = 0; n < 2; n++) await server.append(2);
    manifestOf(await backUp(server, 'one'));
    for (const path of await everyFile(join(root, 'one'))) {
      const whole = await readFile(path);
      await damages[how]?.(path);
      const changed = !existsSync(path) || !(await readFile(path)).equals(whole);
      const outcomes = [await verifyBackup(join(root, 'one'), watch), await restore('one')];
      // A line feed at the end of backup.json changes nothing of what it says.
      const harmless = !changed || (path.endsWith('backup.json') && how === 'is cut');
      expect([path, ...outcomes.map((outcome) => outcome.ok)]).toEqual([path, harmless, harmless]);
      if (!harmless) expect(await readdir(join(root, 'restored')).catch(() => [])).not.toContain('journal');
      await writeFile(path, whole);
      await rm(join(root, 'restored'), { recursive: true, force: true });
    }
  });

  it.each([
    [{ format: 99 }, /newer Gatescope/],
    [{ journal: 99 }, /newer Gatescope/],
    [{ store: 99 }, /newer Gatescope/],
    [{ folders: ['../outside'] }, /damaged/],
    [{ links: [{ path: 'store/metadata/gatescope', target: '/etc' }] }, /damaged/],
  ])('is refused when it says %j', async (change, reason) => {
    const server = await openServer();
    manifestOf(await backUp(server, 'one'));
    const path = join(root, 'one', 'backup.json');
    const { sum: _, ...manifest } = JSON.parse(await readFile(path, 'utf8'));
    await writeFile(path, JSON.stringify(summed({ ...manifest, ...change })));
    expect(await restore('one')).toMatchObject({ error: { reason: expect.stringMatching(reason) } });
    expect(existsSync(join(root, 'outside'))).toBe(false);
  });

  it.each([
    ['a/b', true],
    ...['../a', '/a', 'a/../../b', 'a/..', 'a//b', 'a/', '', '..', './a'].map(
      (path) => [path, false] as const,
    ),
  ] as const)('that lists a file %j is read: %s', async (file, read) => {
    const server = await openServer();
    manifestOf(await backUp(server, 'one'));
    const [list, own] = [join(root, 'one', 'files.ndjson'), join(root, 'one', 'backup.json')];
    const line = `${JSON.stringify({ path: file, size: 0, sha256: '0'.repeat(64) })}\n`;
    const bytes = Buffer.concat([await readFile(list), Buffer.from(line)]);
    await writeFile(list, bytes);
    const { sum: _, ...manifest } = JSON.parse(await readFile(own, 'utf8')) as Manifest;
    const hash = createHash('sha256').update(bytes).digest('hex');
    await writeFile(own, JSON.stringify(summed({ ...manifest, files: manifest.files + 1, list: hash })));
    expect((await readBackup(join(root, 'one'))).ok).toBe(read);
  });

  it('is refused when it was not finished', async () => {
    await mkdir(join(root, 'one', 'data'), { recursive: true });
    expect(await restore('one')).toMatchObject({ error: { reason: expect.stringMatching(/not finished/) } });
  });
});

describe('the folder of a restore', () => {
  it('must be empty, and no server may use it', async () => {
    const server = await openServer();
    manifestOf(await backUp(server, 'one'));
    expect(await restore('one', 'data')).toMatchObject({
      error: { reason: expect.stringMatching(/not empty/) },
    });
    const lock = lockFolder(join(root, 'used'));
    expect(await restore('one', 'used')).toMatchObject({
      error: { reason: expect.stringMatching(/in use/) },
    });
    if (lock.ok) lock.value.release();
    // As on a disk of its own.
    await mkdir(join(root, 'used', 'lost+found'));
    expect((await restore('one', 'used')).ok).toBe(true);
    await writeFile(join(root, 'file'), '');
    expect(await restore('one', 'file')).toMatchObject({
      error: { reason: expect.stringMatching(/cannot be/) },
    });
  });

  it('is not served while a restore has not come to its end', async () => {
    const server = await openServer();
    manifestOf(await backUp(server, 'one'));
    const restored = join(root, 'restored');
    const stopped = await restoreBackup(join(root, 'one'), restored, watch, async () => {
      expect(() => refuseHalfRestored(restored)).toThrow(/not finished/);
      expect(lockFolder(restored).ok).toBe(false);
      throw new Error('something');
    });
    expect(stopped).toMatchObject({ ok: false, error: { reason: expect.stringContaining('something') } });
    expect((await readdir(restored)).sort()).toEqual(['lock', 'lock-holder']);
    refuseHalfRestored(restored);
    await mkdir(join(restored, '.restoring'));
    expect(await restore('one')).toMatchObject({ error: { reason: expect.stringMatching(/not finished/) } });
  });
});
