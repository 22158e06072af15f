/**
 * The catalogue of measures. A measure is made of parts that can be merged (sums, extremes, sketches), so that groups,
 * others and totals come from the same states and never from a subtraction; how parts become one number is data too.
 *
 * `weight` counts: 1, 0 for a second report of a call, -1 for a correction, more when sampled. Sums and averages are
 * weighted; extremes, percentiles and uniques look at events of positive weight.
 */
import { columns, type Unit } from '../core/event.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Condition } from './bind.ts';
import { type Field, type Fields, nearest } from './fields.ts';

/** One mergeable figure over the events that fulfil `where`. */
export type Part =
  /** Sum of weight. */
  | { readonly kind: 'weight'; readonly where?: Condition }
  /** Sum of value times weight, over events that have the value; 0 over none. */
  | { readonly kind: 'sum'; readonly field: Field; readonly where?: Condition }
  /** Sum of weight, over events that have the value. */
  | { readonly kind: 'known'; readonly field: Field; readonly where?: Condition }
  /** Smallest or largest value of the events of positive weight; null over none. */
  | { readonly kind: 'min' | 'max'; readonly field: Field; readonly where?: Condition }
  /** Value at `level` (0 to 1) of the events of positive weight, within 1 %; null over none. */
  | { readonly kind: 'quantile'; readonly field: Field; readonly level: number; readonly where?: Condition }
  /** How many different values the events of positive weight have. */
  | { readonly kind: 'unique'; readonly field: Field; readonly where?: Condition };

export interface Measure {
  readonly name: string;
  readonly doc: string;
  readonly type: 'integer' | 'number';
  /** UCUM. */
  readonly unit?: string;
  /**
   * value: the one part. ratio: the first over the second, null when that is 0.
   * perSecond: the one part over the seconds of the bucket that lie in the range and in the past.
   */
  readonly combine: 'value' | 'ratio' | 'perSecond';
  readonly parts: readonly Part[];
}

/** How a measure is described to people, without its parts. */
export type MeasureInfo = Pick<Measure, 'name' | 'doc' | 'type' | 'unit'>;

export const fieldAggregates = ['sum', 'avg', 'min', 'max', 'p50', 'p75', 'p90', 'p95', 'p99'] as const;

/** The measure of that name: one of the catalogue, or `<numeric field>.<sum|avg|min|max|p50…p99>`. */
export function findMeasure(name: string, fields: Fields): Result<Measure, string> {
  const named = namedMeasures(fields).get(name);
  if (named !== undefined) return ok(named);
  const dot = name.lastIndexOf('.');
  const aggregate = name.slice(dot + 1);
  if (dot > 0 && (fieldAggregates as readonly string[]).includes(aggregate))
    return ofField(name, name.slice(0, dot), aggregate, fields);
  const near = nearest(name, [...namedMeasures(fields).keys()]);
  const advice = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  return fail(
    `there is no measure ${name}; ${advice}measures are ${[...namedMeasures(fields).keys()].join(', ')} and <numeric field>.<${fieldAggregates.join('|')}>`,
  );
}

/** What can be asked, for documentation and completion: the catalogue, then every numeric field. */
export function listMeasures(fields: Fields): MeasureInfo[] {
  const ofFields = fields.all
    .filter(isNumeric)
    .flatMap((field) =>
      fieldAggregates.map((aggregate) => fieldMeasure(`${field.name}.${aggregate}`, field, aggregate)),
    );
  return [...namedMeasures(fields).values(), ...ofFields].map(({ name, doc, type, unit }) => ({
    name,
    doc,
    type,
    ...(unit === undefined ? {} : { unit }),
  }));
}

const isNumeric = (field: Field): boolean =>
  (field.kind === 'integer' || field.kind === 'number') &&
  field.name !== 'position' &&
  field.name !== 'weight';

