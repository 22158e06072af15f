/**
 * The question as data: panels, rules, reports, exports, CLI and API all ask with this value; only the store knows
 * SQL. Always bounded in time.
 */
import Type, { type Static } from 'typebox';

export const granularities = [
  'auto',
  'minute',
  '5 minutes',
  '15 minutes',
  'hour',
  'day',
  'week',
  'month',
] as const;
export type Granularity = (typeof granularities)[number];

/** The most groups, and the most buckets, that one query may ask for. */
export const mostGroups = 10_000;
export const mostBuckets = 10_000;

const Moment = Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Number()], {
  description:
    'RFC 3339, epoch milliseconds, or relative to now: `now`, `now-24h`, `now/d` (start of the day), `now-1d/d`. ' +
    'Units: s, m, h, d, w, M.',
});
const FilterText = Type.String({
  maxLength: 10_000,
  description: 'In the filter language; empty for everything.',
});
const Name = Type.String({ minLength: 1, maxLength: 200 });

export const MeasureAsked = Type.Union([
  Name,
  Type.Object(
    {
      name: Type.String({ minLength: 1, maxLength: 200, description: 'Name of the column in the answer.' }),
      measure: Name,
      filter: Type.Optional(FilterText),
    },
    { additionalProperties: false },
  ),
]);
export type MeasureAsked = Static<typeof MeasureAsked>;

export const Query = Type.Object(
  {
    from: Moment,
    to: Moment,
    timezone: Type.Optional(
      Type.String({
        maxLength: 64,
        description: 'IANA name of the time zone of the buckets; UTC by default.',
      }),
    ),
    filter: Type.Optional(FilterText),
    measures: Type.Array(MeasureAsked, {
      minItems: 1,
      maxItems: 50,
      description: 'Such as `count`, `errorRate`, `duration.p95`.',
    }),
    by: Type.Optional(
      Type.Array(Name, { maxItems: 5, description: 'Columns or attributes to group by; missing is null.' }),
    ),
    granularity: Type.Optional(
      Type.Enum([...granularities] as unknown as typeof granularities, {
        description:
          'Length of a time bucket in the time zone; weeks begin on Monday. None: the range as a whole.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: mostGroups, description: 'Groups at most; 100 by default.' }),
    ),
    others: Type.Optional(
      Type.Boolean({ description: 'Also answer what lies outside the top groups; false by default.' }),
    ),
    orderBy: Type.Optional(
      Type.String({
        maxLength: 220,
        description:
          'A measure or dimension of this query that ranks the groups, with ` asc` or ` desc` behind it. ' +
          'By default the first measure, largest first.',
      }),
    ),
    compare: Type.Optional(
      Type.String({
        maxLength: 20,
        description: '`previous`, or how far back, such as `7d`: the same question for that earlier range.',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Query = Static<typeof Query>;

/** Why a question has no answer. */
export interface QueryProblem {
  /**
   * invalid: the question is wrong; `path` and `reason` say where and how.
   * forbidden: it needs the scope `read:raw`.
   * timeout, tooLarge: the engine stopped it at its limits; ask for less.
   * aborted: the asker went away. unavailable: the engine does not answer; try again.
   */
  readonly kind: 'invalid' | 'forbidden' | 'timeout' | 'tooLarge' | 'aborted' | 'unavailable';
  /** Field of the query, such as `filter` or `measures.1`; '' for the whole. */
  readonly path: string;
  readonly reason: string;
  /** Place in the filter text, where `path` is a filter. */
  readonly offset?: number;
  readonly length?: number;
}
