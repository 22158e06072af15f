/**
 * Makes a whole event of what an event type has filled in: bounds on time and numbers, defaults, unknown fields.
 * Whatever a gateway says, the result is a row that the engine takes.
 */
import { type Column, type ColumnName, columns, type Family } from '../core/event.ts';
import { usualRetention } from '../core/journal.ts';
import { type Cells, slotOf } from '../core/row.ts';
import type { GatewayRecord, Normalised } from '../core/spec.ts';

/** 2000-01-01 UTC: what is earlier is a clock that was never set. Microseconds. */
const earliest = 946_684_800_000_000;
/** How far the clock of a gateway may run ahead. */
const ahead = 86_400_000_000;
/** Attributes of one event, and characters of one attribute: a sender must not invent columns without end. */
const mostAttributes = 100;
const longestAttribute = 2_000;
const longestName = 200;
/** Characters of the text of a column, and members of a list. The record as received has the rest. */
const longestText = 32_768;
const longestList = 1_000;

type Clean = (value: unknown) => unknown;

const text: Clean = (value) => {
  if (typeof value === 'string')
    return value === '' ? undefined : value.length > longestText ? value.slice(0, longestText) : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};
/** Whole, not negative (a gateway's -1 is "unknown"), and no larger than the column. */
const integerUpTo =
  (most: number): Clean =>
  (value) => {
    if (typeof value !== 'number' || !(value >= 0)) return undefined;
    const whole = Math.round(value);
    return whole <= most ? whole : undefined;
  };
const flag: Clean = (value) => (typeof value === 'boolean' ? value : undefined);
const list: Clean = (value) => {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const items = value.length > longestList ? value.slice(0, longestList) : value;
  return items.every((item) => typeof item === 'string' && item.length <= longestAttribute)
    ? items
    : items.map((item) => String(item).slice(0, longestAttribute));
};
const weight: Clean = (value) => (Number.isInteger(value) && Math.abs(value as number) < 2 ** 31 ? value : 1);

function cleaner(column: Column): Clean {
  if (column.name === 'weight') return weight;
  if (column.kind === 'integer')
    return integerUpTo(column.column.includes('UInt16') ? 0xffff : Number.MAX_SAFE_INTEGER);
  return column.kind === 'flag' ? flag : column.kind === 'list' ? list : text;
}
/** The main street's own, and what is treated apart. */
const ours: ReadonlySet<ColumnName> = new Set<ColumnName>([
  'id',
  'tenant',
  'time',
  'received',
  'vocabulary',
  'type',
  'family',
  'reportedTime',
  'retention',
  'attributes',
  'rawEncoding',
  'raw',
]);
/** For each column that an event type fills: how its value is cleaned, and where it goes. */
const places: ReadonlyMap<string, { readonly clean: Clean; readonly slot: number }> = new Map(
  columns
    .filter((column) => !ours.has(column.name))
    .map((column) => [column.name, { clean: cleaner(column), slot: slotOf[column.name] }]),
);

export interface Completion {
  readonly tenant: string;
  readonly received: number;
  readonly vocabulary: string;
  readonly type: string;
  readonly family: Family;
  /** Names of the fields that the event type knows. */
  readonly known: ReadonlySet<string>;
  /** UTF-8, or the Base64 of what is not. */
  readonly raw: Uint8Array;
  readonly rawEncoding: 'base64' | undefined;
}

const believed = (time: number | undefined, received: number): time is number =>
  time !== undefined && time >= earliest && time <= received + ahead;

const writeTime = (time: number): string => {
  const date = new Date(time / 1000);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
};

/** Attributes of the event type, then scalars at the top level of the record that it does not know. */
function attributesOf(
  given: Readonly<Record<string, string>> | undefined,
  record: GatewayRecord,
  known: ReadonlySet<string>,
): Record<string, string> | undefined {
  let attributes: Record<string, string> | undefined;
  let count = 0;
  const put = (name: string, value: string): void => {
    if (value === '' || name === '__proto__' || name.length > longestName || count >= mostAttributes) return;
    attributes ??= {};
    attributes[name] = value.length > longestAttribute ? value.slice(0, longestAttribute) : value;
    count += 1;
  };
  for (const name in given) put(name, String(given[name]));
  for (const name in record) {
    if (known.has(name)) continue;
    const value = record[name];
    const scalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (scalar && (attributes === undefined || !Object.hasOwn(attributes, name))) put(name, String(value));
  }
  return attributes;
}

/** The event with everything but its id, which depends on its type. */
export function complete(normalised: Normalised, record: GatewayRecord, about: Completion): Cells {
  const { tenant, received } = about;
  const time = normalised.time === undefined || Number.isNaN(normalised.time) ? undefined : normalised.time;
  const isBelieved = believed(time, received);
  const cells: Cells = new Array(columns.length).fill(undefined);
  cells[slotOf.weight] = 1;
  cells[slotOf.tenant] = tenant;
  cells[slotOf.time] = isBelieved ? Math.round(time) : received;
  cells[slotOf.received] = received;
  cells[slotOf.vocabulary] = about.vocabulary;
  cells[slotOf.type] = about.type;
  cells[slotOf.family] = about.family;
  cells[slotOf.severity] = 'info';
  cells[slotOf.outcome] = 'unknown';
  cells[slotOf.retention] = usualRetention;
  cells[slotOf.raw] = about.raw;
  for (const name in normalised) {
    const place = places.get(name);
    const value = place?.clean(normalised[name as keyof Normalised]);
    if (place !== undefined && value !== undefined) cells[place.slot] = value;
  }
  cells[slotOf.attributes] = attributesOf(normalised.attributes, record, about.known);
  if (time !== undefined && !isBelieved) cells[slotOf.reportedTime] = writeTime(time);
  cells[slotOf.rawEncoding] = about.rawEncoding;
  return cells;
}