function namedMeasures(fields: Fields): ReadonlyMap<string, Measure> {
  const column = (name: string): Field => {
    const found = fields.find(name);
    if (!found.ok) throw new Error(`The catalogue of measures names a column that is not there: ${name}`);
    return found.value;
  };
  const is = (name: string, value: string): Condition => ({
    kind: 'test',
    field: column(name),
    test: { op: 'is', value },
  });
  const traffic = is('family', 'traffic');
  const requestsThat = (...parts: Condition[]): Part => ({
    kind: 'weight',
    where: { kind: 'and', parts: [traffic, ...parts] },
  });
  const requests: Part = { kind: 'weight', where: traffic };
  const failed = requestsThat(is('outcome', 'failure'));
  const bytes = (name: string): Part => ({ kind: 'sum', field: column(name) });
  const status2xx: Condition = {
    kind: 'test',
    field: column('status'),
    test: { op: 'within', from: { value: 200, inclusive: true }, to: { value: 300, inclusive: false } },
  };
  const whole = (name: string, doc: string, unit: string, part: Part): Measure => ({
    name,
    doc,
    unit,
    type: 'integer',
    combine: 'value',
    parts: [part],
  });
  const share = (name: string, doc: string, part: Part): Measure => ({
    name,
    doc,
    unit: '1',
    type: 'number',
    combine: 'ratio',
    parts: [part, requests],
  });
  const catalogue: readonly Measure[] = [
    whole('count', 'Events of any family.', '{event}', { kind: 'weight' }),
    whole('requests', 'Events of family traffic.', '{request}', requests),
    {
      name: 'rate',
      doc: 'Requests per second.',
      unit: '/s',
      type: 'number',
      combine: 'perSecond',
      parts: [requests],
    },
    whole(
      'denied',
      'Requests that the gateway refused before the backend.',
      '{request}',
      requestsThat(is('outcome', 'denied')),
    ),
    whole('errors', 'Requests that failed by fault of the server or the gateway.', '{request}', failed),
    share('errorRate', 'Failed requests over all requests; null without requests.', failed),
    share(
      'successRate',
      'Successful requests over all requests; null without requests.',
      requestsThat(is('outcome', 'success')),
    ),
    share(
      'share2xx',
      'Requests answered with 2xx over all requests, as FlowGenX counts success; null without requests.',
      requestsThat(status2xx),
    ),
    whole('uniqueConsumers', 'Different consumers.', '{consumer}', {
      kind: 'unique',
      field: column('consumer'),
    }),
    whole('bytesIn', 'Bytes received from callers.', 'By', bytes('bytesIn')),
    whole('bytesOut', 'Bytes sent to callers.', 'By', bytes('bytesOut')),
  ];
  return new Map(catalogue.map((measure) => [measure.name, measure]));
}

function ofField(
  name: string,
  fieldName: string,
  aggregate: string,
  fields: Fields,
): Result<Measure, string> {
  const field = fields.find(fieldName);
  if (!field.ok) return field;
  return isNumeric(field.value)
    ? ok(fieldMeasure(name, field.value, aggregate))
    : fail(
        `${fieldName} is no numeric field; those are ${columns
          .filter(({ kind }) => kind === 'integer')
          .map((column) => column.name)
          .filter((column) => column !== 'weight')
          .join(', ')} and numeric attributes`,
      );
}

const words: Readonly<Record<string, string>> = {
  sum: 'Sum',
  avg: 'Average',
  min: 'Smallest',
  max: 'Largest',
};

function fieldMeasure(name: string, field: Field, aggregate: string): Measure {
  const base = {
    name,
    doc: `${words[aggregate] ?? `${aggregate.slice(1)}th percentile`} of ${field.name}: ${field.doc}`,
    ...unitOf(field.unit),
  };
  const exact = aggregate === 'sum' || aggregate === 'min' || aggregate === 'max';
  if (exact)
    return {
      ...base,
      type: field.kind === 'integer' ? 'integer' : 'number',
      combine: 'value',
      parts: [{ kind: aggregate, field }],
    };
  if (aggregate === 'avg')
    return {
      ...base,
      type: 'number',
      combine: 'ratio',
      parts: [
        { kind: 'sum', field },
        { kind: 'known', field },
      ],
    };
  const level = Number(aggregate.slice(1)) / 100;
  return { ...base, type: 'number', combine: 'value', parts: [{ kind: 'quantile', field, level }] };
}

const unitOf = (unit: Unit | undefined): { unit?: string } => (unit === undefined ? {} : { unit });

/** What the parts of a measure have over no events at all. */
export const emptyPart = (part: Part): number | null =>
  part.kind === 'min' || part.kind === 'max' || part.kind === 'quantile' ? null : 0;

/** One number from the parts, in their order. */
export function combineParts(
  measure: Measure,
  parts: readonly (number | null)[],
  seconds: number,
): number | null {
  const [first = null, second = null] = parts;
  switch (measure.combine) {
    case 'value':
      return first;
    case 'ratio':
      return first === null || second === null || second === 0 ? null : first / second;
    case 'perSecond':
      return first === null || seconds <= 0 ? null : first / seconds;
  }
}

/** The same part, over those events only that also fulfil `condition`. */
export function narrowed(part: Part, condition: Condition): Part {
  const where: Condition =
    part.where === undefined ? condition : { kind: 'and', parts: [part.where, condition] };
  return { ...part, where };
}
