/** `GET /api/status`: what this server is, and the equation that shows nothing has vanished. */
import Type, { type Static } from 'typebox';
import { allows } from '../access/allows.ts';
import type { GuardedRoute, Principal } from '../access/route.ts';
import { defaultTenant } from '../access/tenants.ts';
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

export const ConsumerStatus = Type.Object({
  name: Type.String(),
  position: count('It has everything before this position.'),
  pending: count('Events it has yet to get.'),
  delivered: count('Events since this server started.'),
  deadLettered: count('Events it refused; they are kept.'),
  expired: count('Events that left journal and store before it got them.'),
  state: Type.Enum(['running', 'failing', 'stopped']),
  reason: Type.Optional(
    Type.String({ description: 'Why it fails; for administrators of the default tenant alone.' }),
  ),
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
  consumers: Type.Array(ConsumerStatus, { description: 'Over all tenants.' }),
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
      consumers: parts.consumers().map(({ reason: why, ...consumer }) => ({
        ...consumer,
        // It may quote events of any tenant.
        ...(why !== undefined && runsAll(principal) ? { reason: why } : {}),
      })),
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
