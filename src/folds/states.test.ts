import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FoldStates, openFoldStates } from './states.ts';

const said: string[] = [];
const log = { debug() {}, info() {}, warn() {}, error: (text: string) => void said.push(text) };
let folder: string;
let states: FoldStates | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatescope-states-'));
  said.length = 0;
});
afterEach(() => {
  states?.close();
  states = undefined;
  rmSync(folder, { recursive: true });
});
const open = (): FoldStates => {
  states?.close();
  states = openFoldStates(folder, log);
  return states;
};
const place = (key: string) => ({ fold: 'f', tenant: 'default', key });
const record = { vocabulary: 'v', type: 't', id: '1', causedBy: '0', time: 1 };

test('what a transaction holds is there after a restart, together', () => {
  const before = open();
  before.transaction(() => {
    before.keep(place('a'), { state: { n: 1 }, until: 10 }, true);
    before.learn('default', { kind: 'service', id: 's', name: 'ledger', since: 1 });
    before.send('default', [record, { ...record, id: '2' }]);
    before.advance(7);
  });
  const after = open();
  expect(after.position).toBe(7);
  expect(after.keys('f')).toBe(1);
  expect(after.state(place('a'))).toEqual({ n: 1 });
  expect(after.nameOf('default', 'service', 's')).toBe('ledger');
  expect(after.nameOf('other', 'service', 's')).toBeUndefined();
  const [outgoing] = after.outgoing(10);
  expect(outgoing?.records.split('\n').map((line) => JSON.parse(line).id)).toEqual(['1', '2']);
});

test('a transaction that fails leaves nothing of itself', () => {
  const all = open();
  all.transaction(() => all.keep(place('a'), { state: 1, until: 10 }, true));
  const work = () =>
    all.transaction(() => {
      all.keep(place('b'), { state: 2, until: 10 }, true);
      all.learn('default', { kind: 'service', id: 's', name: 'ledger', since: 1 });
      all.send('default', [record]);
      all.advance(9);
      throw new Error('no');
    }, true);
  expect(work).toThrow('no');
  expect([all.position, all.keys('f'), all.state(place('b')), all.outgoing(1)]).toEqual([
    0,
    1,
    undefined,
    [],
  ]);
  expect(all.nameOf('default', 'service', 's')).toBeUndefined();
});

test('states end in their order, and those that end first are given up first', () => {
  const all = open();
  all.transaction(() => {
    for (const [key, until] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
    ] as const)
      all.keep(place(key), { state: key, until }, true);
    all.keep(place('a'), { state: 'later', until: 40 }, false);
  });
  expect(all.ended('f', 30, 10).map(({ key }) => key)).toEqual(['b', 'c']);
  expect(all.ended('g', 30, 10)).toEqual([]);
  expect(all.evict('f', 1)).toBe(1);
  expect(all.ended('f', 99, 10).map(({ state }) => state)).toEqual(['c', 'later']);
  expect(all.keys('f')).toBe(2);
});

const named = (name: string, since: number) => ({ kind: 'service' as const, id: 's', name, since });

test('of two names of one id the later holds, whichever is learned first', () => {
  const all = open();
  const known = () => all.nameOf('default', 'service', 's');
  all.learnAll('default', [named('ledger', 20)]);
  expect(known()).toBe('ledger');
  all.learnAll('default', [named('old', 10)]);
  expect(known()).toBe('ledger');
  all.learnAll('default', [named('ledger', 40), named('older', 30)]);
  expect(known()).toBe('ledger');
  all.learnAll('default', [named('accounts', 50)]);
  expect(known()).toBe('accounts');
  expect(open().nameOf('default', 'service', 's')).toBe('accounts');
});

test('a file of the version before keeps its names, and any name that is told replaces them', () => {
  open().close();
  states = undefined;
  const database = new DatabaseSync(join(folder, 'folds.db'));
  database.exec(`alter table names drop column since; pragma user_version = 1;
    insert into names values ('default', 'service', 's', 'ledger')`);
  database.close();
  const all = open();
  expect(all.nameOf('default', 'service', 's')).toBe('ledger');
  all.learnAll('default', [named('accounts', 1)]);
  expect(open().nameOf('default', 'service', 's')).toBe('accounts');
});

test('the file is for its owner alone, and one of a newer version is refused unharmed', () => {
  open().close();
  states = undefined;
  expect(statSync(join(folder, 'folds.db')).mode & 0o777).toBe(0o600);
  const database = new DatabaseSync(join(folder, 'folds.db'));
  database.exec('pragma user_version = 99');
  database.close();
  expect(() => openFoldStates(folder, log)).toThrow('newer Gatescope');
  expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
});

test('a damaged file is put aside, and the folds begin anew', () => {
  writeFileSync(join(folder, 'folds.db'), 'this was a database once, and is none any more'.repeat(100));
  expect(open().position).toBe(0);
  expect(readdirSync(folder)).toContain('folds.db.damaged');
  expect(said).toEqual([
    'The states of the folds are damaged: they were put aside, and the folds begin anew.',
  ]);
});

test('a file that is damaged inside is put aside, too', () => {
  const all = open();
  all.learnAll(
    'default',
    Array.from({ length: 5_000 }, (_, index) => ({
      kind: 'service' as const,
      id: `s${index}`,
      name: 'x'.repeat(50),
      since: 1,
    })),
  );
  all.close();
  states = undefined;
  const path = join(folder, 'folds.db');
  const bytes = readFileSync(path);
  bytes.fill(0x55, 8_192, 40_960);
  writeFileSync(path, bytes);
  expect(open().position).toBe(0);
  expect(readdirSync(folder)).toContain('folds.db.damaged');
});
