/**
 * What retention removed from the store, counted durably by tenant: each partition is noted before it is dropped and
 * counted after it, so that a crash in between neither loses nor doubles a count. What was dropped is reported to the
 * audit trail of each tenant, its own figures only.
 */
import type { Transaction } from 'kysely';
import type { Clock } from '../core/ports.ts';
import type { DropReason } from '../core/retention.ts';
import type { RecordAudit } from './audit.ts';
import type { ControlData } from './control.ts';
import type { ControlTables } from './migrations.ts';

/** A partition of the store, counted before it is dropped. */
export interface Drop {
  /** Name of the partition in the store. */
  readonly partition: string;
  readonly retention: string;
  /** As `2026-11-20`. */
  readonly day: string;
  readonly because: DropReason;
  /** On disk. */
  readonly bytes: number;
  /** Rows by tenant. */
  readonly tenants: Readonly<Record<string, number>>;
  /** Position after the last of its rows. */
  readonly end: number;
}
export type OpenDrop = Drop & { readonly id: number };

/** All that was ever dropped of one tenant and class for one reason. */
export interface DropTotal {
  /** Empty: of tenants that are gone. */
  readonly tenant: string;
  readonly retention: string;
  readonly because: DropReason;
  readonly rows: number;
  /** By its part of the rows of each partition. */
  readonly bytes: number;
  /** The youngest day of the last run that dropped any, and when that was, in microseconds. */
  readonly lastDay: string;
  readonly lastTime: number;
}

export interface Drops {
  /** Notes that the partition is about to be dropped. Durable when it resolves. */
  begin(drop: Drop): Promise<OpenDrop>;
  /** Those begun and not ended, oldest first: after a crash the store says what became of them. */
  open(): Promise<OpenDrop[]>;
  /** Counts what is gone: all that was noted but for what `remaining` says is still there, rows by tenant. */
  end(drop: OpenDrop, remaining?: Readonly<Record<string, number>>): Promise<void>;
  /** Writes what was dropped since the last report into the audit trails. */
  report(): Promise<void>;
  /** By tenant, class and reason; from memory. */
  readonly totals: readonly DropTotal[];
  /** Its figures no longer carry its name, as that may be given again. */
  forget(tenant: string): Promise<void>;
}

const self = { kind: 'system', id: 'retention', name: 'retention' } as const;

const why: Readonly<Record<DropReason, string>> = {
  age: 'they were older than their class is kept',
  budget: 'the store had reached its budget and the oldest days go first',
};

const counted = (amount: number, what: string): string => `${amount} ${what}${amount === 1 ? '' : 's'}`;

export async function openDrops(ports: {
  readonly control: ControlData;
  readonly clock: Clock;
  readonly recordAudit: RecordAudit;
}): Promise<Drops> {
  const { control, clock, recordAudit } = ports;
  const load = async () =>
    (await control
      .selectFrom('dropTotals')
      .selectAll()
      .orderBy('tenant')
      .orderBy('retention')
      .orderBy('because')
      .execute()) as DropTotal[];
  let totals = await load();

  const add = (transaction: Transaction<ControlTables>, total: DropTotal) =>
    transaction
      .insertInto('dropTotals')
      .values(total)
      .onConflict((conflict) =>
        conflict.columns(['tenant', 'retention', 'because']).doUpdateSet((row) => ({
          rows: row('dropTotals.rows', '+', total.rows),
          bytes: row('dropTotals.bytes', '+', total.bytes),
          lastDay: total.lastDay,
          lastTime: total.lastTime,
        })),
      )
      .execute();

  return {
    get totals() {
      return totals;
    },

    async begin(drop) {
      const { tenants, ...values } = drop;
      const row = await control
        .insertInto('drops')
        .values({ ...values, tenants: JSON.stringify(tenants), done: null })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { ...drop, id: row.id };
    },

    async open() {
      const rows = await control
        .selectFrom('drops')
        .selectAll()
        .where('done', 'is', null)
        .orderBy('id')
        .execute();
      return rows.map(({ done: _, tenants, because, ...drop }) => ({
        ...drop,
        because: because as DropReason,
        tenants: JSON.parse(tenants) as Record<string, number>,
      }));
    },

    async end({ id, retention, day, because, bytes, tenants }, remaining = {}) {
      const now = clock();
      const rows = Object.values(tenants).reduce((sum, count) => sum + count, 0);
      const gone = Object.entries(tenants)
        .map(([tenant, count]) => [tenant, count - (remaining[tenant] ?? 0)] as const)
        .filter(([, count]) => count > 0);
      await control.transaction().execute(async (transaction) => {
        for (const [tenant, count] of gone) {
          const part = Math.round((bytes * count) / rows);
          await add(transaction, {
            tenant,
            retention,
            because,
            rows: count,
            bytes: part,
            lastDay: day,
            lastTime: now,
          });
        }
        if (gone.length === 0) await transaction.deleteFrom('drops').where('id', '=', id).execute();
        else
          await transaction
            .updateTable('drops')
            .set({ tenants: JSON.stringify(Object.fromEntries(gone)), done: now })
            .where('id', '=', id)
            .execute();
      });
      totals = await load();
    },

    async report() {
      await control.transaction().execute(async (transaction) => {
        const done = await transaction
          .selectFrom('drops')
          .selectAll()
          .where('done', 'is not', null)
          .orderBy('day')
          .execute();
        const reports = new Map<
          string,
          { because: DropReason; retention: string; tenant: string; days: Set<string>; rows: number }
        >();
        for (const { because, retention, day, tenants } of done)
          for (const [tenant, rows] of Object.entries(JSON.parse(tenants) as Record<string, number>)) {
            const key = JSON.stringify([tenant, retention, because]);
            const report = reports.get(key);
            if (report === undefined)
              reports.set(key, {
                because: because as DropReason,
                retention,
                tenant,
                days: new Set([day]),
                rows,
              });
            else {
              report.days.add(day);
              report.rows += rows;
            }
          }
        for (const { because, retention, tenant, days, rows } of reports.values()) {
          const [first, ...more] = [...days];
          const span =
            more.length === 0 ? `of ${first}` : `of ${days.size} days, ${first} to ${more.at(-1)},`;
          await recordAudit(transaction, tenant, {
            action: 'events.dropped',
            outcome: 'success',
            actor: self,
            entityType: 'retention',
            entityId: retention,
            message: `${counted(rows, 'event')} ${span} in the class ${retention} ${rows === 1 ? 'was' : 'were'} removed: ${why[because]}`,
          });
        }
        await transaction.deleteFrom('drops').where('done', 'is not', null).execute();
      });
    },

    async forget(tenant) {
      await control.transaction().execute(async (transaction) => {
        const rows = await transaction
          .deleteFrom('dropTotals')
          .where('tenant', '=', tenant)
          .returningAll()
          .execute();
        for (const row of rows) await add(transaction, { ...(row as DropTotal), tenant: '' });
      });
      totals = await load();
    },
  };
}
