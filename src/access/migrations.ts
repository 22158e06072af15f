/** The tables of the control data, and the numbered steps that make them. A step is never changed once released. */
import { type Generated, type Kysely, type Migration, sql } from 'kysely';

/** Times are microseconds since 1970; `scopes` is a JSON array; hashes are SHA-256 in hexadecimal. */
export interface ControlTables {
  tenants: { name: string; created: number };
  users: { id: string; tenant: string; name: string; password: string; scopes: string; created: number };
  tokens: {
    id: string;
    tenant: string;
    name: string;
    hash: string;
    /** First characters of the secret, to tell tokens apart. */
    hint: string;
    scopes: string;
    created: number;
    lastUsed: number | null;
    expires: number | null;
    revoked: number | null;
  };
  sessions: { hash: string; tenant: string; user: string; created: number; expires: number };
  /** Audit records that are not in the journal yet, in the order of `id`. */
  outbox: { id: Generated<number>; tenant: string; record: string };
  /** Partitions of the store that are being dropped, or are and not yet reported; see `drops.ts`. */
  drops: {
    id: Generated<number>;
    partition: string;
    retention: string;
    day: string;
    because: string;
    bytes: number;
    /** Rows by tenant, a JSON object. */
    tenants: string;
    end: number;
    done: number | null;
  };
  /** What was ever dropped. */
  dropTotals: {
    tenant: string;
    retention: string;
    because: string;
    rows: number;
    bytes: number;
    lastDay: string;
    lastTime: number;
  };
}

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('tenants')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('created', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('users')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) =>
        column.notNull().references('tenants.name').onDelete('cascade'),
      )
      .addColumn('name', 'text', (column) => column.notNull().unique())
      .addColumn('password', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('created', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('tokens')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) =>
        column.notNull().references('tenants.name').onDelete('cascade'),
      )
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .addColumn('hint', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('created', 'bigint', (column) => column.notNull())
      .addColumn('lastUsed', 'bigint')
      .addColumn('expires', 'bigint')
      .addColumn('revoked', 'bigint')
      .execute();
    await db.schema
      .createTable('sessions')
      .addColumn('hash', 'text', (column) => column.primaryKey())
      .addColumn('tenant', 'text', (column) =>
        column.notNull().references('tenants.name').onDelete('cascade'),
      )
      .addColumn('user', 'text', (column) => column.notNull().references('users.id').onDelete('cascade'))
      .addColumn('created', 'bigint', (column) => column.notNull())
      .addColumn('expires', 'bigint', (column) => column.notNull())
      .execute();
    // No reference to the tenant: its last record is that of its own removal.
    await db.schema
      .createTable('outbox')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('record', 'text', (column) => column.notNull())
      .execute();
    await sql`insert into tenants (name, created) values ('default', 0)`.execute(db);
  },
};

const drops: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('drops')
      .addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
      .addColumn('partition', 'text', (column) => column.notNull())
      .addColumn('retention', 'text', (column) => column.notNull())
      .addColumn('day', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('tenants', 'text', (column) => column.notNull())
      .addColumn('end', 'bigint', (column) => column.notNull())
      .addColumn('done', 'bigint')
      .execute();
    // No reference to the tenant: the sum over all counts those that are gone, too.
    await db.schema
      .createTable('dropTotals')
      .addColumn('tenant', 'text', (column) => column.notNull())
      .addColumn('retention', 'text', (column) => column.notNull())
      .addColumn('because', 'text', (column) => column.notNull())
      .addColumn('rows', 'bigint', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('lastDay', 'text', (column) => column.notNull())
      .addColumn('lastTime', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('dropTotalsKey', ['tenant', 'retention', 'because'])
      .execute();
  },
};

/** In the order of their names. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-access': first,
  '0002-drops': drops,
};
