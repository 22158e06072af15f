/** `GET /api/status`: what this server is, and the equation that shows nothing has vanished. */
import Type, { type Static } from 'typebox';
import { allows } from '../access/allows.ts';
import type { GuardedRoute, Principal } from '../access/route.ts';
import { defaultTenant } from '../access/tenants.ts';
import type { RowCounts } from '../core/row-counts.ts';
import type { DeliveryStatus } from '../delivery/deliver.ts';
import type { OpenJournal } from '../journal/journal.ts';
import type { NamingStatus as NamingFigures } from '../receivers/openziti-names.ts';
import { parametersOf } from './parameters.ts';

const count = (description: string) => Type.Integer({ description });

export const Equation = Type.Object(
  {
    received: count('Records taken in, first receptions only.'),
    journalled: count('Of them, those that became events.'),
    quarantined: count('Of them, those that could not.'),
    duplicates: count('Of them, those that were there already.'),
    replayed: count('Records sent again from quarantine, counted beside the equation.'),
  },
  { description: 'received = journalled + quarantined + duplicates' },
);
export type Equation = Static<typeof Equation>;

export const ConsumerStatus = Type.Object(
  {
    name: Type.String(),
    journalled: count('Events of the tenant that were ever journalled.'),
    delivered: count('Of them, those it has taken.'),
    pending: count('Of them, those it has yet to get.'),
    deadLettered: count('Of them, those it refused; they are kept.'),
    expired: count('Of them, those that left the journal, as it keeps nothing for ever, before it got them.'),
    lost: count('Of them, those that were damaged or deleted, and cannot be had again.'),
    balanced: Type.Boolean({
      description: 'Whether journalled = delivered + pending + deadLettered + expired + lost.',
    }),
    position: count('It has everything before this position, of all tenants.'),
    state: Type.Enum(['running', 'failing', 'stopped']),
    reason: Type.Optional(
      Type.String({ description: 'Why it fails; for administrators of the default tenant alone.' }),
    ),
  },
  { description: 'What became of the events of the tenant, counted over restarts.' },
);

export const LostEvents = Type.Object({
  tenant: Type.String({ description: '`?` where it is not known any more.' }),
  day: Type.String({ description: 'Day of the events, UTC.' }),
  retention: Type.String({ description: 'Their retention class.' }),
  events: count('How many.'),
});

export const NamingStatus = Type.Object({
  tenant: Type.String(),
  url: Type.String({ description: 'Address of the controller.' }),
  state: Type.Enum(['waiting', 'running', 'failing'], {
    description: 'Waiting until it has answered for the first time.',
  }),
  names: count('Names that it told when it was last asked for all.'),
  asked: Type.Optional(Type.String({ description: 'When that was, RFC 3339.' })),
  reason: Type.Optional(
    Type.String({ description: 'Why it fails; for administrators of the default tenant alone.' }),
  ),
});

export const Status = Type.Object({
  version: Type.String(),
  started: Type.String({ description: 'RFC 3339.' }),
  tenant: Type.String({ description: 'Tenant of this answer.' }),
  equation: Type.Intersect([Equation, Type.Object({ balanced: Type.Boolean() })]),
  consumers: Type.Array(ConsumerStatus),
  lost: Type.Array(LostEvents, {
    description:
      'Events that were accepted and are in neither store nor journal any more: of the tenant; to administrators of the default tenant, of all.',
  }),
  comparison: Type.Union(
    [
      Type.Object({
        at: Type.String({ description: 'RFC 3339.' }),
        surplus: count('Events that the store has and that were not journalled, of all tenants.'),
      }),
      Type.Null(),
    ],
    { description: 'When store and journal were compared last; null before the first time.' },
  ),
  naming: Type.Array(NamingStatus, {
    description:
      'Controllers that are asked for names: those of the tenant, to administrators of the default tenant all.',
  }),
  journal: Type.Object({
    oldest: count('Oldest position still in the journal.'),
    end: count('Position after the last event.'),
    segments: count('Files.'),
    bytes: count('On disk.'),
    pressure: Type.Enum(['ok', 'low', 'full'], {
      description: 'Full: nothing is taken in until there is room.',
    }),
  }),
  store: Type.Object({ ready: Type.Boolean(), reason: Type.Optional(Type.String()) }),
  disk: Type.Object({ free: count('Bytes.'), total: count('Bytes.') }),
});
export type Status = Static<typeof Status>;

