import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ForgettingDisk, randomFrom } from '../journal/forgetting-disk.ts';
import { openQuarantine, type Quarantine, type QuarantineOptions } from './quarantine.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const minute = 60e6;
let folder: string;
let now: number;
const opened: Quarantine[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-quarantine-'));
  now = 1_700_000_000e6;
});
afterEach(async () => {
  for (const quarantine of opened.splice(0)) await quarantine.close();
  await rm(folder, { recursive: true });
});

const open = async (options: Partial<QuarantineOptions> = {}): Promise<Quarantine> => {
  const quarantine = await openQuarantine({ folder, clock: () => now, log: quiet, ...options });
  opened.push(quarantine);
  return quarantine;
};

const record = (reason: string, text: string, tenant = 'default') => ({
  tenant,
  receiver: 'http',
  sender: 'token a, 192.0.2.1',
  received: now,
  reason,
  problem: { path: 'data.status', reason: 'must be an integer' },
  vocabulary: 'otoroshi',
  bytes: Buffer.from(text),
});

test('what is kept is there with its reason and its bytes, also after a restart', async () => {
  const long = 'x'.repeat(5000);
  const quarantine = await open();
  const ids = await quarantine.keep([
    record('unreadable', '{"a":'),
    record('invalid', long),
    record('invalid', 'é'),
  ]);
  expect(new Set(ids).size).toBe(3);
  for (const again of [quarantine, await quarantine.close().then(() => open())]) {
    const entry = await again.get('default', ids[1] as string);
    expect(entry?.bytes.toString()).toBe(long);
    expect(entry).toMatchObject({
      id: ids[1],
      reason: 'invalid',
      receiver: 'http',
      sender: 'token a, 192.0.2.1',
      received: now,
      problem: { path: 'data.status', reason: 'must be an integer' },
      vocabulary: 'otoroshi',
      size: 5000,
    });
    expect((await again.get('default', ids[2] as string))?.bytes.toString()).toBe('é');
    expect(again.summary('default')).toEqual([
      { reason: 'invalid', count: 2, kept: 2, replayed: 0, first: now, last: now },
      { reason: 'unreadable', count: 1, kept: 1, replayed: 0, first: now, last: now },
    ]);
  }
});

test('a tenant sees its own records only, whatever the tenant is called', async () => {
  const quarantine = await open();
  const [id] = await quarantine.keep([record('invalid', 'a', 'constructor')]);
  expect(await quarantine.get('default', id as string)).toBeUndefined();
  expect(quarantine.summary('default')).toEqual([]);
  expect(quarantine.ids('default', 'invalid')).toEqual([]);
  expect((await quarantine.list('default', { limit: 10 })).entries).toEqual([]);
  await quarantine.replayed('default', id as string, 'accepted');
  expect(quarantine.summary('constructor')).toMatchObject([{ count: 1, replayed: 0 }]);
});

test('an id that was never given out is nobody’s', async () => {
  const quarantine = await open();
  await quarantine.keep([record('invalid', 'a')]);
  for (const id of ['', '7', '-1', '0x0', '1e0', 'abc', '9'.repeat(30)])
    expect(await quarantine.get('default', id)).toBeUndefined();
});

test('the list is newest first, by reason, page by page', async () => {
  const quarantine = await open();
  for (let n = 0; n < 25; n++)
    await quarantine.keep([record('odd', `odd ${n}`), record('even', `even ${n}`)]);
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 3; pages++) {
    const page = await quarantine.list('default', { reason: 'odd', limit: 10, ...(cursor && { cursor }) });
    seen.push(...page.entries.map(({ id }) => id));
    cursor = page.next ?? undefined;
  }
  expect(cursor).toBeUndefined();
  expect(seen).toEqual([...quarantine.ids('default', 'odd')].reverse());
  expect(seen.length).toBe(25);
});

test('what was sent again is marked for good and is not offered again', async () => {
  const quarantine = await open();
  const [first, second] = await quarantine.keep([record('invalid', 'a'), record('invalid', 'b')]);
  await quarantine.replayed('default', first as string, 'accepted');
  await quarantine.replayed('default', first as string, 'duplicate');
  for (const again of [quarantine, await quarantine.close().then(() => open())]) {
    expect(again.ids('default', 'invalid')).toEqual([second]);
    expect((await again.get('default', first as string))?.replayed).toBe('accepted');
    expect(again.summary('default')).toMatchObject([{ count: 2, kept: 2, replayed: 1 }]);
  }
});

