/**
 * The answers of the query API (SEMANTICS §8), as schemas: OpenAPI, the web app and the tests read them here.
 */
import Type, { type Static } from 'typebox';
import { dropReasons } from './retention.ts';

export const FrameColumn = Type.Object({
  name: Type.String(),
  type: Type.Enum(['string', 'integer', 'number', 'boolean', 'time']),
  role: Type.Enum(['time', 'dimension', 'measure']),
  unit: Type.Optional(Type.String({ description: 'In UCUM: us, By, /s, {event}, 1 for shares.' })),
});
export type FrameColumn = Static<typeof FrameColumn>;

const Cell = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);
export type Cell = Static<typeof Cell>;
const Row = Type.Array(Cell);

const Meta = Type.Object({
  from: Type.String(),
  to: Type.String(),
  timezone: Type.String(),
  took: Type.Number({ description: 'Milliseconds.' }),
  source: Type.Enum(['rollup', 'raw', 'mixed']),
  incomplete: Type.Array(Type.String(), { description: 'Starts of the buckets that are not over yet.' }),
});

const body = {
  columns: Type.Array(FrameColumn),
  rows: Type.Array(Row),
  others: Type.Union([Type.Array(Row), Type.Null()], {
    description:
      'What lies outside the top groups: one row, or one a bucket; merged states, never a subtraction.',
  }),
  totals: Row,
  meta: Meta,
};

export const Frame = Type.Object({
  ...body,
  previous: Type.Union([Type.Object(body), Type.Null()]),
});
export type Frame = Static<typeof Frame>;

/** An event as the API gives it: the column names, `time` and `received` in RFC 3339, absent columns left out. */
export const ApiEvent = Type.Record(Type.String(), Type.Unknown());
export type ApiEvent = Record<string, unknown>;

export const EventsPage = Type.Object({
  events: Type.Array(ApiEvent),
  next: Type.Union([Type.String(), Type.Null()]),
  took: Type.Number({ description: 'Milliseconds.' }),
  total: Type.Optional(Type.Integer()),
});
export type EventsPage = Static<typeof EventsPage>;

export const IngestProblem = Type.Object({
  index: Type.Integer({ description: '0-based place of the record in the body.' }),
  line: Type.Integer(),
  byte: Type.Integer(),
  path: Type.String({ description: 'Field at fault, or empty.' }),
  reason: Type.String(),
  quarantineId: Type.String(),
});
export const PastRetention = Type.Object({
  retention: Type.String({ description: 'Retention class.' }),
  because: Type.Enum(dropReasons),
  count: Type.Integer({ description: 'Events.' }),
  before: Type.String({ description: 'Events of the class from before this time are not kept, RFC 3339.' }),
  oldest: Type.String({ description: 'Time of the oldest of them, RFC 3339.' }),
  reason: Type.String({
    description: 'The rule, when they are removed, and the setting that would keep them.',
  }),
});
export const IngestAnswer = Type.Object({
  received: Type.Integer(),
  accepted: Type.Integer(),
  duplicates: Type.Integer(),
  quarantined: Type.Integer(),
  redacted: Type.Integer({ description: 'Secrets that were redacted in the accepted and the quarantined.' }),
  pastRetention: Type.Optional(
    Type.Array(PastRetention, {
      description:
        'Of the accepted, events past their retention class already: they are stored, and removed soon. Absent when there are none.',
    }),
  ),
  problems: Type.Array(IngestProblem),
  problemsOmitted: Type.Optional(Type.Integer()),
});
export type IngestAnswer = Static<typeof IngestAnswer>;

/** RFC 9457. `detail` says what to do. */
export const ProblemDetails = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String(), reason: Type.String() }))),
});
export type ProblemDetails = Static<typeof ProblemDetails>;
