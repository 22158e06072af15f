/** Kysely over Node's own SQLite (`node:sqlite`): Kysely's SQLite dialect, given Node's statements. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { SqliteAdapter, type SqliteDatabase, SqliteDialect } from 'kysely';
import { isFull } from '../folder/problems.ts';
import { sizeText, startRoom } from '../folder/space.ts';
import { ApiError } from './api-error.ts';

// SQLite rolls back changes of tables too (SQLite documentation, "Transactional"), so a migration is all or nothing.
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** The connection, which may be opened anew between two transactions. */
export interface SqliteFile {
  readonly path: string;
  database: DatabaseSync;
}

/** One connection, used by one query at a time; statements run on the calling thread and take microseconds. */
export class NodeSqliteDialect extends SqliteDialect {
  constructor(file: SqliteFile) {
    super({ database: asKyselyExpects(file) });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

/** A full disk is nothing that the caller did: it is asked to come back. Where the disk is, is not for every caller. */
export class DiskFull extends ApiError {
  readonly code = 'ENOSPC';
  readonly path: string;

  constructor(path: string) {
    const detail = `The disk of the data folder is full: free at least ${sizeText(startRoom)} there. Until then only questions are answered.`;
    super(503, 'Disk full', detail, { retryAfter: 30 });
    this.path = path;
  }
}

function orFull<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw isFull(error) ? new DiskFull(path) : error;
  }
}

function asKyselyExpects(file: SqliteFile): SqliteDatabase {
  const prepared = (sql: string) => {
    const { database } = file;
    // A deferred transaction that turns to writing fails at once when another process has written meanwhile
    // (SQLite documentation, "Transactions", read snapshots); an immediate one waits its turn.
    if (sql === 'begin') return database.prepare('begin immediate');
    // SQLite itself has rolled back when the disk is full, and then knows of no transaction to end.
    if (sql === 'rollback' && !database.isTransaction) return database.prepare('pragma no_transaction');
    return database.prepare(sql);
  };
  return {
    close: () => file.database.close(),
    prepare: (sql) => {
      const statement = prepared(sql);
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => orFull(file.path, () => statement.all(...values(parameters))),
        run: (parameters) => orFull(file.path, () => statement.run(...values(parameters))),
        iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<unknown>,
      };
    },
  };
}
