/**
 * Any JSON object that no other vocabulary claims. Members named like a column fill it in the column's unit, so
 * `{"service": "orders", "status": 200}` is searchable at once; so do the names that loggers and servers give the same
 * things, in the unit that their name says.
 */
import Type, { type TSchema } from 'typebox';
import {
  type Column,
  type ColumnName,
  columnByName,
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
import { filled, flagOf, numberOf, textOf, textsOf, urlParts } from './reading.ts';
import { severityIn } from './severity.ts';
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
interface Alias {
  readonly column: ColumnName;
  readonly unit?: 'nanoseconds' | 'microseconds' | 'milliseconds' | 'seconds';
}
/** Names that others give what has a column. */
const otherNames: Readonly<Partial<Record<ColumnName, readonly string[]>>> = {
  status: ['status_code', 'statusCode', 'http_status', 'response_code', 'response_status'],
  method: ['http_method', 'request_method', 'verb'],
  path: ['uri', 'request_uri', 'request_path'],
  host: ['http_host', 'authority', 'vhost'],
  scheme: ['request_scheme'],
  clientIp: ['client_ip', 'clientip', 'remote_addr', 'remote_ip', 'remote_address', 'client_addr'],
  userAgent: ['user_agent', 'useragent', 'http_user_agent'],
  user: ['username', 'user_name', 'remote_user'],
  service: ['service_name', 'serviceName'],
  requestId: ['request_id', 'req_id', 'x_request_id', 'correlation_id', 'correlationId'],
  traceId: ['trace_id', 'traceID'],
  spanId: ['span_id', 'spanID'],
  bytesIn: ['bytes_in', 'bytes_received', 'request_size', 'request_length'],
  bytesOut: ['bytes_out', 'bytes_sent', 'response_size', 'body_bytes_sent'],
  error: ['err', 'error_message'],
};
const units = [
  ['ns', 'nanoseconds'],
  ['us', 'microseconds'],
  ['ms', 'milliseconds'],
  ['s', 'seconds'],
] as const;
const lengths = ['duration', 'latency', 'elapsed', 'response_time', 'took'];
const aliases: ReadonlyMap<string, Alias> = new Map<string, Alias>([
  ...Object.entries(otherNames).flatMap(([column, names]) =>
    names.map((name) => [name, { column: column as ColumnName }] as const),
  ),
  ...lengths.flatMap((name) =>
    units.flatMap(([short, unit]) => {
      const alias: Alias = { column: 'duration', unit };
      return [
        [`${name}_${short}`, alias] as const,
        [`${name}${short[0]?.toUpperCase()}${short.slice(1)}`, alias] as const,
      ];
    }),
  ),
]);
const microsIn = { nanoseconds: 1e-3, microseconds: 1, milliseconds: 1e3, seconds: 1e6 } as const;

const timeNames = ['time', 'timestamp', '@timestamp', 'ts', 'datetime', 'date'];
const timeFields: Record<string, TSchema> = Object.fromEntries(
  timeNames.map((name) => [name, time('When it happened: RFC 3339, or a number since 1970.')]),
);
/** What the members of a record may be called to fill columns. */
export const genericFields = {
  ...timeFields,
  ...columnFields,
  ...Object.fromEntries(
    [...aliases].map(([name, { column, unit }]) => [
      name,
      text(
        unit === undefined ? `Another name of ${column}.` : `Fills ${column}, given in ${unit}.`,
        columnByName.get(column)?.personal === true ? { personal: true } : {},
      ),
    ]),
  ),
  url: text('Fills scheme, host and path.'),
  level: text('Severity in the words of a logger, such as warn.'),
  lvl: text('The same.'),
  msg: text('What happened, in a sentence.'),
  severity: text(`One of ${severities.join(', ')}.`),
  outcome: text(`One of ${outcomes.join(', ')}; worked out from status and granted when absent.`),
  denialReason: text(`One of ${denialReasons.join(', ')}.`),
};

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

type Values = Record<string, unknown>;

/** Fills a column from a member; false when its value is of no use for it, or the column has one. */
function fill(values: Values, column: Column, value: unknown, factor: number | undefined): boolean {
  if (values[column.name] !== undefined) return false;
  const read = readers[column.kind](value);
  if (read === undefined) return false;
  values[column.name] = factor === undefined ? read : Math.round((read as number) * factor);
  return true;
}

/** Whatever member does not fill its column is kept as an attribute. */
function keep(attributes: Record<string, string>, name: string, value: unknown): void {
  if (typeof value === 'string' || typeof value === 'number') attributes[name] = String(value);
}

/** A URL fills what no member of its own fills. */
function fillFromUrl(values: Values, url: unknown): void {
  const parts = urlParts(url);
  values.scheme ??= parts.scheme;
  values.host ??= parts.host;
  values.path ??= parts.path;
}

function severityOfRecord(record: GatewayRecord): Severity | undefined {
  return severityIn(record.severity) ?? severityIn(record.level) ?? severityIn(record.lvl);
}

export function normaliseGeneric(record: GatewayRecord) {
  const values: Values = {};
  const attributes: Record<string, string> = {};
  for (const name in record) {
    const column = openByName.get(name);
    if (column !== undefined && !fill(values, column, record[name], undefined))
      keep(attributes, name, record[name]);
  }
  // The columns' own names come first, wherever they stand.
  for (const name in record) {
    const alias = aliases.get(name);
    const column = alias === undefined ? undefined : columnByName.get(alias.column);
    if (alias === undefined || column === undefined) continue;
    const factor = alias.unit === undefined ? undefined : microsIn[alias.unit];
    const isFilled = fill(values, column, record[name], factor);
    // A second address or user would be an attribute that nothing masks.
    if (!isFilled && column.personal !== true) keep(attributes, name, record[name]);
  }
  if (record.url !== undefined) fillFromUrl(values, record.url);
  const isRefused = values.granted === undefined ? undefined : values.granted === false;
  const outcome =
    outcomes.find((known) => known === record.outcome) ??
    outcomeOf(values.status as number | undefined, isRefused);
  return filled({
    ...values,
    time: timeIn(record),
    outcome: outcome as Outcome,
    severity: severityOfRecord(record) ?? severityOf(outcome),
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
