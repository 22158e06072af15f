/**
 * What the folds remember, in one SQLite file of the data folder: states, names, derived records on their way to the
 * journal, and the cursor. One transaction holds what belongs together, so that a crash leaves a point that was reached.
 *
 * A transaction survives the end of the process at once, and a loss of power once a later one was made `durable`
 * (SQLite documentation, "synchronous" in WAL mode): what is lost is folded again from the journal and comes out the same.
 */
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { Named, NamedKind } from '../core/named.ts';
import type { Log } from '../core/ports.ts';
import { FolderProblem, isDamaged, opening } from '../folder/problems.ts';
import type { DerivedRecord, Kept } from './fold.ts';

const version = 3;
const tables = `
  create table if not exists states (
    fold text not null, tenant text not null, key text not null, state text not null, until integer not null,
    primary key (fold, tenant, key)
  ) without rowid;
  create index if not exists states_by_end on states (fold, until);
  create table if not exists names (
    tenant text not null, kind text not null, id text not null, name text not null,
    since integer not null default 0, unique (tenant, kind, id)
  );
  create table if not exists outbox (id integer primary key autoincrement, tenant text not null, records text not null);
  create table if not exists progress (
    one integer primary key check (one = 1), position integer not null, note text not null default 'null'
  );
  insert or ignore into progress (one, position) values (1, 0);
`;

/** Where a state is kept. */
export interface Place {
  readonly fold: string;
  readonly tenant: string;
  readonly key: string;
}
export interface Ended extends Place {
  readonly state: unknown;
  readonly until: number;
}
export interface Outgoing {
  readonly id: number;
  readonly tenant: string;
  /** JSON, one a line. */
  readonly records: string;
}

/** Names in memory, known and unknown ones. */
const remembered = 20_000;
/** Names kept on disk; beyond them those that were learned first go. */
const mostNames = 1_000_000;

/** All calls are synchronous and take microseconds. */
export class FoldStates {
  readonly #database: DatabaseSync;
  readonly #run = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  readonly #keys = new Map<string, number>();
  readonly #names = new Map<string, string | undefined>();
  #position: number;
  #note: unknown;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const progress = this.#sql('select position, note from progress').get();
    this.#position = Number(progress?.position ?? 0);
    this.#note = JSON.parse(String(progress?.note ?? 'null'));
    for (const { fold, keys } of this.#sql('select fold, count(*) keys from states group by fold').all())
      this.#keys.set(String(fold), Number(keys));
  }

  #sql(text: string) {
    let statement = this.#run.get(text);
    if (statement === undefined) {
      statement = this.#database.prepare(text);
      this.#run.set(text, statement);
    }
    return statement;
  }

  /** Position of the next event to fold. */
  get position(): number {
    return this.#position;
  }

  /**
   * All of `work` or nothing; what it throws is thrown. `durable`: also after a loss of power, which takes as long as
   * the disk does; for what cannot be worked out again from the journal.
   */
  transaction(work: () => void, durable = false): void {
    const { position, note } = this;
    const keys = new Map(this.#keys);
    if (durable) this.#database.exec('pragma synchronous = full');
    this.#database.exec('begin immediate');
    try {
      work();
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      this.#position = position;
      this.#note = note;
      this.#keys.clear();
      for (const [fold, count] of keys) this.#keys.set(fold, count);
      this.#names.clear();
      throw error;
    } finally {
      if (durable) this.#database.exec('pragma synchronous = normal');
    }
  }

  /** What was saved with a position, as JSON. */
  get note(): unknown {
    return this.#note;
  }

  /** Without a note the one before stays. */
  advance(position: number, note: unknown = this.#note): void {
    if (note === this.#note) this.#sql('update progress set position = ?').run(position);
    else this.#sql('update progress set position = ?, note = ?').run(position, JSON.stringify(note ?? null));
    this.#position = position;
    this.#note = note;
  }

  state({ fold, tenant, key }: Place): unknown {
    const row = this.#sql('select state from states where fold = ? and tenant = ? and key = ?').get(
      fold,
      tenant,
      key,
    );
    return row === undefined ? undefined : JSON.parse(String(row.state));
  }

  keep({ fold, tenant, key }: Place, { state, until }: Kept<unknown>, isNew: boolean): void {
    this.#sql(
      `insert into states values (?, ?, ?, ?, ?)
         on conflict do update set state = excluded.state, until = excluded.until`,
    ).run(fold, tenant, key, JSON.stringify(state), until);
    if (isNew) this.#count(fold, 1);
  }

  drop({ fold, tenant, key }: Place): void {
    const { changes } = this.#sql('delete from states where fold = ? and tenant = ? and key = ?').run(
      fold,
      tenant,
      key,
    );
    this.#count(fold, -Number(changes));
  }

  #count(fold: string, more: number): void {
    this.#keys.set(fold, this.keys(fold) + more);
  }

  /** How many keys a fold has. */
  keys(fold: string): number {
    return this.#keys.get(fold) ?? 0;
  }

  /** States of a fold whose end has come, the oldest first. */
  ended(fold: string, now: number, limit: number): readonly Ended[] {
    const found = this.#sql(
      'select tenant, key, state, until from states where fold = ? and until <= ? order by until limit ?',
    ).all(fold, now, limit);
    return found.map(({ tenant, key, state, until }) => ({
      fold,
      tenant: String(tenant),
      key: String(key),
      state: JSON.parse(String(state)),
      until: Number(until),
    }));
  }

  /** Gives up the states of a fold that end first, so many; how many there were. */
  evict(fold: string, count: number): number {
    const { changes } = this.#sql(
      `delete from states where fold = ?1 and (tenant, key) in
         (select tenant, key from states where fold = ?1 order by until limit ?2)`,
    ).run(fold, count);
    this.#count(fold, -Number(changes));
    return Number(changes);
  }

  nameOf(tenant: string, kind: NamedKind, id: string): string | undefined {
    const place = `${tenant}\0${kind}\0${id}`;
    if (this.#names.has(place)) return this.#names.get(place);
    const row = this.#sql('select name from names where tenant = ? and kind = ? and id = ?').get(
      tenant,
      kind,
      id,
    );
    const name = row === undefined ? undefined : String(row.name);
    if (this.#names.size >= remembered) this.#names.clear();
    this.#names.set(place, name);
    return name;
  }

  /** Of two names of one id the later holds, whichever is learned first. */
  learn(tenant: string, { kind, id, name, since }: Named): void {
    const known = this.#sql('select name, since from names where tenant = ? and kind = ? and id = ?').get(
      tenant,
      kind,
      id,
    );
    const lead = known === undefined ? -1 : Number(known.since) - since;
    if (lead > 0 || (lead === 0 && known?.name === name)) return;
    const { lastInsertRowid } = this.#sql('insert or replace into names values (?, ?, ?, ?, ?)').run(
      tenant,
      kind,
      id,
      name,
      since,
    );
    this.#sql('delete from names where rowid <= ?').run(Number(lastInsertRowid) - mostNames);
    this.#names.delete(`${tenant}\0${kind}\0${id}`);
  }

  /** Learns what a gateway was asked for. It can be asked again, so the disk is not waited for. */
  learnAll(tenant: string, names: readonly Named[]): void {
    this.transaction(() => {
      for (const named of names) this.learn(tenant, named);
    });
  }

  /** Puts derived records of one tenant on their way. */
  send(tenant: string, records: readonly DerivedRecord[]): void {
    const lines = records.map((record) => JSON.stringify(record)).join('\n');
    this.#sql('insert into outbox (tenant, records) values (?, ?)').run(tenant, lines);
  }

  /** The oldest derived records that are not in the journal yet; each is those of one transaction and tenant. */
  outgoing(limit: number): readonly Outgoing[] {
    return this.#sql('select id, tenant, records from outbox order by id limit ?')
      .all(limit)
      .map(({ id, tenant, records }) => ({
        id: Number(id),
        tenant: String(tenant),
        records: String(records),
      }));
  }

  /** They are in the journal. */
  sent({ id }: Outgoing): void {
    this.#sql('delete from outbox where id = ?').run(id);
  }

  /** Forgets all of a tenant. */
  forget(tenant: string): void {
    const of: readonly SQLInputValue[] = [tenant];
    this.transaction(() => {
      const those = this.#sql('select fold, count(*) keys from states where tenant = ? group by fold').all(
        ...of,
      );
      for (const table of ['states', 'names', 'outbox'])
        this.#sql(`delete from ${table} where tenant = ?`).run(...of);
      for (const { fold, keys } of those) this.#count(String(fold), -Number(keys));
    }, true);
    this.#names.clear();
  }

  /** Copies the file as it is now, for a backup: nobody else can read it while it is open here. */
  async copyTo(path: string): Promise<void> {
    await backup(this.#database, path, { rate: 2 ** 30 });
  }

  close(): void {
    this.#database.close();
  }
}

