/** The JSON of an event: column names, times in RFC 3339 with microseconds, absent left out; 0 and false stay. */
import { type ColumnName, columns } from '../core/event.ts';
import type { ApiEvent } from '../core/frame.ts';
import { microsText } from './time.ts';

/** The values of an event by column, `position` among them; times in microseconds. */
export type EventValues = { readonly [name in ColumnName | 'position']?: unknown };

/**
 * `raw` and `position` are there only when they are asked for; a record that was not valid UTF-8 comes as `rawBase64`, whatever its
 * encoding in the store. An event in memory and a row of the store give the same JSON.
 */
export function presentEvent(
  values: EventValues,
  options: { readonly raw: boolean; readonly position: boolean },
): ApiEvent {
  const event: ApiEvent = {};
  if (options.position && values.position !== undefined) event.position = values.position;
  for (const { name, kind } of columns) {
    if (name === 'raw' || name === 'rawEncoding') continue;
    const value = values[name];
    if (kind === 'time') event[name] = microsText(value as number);
    else if (!isAbsent(value)) event[name] = value;
  }
  if (options.raw && values.raw !== undefined)
    event[values.rawEncoding === 'base64' ? 'rawBase64' : 'raw'] = values.raw;
  return event;
}

function isAbsent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
