/**
 * Any JSON object that no other vocabulary claims. Members named like a column fill it in the column's unit, so
 * `{"service": "orders", "status": 200}` is searchable at once.
 */
import Type, { type TSchema } from 'typebox';
import {
  type Column,
  columns,
  type DenialReason,
  denialReasons,
  type Outcome,
  outcomes,
  type Severity,
  severities,
} from '../core/event.ts';
import type { EventType, GatewayRecord, Vocabulary } from '../core/spec.ts';
import { flag, list, number, text, time } from './fields.ts';
import { filled, flagOf, numberOf, textOf, textsOf } from './reading.ts';
import { microsFrom } from './times.ts';
import { outcomeOf, severityOf } from './verdict.ts';

/** Columns that a sender cannot fill: they are given by the main street, or worked out below. */
const ours = new Set<string>([
  'id',
  'weight',
  'causedBy',
  'tenant',
  'time',
  'received',
  'vocabulary',
  'type',
  'family',
  'severity',
  'outcome',
  'denialReason',
  'retention',
  'reportedTime',
  'attributes',
  'rawEncoding',
  'raw',
]);
const open = columns.filter((column) => !ours.has(column.name));
const openByName: ReadonlyMap<string, Column> = new Map(open.map((column) => [column.name, column]));

const kinds = { text, integer: number, flag, list, time, map: text };
const columnFields: Record<string, TSchema> = Object.fromEntries(
  open.map(({ name, kind, description, personal }) => [
    name,
    kinds[kind](description, personal === undefined ? {} : { personal }),
  ]),
);
const timeNames = ['time', 'timestamp', '@timestamp', 'ts', 'datetime', 'date'];
const timeFields: Record<string, TSchema> = Object.fromEntries(
  timeNames.map((name) => [name, time('When it happened: RFC 3339, or a number since 1970.')]),
);
/** What the members of a record may be called to fill columns. */
export const genericFields = {
  ...timeFields,
  ...columnFields,
  level: text('Severity in the words of a logger, such as warn.'),
  msg: text('What happened, in a sentence.'),
  severity: text(`One of ${severities.join(', ')}.`),
  outcome: text(`One of ${outcomes.join(', ')}; worked out from status and granted when absent.`),
  denialReason: text(`One of ${denialReasons.join(', ')}.`),
};

const levels: Readonly<Record<string, Severity>> = {
  trace: 'debug',
  information: 'info',
  warn: 'warning',
  err: 'error',
  crit: 'critical',
  fatal: 'critical',
  alert: 'critical',
  emergency: 'critical',
};
function severityIn(value: unknown): Severity | undefined {
  if (typeof value !== 'string') return undefined;
  const word = value.toLowerCase();
  return (
    severities.find((severity) => severity === word) ??
    (Object.hasOwn(levels, word) ? levels[word] : undefined)
  );
}

function timeIn(record: GatewayRecord): number | undefined {
  for (const name of timeNames) {
    const micros = microsFrom(record[name]);
    if (micros !== undefined) return micros;
  }
  return undefined;
}

const readers: Readonly<Record<Column['kind'], (value: unknown) => unknown>> = {
  text: textOf,
  integer: numberOf,
  flag: flagOf,
  list: textsOf,
  time: microsFrom,
  map: () => undefined,
};

export function normaliseGeneric(record: GatewayRecord) {
  const values: Record<string, unknown> = {};
  const attributes: Record<string, string> = {};
  for (const name in record) {
    const column = openByName.get(name);
    if (column === undefined) continue;
    const value = readers[column.kind](record[name]);
    if (value !== undefined) values[name] = value;
    else if (typeof record[name] === 'string') attributes[name] = record[name];
  }
  const isRefused = values.granted === undefined ? undefined : values.granted === false;
  const outcome =
    outcomes.find((known) => known === record.outcome) ??
    outcomeOf(values.status as number | undefined, isRefused);
  return filled({
    ...values,
    time: timeIn(record),
    outcome: outcome as Outcome,
    severity: severityIn(record.severity) ?? severityIn(record.level) ?? severityOf(outcome),
    denialReason: denialReasons.find((known) => known === record.denialReason) as DenialReason | undefined,
    message: textOf(record.message) ?? textOf(record.msg),
    attributes,
  });
}

const event: EventType = {
  name: 'event',
  doc: 'Any JSON object that no vocabulary claims.',
  family: 'unknown',
  identity: { by: 'position' },
  fields: Type.Object(genericFields),
  example: {
    time: '2026-11-21T12:49:48.254Z',
    service: 'orders',
    method: 'GET',
    path: '/v1/orders',
    status: 200,
    duration: 131000,
    message: 'listed orders',
    shard: 'b',
  },
  normalise: normaliseGeneric,
};

/** Takes every object, so it is asked last. */
export const generic: Vocabulary = {
  name: 'generic',
  doc: 'Whatever no other vocabulary claims.',
  types: [event],
  recognise: () => event,
};
