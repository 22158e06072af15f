/** The control data (who may do what) in one SQLite file of the data folder. */
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely, Migrator } from 'kysely';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { type ControlTables, migrations } from './migrations.ts';
import { NodeSqliteDialect } from './node-sqlite-dialect.ts';

export type ControlData = Kysely<ControlTables>;

const migrationTable = 'migrations';

/** Names of migrations that this program does not know: a newer one has been here. */
async function unknownMigrations(control: ControlData): Promise<string[]> {
  const known = await control.introspection.getTables({ withInternalKyselyTables: true });
  if (!known.some(({ name }) => name === migrationTable)) return [];
  const done = control.withTables<{ [migrationTable]: { name: string } }>();
  const rows = await done.selectFrom(migrationTable).select('name').execute();
  return rows.map(({ name }) => name).filter((name) => !Object.hasOwn(migrations, name));
}

async function migrate(control: ControlData): Promise<Result<ControlData>> {
  const newer = await unknownMigrations(control);
  if (newer.length > 0)
    return fail({
      path: 'control.db',
      reason: `was written by a newer Gatescope (${newer.join(', ')}); start that version, or use another data folder`,
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

/**
 * Opens or makes `<data>/control.db`, readable by its owner alone, and brings it to the present form. A commit is on
 * disk when its promise resolves (WAL, synchronous FULL). Several processes may have it open: each waits for the
 * other's write. A file of a newer version is refused unharmed.
 */
export async function openControl(data: string): Promise<Result<ControlData, Problem>> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const path = join(data, 'control.db');
  // Made before SQLite opens it: its own files beside it take over these rights.
  await (await open(path, 'a', 0o600)).close();
  const database = new DatabaseSync(path, { timeout: 5_000, enableForeignKeyConstraints: true });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  const control: ControlData = new Kysely<ControlTables>({ dialect: new NodeSqliteDialect(database) });
  const migrated = await migrate(control);
  if (!migrated.ok) await control.destroy();
  return migrated;
}
