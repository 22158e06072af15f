/** The part of `GET /api/status` that says how long events are kept, what is removed next and what was removed. */
import Type, { type Static } from 'typebox';
import type { DropTotal } from '../access/drops.ts';
import { usualRetention } from '../core/journal.ts';
import { dropReasons } from '../core/retention.ts';
import type { Outlook, Retention } from '../store/retention.ts';
import { ageOf, endOf, grace, type Partition } from '../store/retention-plan.ts';

const count = (description: string) => Type.Integer({ description });
const time = (description: string) => Type.String({ description: `${description} RFC 3339.` });
const day = (description: string) => Type.String({ description: `${description} As 2026-11-20, in UTC.` });
const Because = Type.Enum(dropReasons, {
  description: 'age: older than its class is kept; budget: the oldest of a store that takes what it may.',
});

const Dropped = Type.Object({
  retention: Type.String(),
  because: Because,
  events: count('Events removed.'),
  bytes: count('On disk, by their part of the events of each day.'),
  lastDay: day('The day that was removed last.'),
  lastTime: time('When that was.'),
});

export const RetentionStatus = Type.Object({
  checked: Type.Optional(time('When the store was last compared with the rules; that is done every minute.')),
  classes: Type.Array(
    Type.Object({
      retention: Type.String({ description: 'Retention class.' }),
      age: count('How long its events are kept, in seconds.'),
      keptFrom: Type.Array(Type.Object({ because: Because, time: time('Events from before this time go.') })),
      oldestDay: Type.Optional(
        day('The oldest that is stored, of any tenant; to who runs the installation.'),
      ),
      next: Type.Optional(
        Type.Object(
          {
            day: day('It is removed as a whole.'),
            because: Because,
            time: Type.Optional(time('When, where its age decides.')),
            events: count('In it.'),
            bytes: count('On disk.'),
          },
          { description: 'What is removed next; to who runs the installation.' },
        ),
      ),
    }),
  ),
  dropped: Type.Array(Dropped, { description: 'What was ever removed of this tenant.' }),
  installation: Type.Optional(
    Type.Object(
      {
        bytes: count('On disk, of all stored events.'),
        events: count('Stored.'),
        budget: Type.Object({
          bytes: Type.Union([count('That they may take.'), Type.Null()]),
          events: Type.Union([count('That may be stored.'), Type.Null()]),
          by: Type.Enum(['share', 'spared', 'bytes', 'none'], {
            description:
              'What sets the bytes: the share of the disk, what the journal and the alert of the disk leave, the bytes of the settings, or nothing.',
          }),
          overBytes: count('By which it is exceeded although only today and later is left.'),
          overEvents: count('The same for events.'),
        }),
        problem: Type.Optional(Type.String({ description: 'Why the budget cannot hold, and what to do.' })),
        dropped: Type.Array(Dropped, { description: 'What was ever removed, over all tenants.' }),
      },
      { description: 'To who runs the installation.' },
    ),
  ),
});
export type RetentionStatus = Static<typeof RetentionStatus>;

export interface RetentionStatusParts {
  readonly retention: Pick<Retention, 'outlook' | 'rules' | 'horizons'>;
  readonly drops: { readonly totals: readonly DropTotal[] };
}

const rfc3339 = (micros: number): string => new Date(micros / 1000).toISOString();

/** `all`: with what concerns the whole installation. */
export function retentionStatus(
  { retention, drops }: RetentionStatusParts,
  tenant: string,
  all: boolean,
): RetentionStatus {
  const { outlook, rules, horizons } = retention;
  const stored = all ? (outlook?.partitions ?? []).map((partition) => partition.retention) : [];
  const names = new Set([usualRetention, ...Object.keys(rules.ages), ...stored]);
  return {
    ...(outlook === undefined ? {} : { checked: rfc3339(outlook.time) }),
    classes: [...names].map((name) => ({
      retention: name,
      age: Math.round(ageOf(rules, name) / 1e6),
      keptFrom: horizons(name).map(({ because, before }) => ({ because, time: rfc3339(before) })),
      ...(all && outlook !== undefined ? oldestOf(outlook, name, ageOf(rules, name)) : {}),
    })),
    dropped: summed(drops.totals.filter((total) => total.tenant === tenant)),
    ...(all && outlook !== undefined ? { installation: installation(outlook, drops.totals) } : {}),
  };
}

function oldestOf({ partitions, plan }: Outlook, name: string, age: number) {
  const ofClass = partitions.filter(({ retention }) => retention === name);
  const [first] = ofClass.sort((a, b) => (a.day < b.day ? -1 : 1));
  if (first === undefined) return {};
  const due = plan.drops.find(({ partition }) => partition.retention === name);
  const near = plan.nearing.find(({ retention }) => retention === name);
  const byAge = {
    because: 'age' as const,
    time: rfc3339(Math.max(endOf(first.day) + age, (first.arrived ?? 0) + grace)),
  };
  const next =
    due !== undefined
      ? goes(due.partition, { because: due.because })
      : near !== undefined
        ? goes(near, { because: 'budget' as const })
        : goes(first, byAge);
  return { oldestDay: first.day, next };
}

const goes = <T>({ day, rows, bytes }: Partition, how: T) => ({ day, ...how, events: rows, bytes });

const limit = (amount: number): number | null => (Number.isFinite(amount) ? amount : null);

function installation({ partitions, budget, plan, disk }: Outlook, totals: readonly DropTotal[]) {
  const bytes = partitions.reduce((sum, partition) => sum + partition.bytes, 0);
  const problem = problemOf(bytes, { budget, plan, disk });
  return {
    bytes,
    events: partitions.reduce((sum, { rows }) => sum + rows, 0),
    budget: {
      bytes: limit(budget.bytes),
      events: limit(budget.rows),
      by: budget.by,
      overBytes: plan.excess.bytes,
      overEvents: plan.excess.rows,
    },
    ...(problem === undefined ? {} : { problem }),
    dropped: summed(totals),
  };
}

/** From this share of the budget on, the room that other files leave on the disk is little. */
const little = 0.1;

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

function problemOf(bytes: number, { budget, plan, disk }: Pick<Outlook, 'budget' | 'plan' | 'disk'>) {
  if (plan.excess.bytes > 0 || plan.excess.rows > 0)
    return 'The events of today alone take more than the budget, and today is never removed: raise retention.maxShare, retention.bytes or retention.rows, or give the store a larger disk.';
  // What others put on the disk never makes events go: whoever fills it, the ways in are closed at last.
  const within = bytes < budget.bytes * (1 - little);
  if (disk !== undefined && within && disk.room < Math.min(budget.bytes, disk.total) * little)
    return `Other files on the disk leave ${gigabytes(disk.room)} for more events, and the budget of ${gigabytes(budget.bytes)} is not reached by then: the disk fills up before the oldest days are removed, and then nothing is taken in. Make room, or set retention.bytes to at most ${gigabytes(bytes + disk.room)}.`;
  return undefined;
}

/** By class and reason. */
function summed(totals: readonly DropTotal[]): Static<typeof Dropped>[] {
  const groups = Map.groupBy(totals, ({ retention, because }) => `${retention} ${because}`);
  return [...groups.values()].map((group) => {
    const last = group.reduce((latest, total) => (total.lastTime > latest.lastTime ? total : latest));
    return {
      retention: last.retention,
      because: last.because,
      events: group.reduce((sum, { rows }) => sum + rows, 0),
      bytes: group.reduce((sum, { bytes }) => sum + bytes, 0),
      lastDay: last.lastDay,
      lastTime: rfc3339(last.lastTime),
    };
  });
}