function openDatabase(path: string): DatabaseSync {
  // Made before SQLite opens it: its own files beside it take over these rights.
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: 5_000 });
  try {
    // Nobody else opens it, so nothing is made for others beside it: a full disk has no room for that.
    database.exec('pragma locking_mode = exclusive; pragma journal_mode = wal; pragma synchronous = normal;');
    // A checkpoint waits for the disk: every 16 MB, not every 4. And 16 MB of pages in memory, not 2.
    database.exec('pragma wal_autocheckpoint = 4000; pragma cache_size = -16000;');
    const written = Number(database.prepare('pragma user_version').get()?.user_version ?? 0);
    if (written > version)
      throw new FolderProblem(
        `${path} was written by a newer Gatescope; start that version, or use another data folder.`,
      );
    // A copy of a file that was written to can be opened, and fails later.
    const [found] = database.prepare('pragma quick_check(1)').all();
    if (found?.quick_check !== 'ok')
      throw Object.assign(new Error(String(found?.quick_check)), { code: 'ERR_SQLITE_ERROR', errcode: 11 });
    if (written === version) return database;
    const since = written === 1 ? 'alter table names add column since integer not null default 0;' : '';
    const progress = database.prepare("select name from pragma_table_info('progress')").all();
    const note =
      progress.length > 0 && !progress.some(({ name }) => name === 'note')
        ? "alter table progress add column note text not null default 'null';"
        : '';
    database.exec(`begin; ${since} ${note} ${tables} pragma user_version = ${version}; commit;`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** How far the folds of a folder have come, before they are opened; 0 when that cannot be read. */
export function foldsPosition(data: string): number {
  const path = join(data, 'folds.db');
  if (!existsSync(path)) return 0;
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
    try {
      return Number(database.prepare('select position from progress').get()?.position ?? 0);
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}

/**
 * Opens or makes `<data>/folds.db`, readable by its owner alone. A damaged file is put aside: what it held is folded
 * again from the journal. Throws when it is of a newer version.
 */
export function openFoldStates(data: string, log: Log): FoldStates {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const path = join(data, 'folds.db');
  try {
    return new FoldStates(openDatabase(path));
  } catch (error) {
    if (!isDamaged(error))
      return opening(path, () => {
        throw error;
      });
    log.error('The states of the folds are damaged: they were put aside, and the folds begin anew.', {
      path,
    });
    for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
    renameSync(path, `${path}.damaged`);
    return opening(path, () => new FoldStates(openDatabase(path)));
  }
}
