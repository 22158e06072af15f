/** An event in words: what happened in one line, and each field as a person reads it. */
import type { ApiEvent } from '../../src/core/frame.ts';
import { isOutcome, outcomeMeaning } from '../charts/colours.ts';
import { Swatch } from '../charts/overlay.tsx';
import { formatBytes, formatDuration, shortId } from '../format.ts';
import { formatTime } from '../time.ts';

const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

const joined = (parts: readonly string[], by = ' '): string => parts.filter(Boolean).join(by);

/** Needs to be told what it is about; a name such as sdk-online tells it itself. */
const bareVerb = /^[a-z][A-Za-z]*$/;

/** `GET /orders/7`, `CREATE_ROUTE route_42`, `circuit deleted`, or what the record says of itself. */
export function summaryOf(event: ApiEvent): string {
  const { method, path, action, entityId, type } = event;
  const isCall = event.family === 'traffic' && (method ?? path) !== undefined;
  if (isCall || (method !== undefined && path !== undefined))
    return joined([text(method), text(path) || text(event.operation) || text(event.host)]);
  const told = text(event.message) || text(event.error) || text(path);
  const id = idText(entityId);
  const isBare = told === '' && (action === undefined || (id === '' && bareVerb.test(text(action))));
  return joined([joined([isBare ? text(type) : '', text(action), id]), told], ' · ');
}

const durations = new Set(['duration', 'upstreamDuration', 'overhead']);
const sizes = new Set(['bytesIn', 'bytesOut']);
const times = new Set(['time', 'received']);

/** The value of a field as text, with its unit. */
export function fieldText(name: string, value: unknown, zone: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' && durations.has(name)) return formatDuration(value);
  if (typeof value === 'number' && sizes.has(name)) return formatBytes(value);
  if (times.has(name)) return formatTime(String(value), zone);
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export const idText = (value: unknown): string => shortId(text(value));

/** The outcome as a word with its mark: never colour alone. */
export function OutcomeMark({ outcome }: { outcome: unknown }) {
  if (!isOutcome(outcome)) return <span>{text(outcome)}</span>;
  const meaning = outcomeMeaning[outcome];
  return (
    <span className="outcome" style={{ color: `var(${meaning.colour}-text)` }}>
      <Swatch colour={meaning.colour} hollow={meaning.hollow} />
      {meaning.label}
    </span>
  );
}
