/** The control data (who may do what) in one SQLite file of the data folder. */
import { existsSync, statSync } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, Migrator } from 'kysely';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { isDamaged, opening, pathOf, sentenceOf } from '../folder/problems.ts';
import { type ControlTables, migrations } from './migrations.ts';
import { NodeSqliteDialect, type SqliteFile } from './node-sqlite-dialect.ts';

export type ControlData = Kysely<ControlTables>;

const migrationTable = 'migrations';

async function isEmpty(control: ControlData): Promise<boolean> {
  const known = await control.introspection.getTables({ withInternalKyselyTables: true });
  return !known.some(({ name }) => name === migrationTable);
}

/** Names of migrations that this program does not know: a newer one has been here. */
async function unknownMigrations(control: ControlData): Promise<string[]> {
  if (await isEmpty(control)) return [];
  const done = control.withTables<{ [migrationTable]: { name: string } }>();
  const rows = await done.selectFrom(migrationTable).select('name').execute();
  return rows.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name));
}

async function migrate(control: ControlData): Promise<Result<ControlData>> {
  const newer = await unknownMigrations(control);
  if (newer.length > 0)
    return fail({
      path: 'control.db',
      reason: `control.db was written by a newer Gatescope (${newer.join(', ')}); start that version, or use another data folder.`,
    });
  const migrator = new Migrator({
    db: control,
    provider: { getMigrations: async () => ({ ...migrations }) },
    migrationTableName: migrationTable,
    migrationLockTableName: 'migrationsLock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return ok(control);
}

export interface ControlOptions {
  /**
   * The disk is full: nothing is made beside the file, at the price that no other process can open it until
   * {@link OpenControl.share}.
   */
  readonly diskFull?: boolean;
  /** There are events in the folder, so there must be control data too: none are created. */
  readonly established?: boolean;
}

export interface OpenControl {
  readonly control: ControlData;
  /** Lets other processes open the file too, once there is room for what they share. False: not now, ask again. */
  share(): boolean;
}

export const controlFile = (data: string): string => join(data, 'control.db');

const restore = 'restore control.db from a backup';
const resetHint = (data: string): string =>
  `or create new control data, without the present users, tokens and tenants, with gatescope user reset --data ${data}`;

export const lostControl = (data: string): string =>
  `${controlFile(data)} is missing or empty, although there are events in the folder: ${restore}, ${resetHint(data)}.`;
const damagedControl = (data: string): string =>
  `${controlFile(data)} is damaged (it is not a database): ${restore}, ${resetHint(data)}.`;

function openFile(path: string, diskFull: boolean): DatabaseSync {
  return opening(path, () => {
    const database = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true });
    try {
      // Set before the first look, it spares the file that processes share, for which a full disk has no room.
      if (diskFull) database.exec('PRAGMA locking_mode = EXCLUSIVE');
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/** Made before SQLite opens it: its own files beside it take over these rights. */
async function makeFile(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/**
 * Opens or makes `<data>/control.db`, readable by its owner alone, and brings it to the present form. A commit is on
 * disk when its promise resolves (WAL, synchronous FULL). Several processes may have it open: each waits for the
 * other's write. A file of a newer version, a damaged one and a lost one are refused unharmed.
 */
export async function openControl(
  data: string,
  { diskFull = false, established = false }: ControlOptions = {},
): Promise<Result<OpenControl, Problem>> {
  const path = controlFile(data);
  const refused = (reason: string) => fail({ path: 'control.db', reason });
  if (established && (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0)
    return refused(lostControl(data));
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    await makeFile(path);
    const file: SqliteFile = { path, database: openFile(path, diskFull) };
    const control: ControlData = new Kysely<ControlTables>({ dialect: new NodeSqliteDialect(file) });
    const migrated =
      established && (await isEmpty(control)) ? refused(lostControl(data)) : await migrate(control);
    if (!migrated.ok) {
      await control.destroy();
      return migrated;
    }
    return ok({ control, share: shareOf(file, diskFull) });
  } catch (error) {
    if (isDamaged((error as Error).cause ?? error)) return refused(damagedControl(data));
    const sentence = sentenceOf(error, pathOf(error) ?? path);
    if (sentence === undefined) throw error;
    return refused(sentence);
  }
}

/** The file stays open alone until it was opened in the usual way, between two transactions. */
function shareOf(file: SqliteFile, diskFull: boolean): () => boolean {
  let shared = !diskFull;
  return () => {
    if (shared) return true;
    if (file.database.isTransaction) return false;
    const { path } = file;
    file.database.close();
    try {
      file.database = openFile(path, false);
      shared = true;
    } catch {
      file.database = openFile(path, true);
    }
    return shared;
  };
}

/**
 * Creates new control data where they are lost or damaged, and only there; what is left of the old ones is kept as
 * `.damaged`. To be called while the folder is locked.
 */
export async function recreateControl(data: string): Promise<Result<void, Problem>> {
  const path = controlFile(data);
  const present = await openControl(data, { established: true });
  if (present.ok) {
    await present.value.control.destroy();
    return fail({ path: 'control.db', reason: `${path} is whole: there is nothing to reset.` });
  }
  if (![lostControl(data), damagedControl(data)].includes(present.error.reason)) return present;
  for (const end of ['', '-wal', '-shm'])
    if (existsSync(path + end)) await rename(path + end, `${path}${end}.damaged`);
  const made = await openControl(data);
  if (!made.ok) return made;
  await made.value.control.destroy();
  return ok(undefined);
}
