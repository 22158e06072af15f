/** An event in memory as the API writes it: names of the columns, times in RFC 3339, what is absent left out. */
import { columns, type StoredEvent } from '../core/event.ts';
import type { ApiEvent } from '../core/frame.ts';
import { microsText } from '../query/time.ts';

const shown = columns.filter(({ name }) => name !== 'raw' && name !== 'rawEncoding');

const absent = (value: unknown): boolean =>
  value === undefined || value === '' || (Array.isArray(value) && value.length === 0);

/** Without `raw`, and unmasked. */
export function eventJson(event: StoredEvent): ApiEvent {
  const json: ApiEvent = { position: event.position };
  for (const { name, kind } of shown) {
    const value = event[name];
    if (!absent(value)) json[name] = kind === 'time' ? microsText(value as number) : value;
  }
  return json;
}
