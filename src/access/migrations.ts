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

/** In the order of their names. */
export const migrations: Readonly<Record<string, Migration>> = { '0001-access': first };