export interface StatusParts {
  readonly version: string;
  /** Microseconds since 1970. */
  readonly started: number;
  readonly journal: Pick<OpenJournal, 'totals' | 'stats' | 'pressure'>;
  readonly consumers: () => readonly DeliveryStatus[];
  /** Of all tenants. */
  readonly lost: () => RowCounts;
  /** When store and journal were compared last (microseconds since 1970), and what the store had too many. */
  readonly compared: () => { readonly at: number; readonly surplus: RowCounts } | undefined;
  /** Of all tenants. */
  readonly naming: () => readonly NamingFigures[];
  /** Undefined when the store answers; otherwise why not. */
  readonly storeProblem: () => Promise<string | undefined>;
}

const nothing: Equation = { received: 0, journalled: 0, quarantined: 0, duplicates: 0, replayed: 0 };

/** Whether this is an administrator of the installation. */
export const runsAll = (principal: Principal): boolean =>
  principal.tenant === defaultTenant && allows(principal, 'admin');
const balanced = ({ received, journalled, quarantined, duplicates }: Equation): boolean =>
  received === journalled + quarantined + duplicates;

/** Until a consumer has counted, all is pending. */
function figuresOf(tenants: DeliveryStatus['tenants'], tenant: string, journalled: number) {
  const found = tenants.find((each) => each.tenant === tenant);
  const none = { delivered: 0, deadLettered: 0, expired: 0, lost: 0 };
  const { tenant: _, ...figures } = found ?? {
    tenant,
    ...none,
    journalled,
    pending: journalled,
    balanced: true,
  };
  return figures;
}

const comparisonOf = (compared: ReturnType<StatusParts['compared']>) =>
  compared === undefined
    ? null
    : { at: new Date(compared.at / 1000).toISOString(), surplus: compared.surplus.total };

/** Of one tenant, or of all. */
const lostOf = (lost: RowCounts, tenant: string | undefined): Static<typeof LostEvents>[] =>
  [...lost]
    .filter((group) => tenant === undefined || group.tenant === tenant)
    .sort((a, b) => a.day - b.day)
    .map(({ tenant: whose, day, retention, rows }) => ({
      tenant: whose,
      day: new Date(day * 86_400_000).toISOString().slice(0, 10),
      retention,
      events: rows,
    }));

export const statusRoute = (parts: StatusParts): GuardedRoute => ({
  method: 'GET',
  url: '/api/status',
  doc: 'What this server is and does: the equation of the tenant, consumers and their lag, journal, store and disk.',
  tag: 'health',
  access: { scope: 'read' },
  schema: { querystring: parametersOf({}), response: { 200: Status } },
  async handle({ principal }): Promise<Status> {
    const { version, started, journal } = parts;
    const { tenant } = principal;
    const reason = await parts.storeProblem();
    const equation = journal.totals().get(tenant) ?? nothing;
    const { oldest, end, segments, bytes, free, total } = journal.stats();
    return {
      version,
      started: new Date(started / 1000).toISOString(),
      tenant,
      equation: { ...equation, balanced: balanced(equation) },
      consumers: parts.consumers().map(({ reason: why, name, position, state, tenants }) => ({
        ...figuresOf(tenants, tenant, equation.journalled),
        name,
        position,
        state,
        // It may quote events of any tenant.
        ...(why !== undefined && runsAll(principal) ? { reason: why } : {}),
      })),
      lost: lostOf(parts.lost(), runsAll(principal) ? undefined : tenant),
      comparison: comparisonOf(parts.compared()),
      naming: parts
        .naming()
        .filter((controller) => controller.tenant === tenant || runsAll(principal))
        .map(({ asked, reason: why, ...controller }) => ({
          ...controller,
          ...(asked === undefined ? {} : { asked: new Date(asked / 1000).toISOString() }),
          // It may tell of the machine and its network.
          ...(why !== undefined && runsAll(principal) ? { reason: why } : {}),
        })),
      journal: { oldest, end, segments, bytes, pressure: journal.pressure },
      store: reason === undefined ? { ready: true } : { ready: false, reason },
      disk: { free, total },
    };
  },
});