test('over the bytes of a tenant records are counted, and the first of each reason are kept', async () => {
  const quarantine = await open({ bytes: 1000, ofEachReason: 3 });
  const ids: string[] = [];
  for (let n = 0; n < 20; n++) ids.push(...(await quarantine.keep([record('many', 'x'.repeat(100))])));
  expect(ids.filter((id) => id !== '').length).toBe(10);
  const few: string[] = [];
  for (let n = 0; n < 5; n++) few.push(...(await quarantine.keep([record('few', 'y'.repeat(100))])));
  expect(few.map((id) => id !== '')).toEqual([true, true, true, false, false]);
  expect(await quarantine.keep([record('many', 'z', 'other')])).not.toEqual(['']);
  expect(quarantine.summary('default')).toMatchObject([
    { reason: 'many', count: 20, kept: 10 },
    { reason: 'few', count: 5, kept: 3 },
  ]);
  await quarantine.close();
  expect((await open({ bytes: 1000 })).summary('default')).toMatchObject([{ count: 20 }, { count: 5 }]);
});

test('over the rate of a tenant records are counted, and kept again in the next minute', async () => {
  const quarantine = await open({ perMinute: 4, ofEachReason: 2 });
  const batch = () => Array.from({ length: 6 }, (_, index) => record('invalid', `${index}`));
  expect((await quarantine.keep(batch())).filter((id) => id !== '').length).toBe(4);
  expect((await quarantine.keep(batch())).filter((id) => id !== '').length).toBe(0);
  now += minute;
  expect((await quarantine.keep(batch())).filter((id) => id !== '').length).toBe(4);
  expect(quarantine.summary('default')).toMatchObject([
    { count: 18, kept: 8, first: now - minute, last: now },
  ]);
});

test('what is too old goes from the disk, its counts and marks stay', async () => {
  const options = { age: 10 * minute, segmentBytes: 1 };
  const quarantine = await open(options);
  const [old] = await quarantine.keep([record('invalid', 'old')]);
  await quarantine.replayed('default', old as string, 'accepted');
  now += 20 * minute;
  const [young] = await quarantine.keep([record('invalid', 'young')]);
  expect(await quarantine.retain()).toEqual({ segments: 2 });
  const expected = [
    { reason: 'invalid', count: 2, kept: 1, replayed: 1, first: now - 20 * minute, last: now },
  ];
  for (const again of [quarantine, await quarantine.close().then(() => open(options))]) {
    expect(again.summary('default')).toEqual(expected);
    expect(await again.get('default', old as string)).toBeUndefined();
    expect((await again.get('default', young as string))?.bytes.toString()).toBe('young');
  }
  const segments = (await readdir(join(folder, 'quarantine'))).filter((name) => name.endsWith('.segment'));
  expect(segments.length).toBe(1);
});

test('a tenant that is forgotten leaves nothing, the others stay', async () => {
  const options = { age: minute, segmentBytes: 1 };
  const quarantine = await open(options);
  await quarantine.keep([record('invalid', 'a', 'sample'), record('invalid', 'b')]);
  now += 2 * minute;
  await quarantine.keep([record('invalid', 'c', 'sample'), record('invalid', 'd')]);
  await quarantine.retain();
  await quarantine.forget('sample');
  for (const again of [quarantine, await quarantine.close().then(() => open(options))]) {
    expect(again.summary('sample')).toEqual([]);
    expect(again.ids('sample', 'invalid')).toEqual([]);
    expect(again.summary('default')).toMatchObject([{ count: 2, kept: 1 }]);
  }
  const [id] = await (opened.at(-1) as Quarantine).keep([record('invalid', 'e', 'sample')]);
  expect(id).not.toBe('');
});

test('what keep answered survives every loss of power, and a full disk keeps nothing of what it refused', async () => {
  for (let seed = 0; seed < 60; seed++) {
    const random = randomFrom(seed);
    const disk = new ForgettingDisk(random, {
      stopAt: Math.floor(random() * 60),
      ...(seed % 2 === 0 ? {} : { capacity: 1500 }),
    });
    const kept = new Map<string, string>();
    const refused: string[] = [];
    const life = (async () => {
      const quarantine = await openQuarantine({ folder: '/data', files: disk, clock: () => now, log: quiet });
      for (let n = 0; n < 10; n++) {
        const text = `record ${n}`;
        const ids = await quarantine.keep([record('invalid', text)]).catch(() => refused.push(text));
        if (Array.isArray(ids)) kept.set(ids[0] as string, text);
      }
    })();
    await Promise.race([disk.stopped, life]);
    const again = await openQuarantine({
      folder: '/data',
      files: disk.crash(),
      clock: () => now,
      log: quiet,
    });
    for (const [id, text] of kept) expect((await again.get('default', id))?.bytes.toString()).toBe(text);
    for (const id of again.ids('default', 'invalid'))
      expect(refused).not.toContain((await again.get('default', id))?.bytes.toString());
  }
});
