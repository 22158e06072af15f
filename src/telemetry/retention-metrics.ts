/** What retention keeps and removes, at `/metrics`. */
import type { Registry } from 'prom-client';
import { gauge, totals } from './collected.ts';

export interface RetentionSources {
  /** Ever removed, by tenant, class and reason. */
  dropped(): Iterable<{
    readonly tenant: string;
    readonly retention: string;
    readonly because: string;
    readonly rows: number;
    readonly bytes: number;
  }>;
  /** Accepted past their class, since the start of the process. */
  pastRetention(): Iterable<{
    readonly tenant: string;
    readonly retention: string;
    readonly because: string;
    readonly count: number;
  }>;
  /** Bytes; undefined before the store was first looked at. */
  store(): { readonly bytes: number; readonly budget: number; readonly over: number } | undefined;
}

const labels = ['tenant', 'retention', 'because'];

export function addRetention(registry: Registry, { dropped, pastRetention, store }: RetentionSources): void {
  totals(
    registry,
    'gatescope_dropped_events_total',
    'Events that retention removed from the store, by class and reason; a tenant without a name: those that are gone.',
    labels,
    dropped,
    ({ tenant, retention, because, rows }) => [[{ tenant, retention, because }, rows]],
  );
  totals(
    registry,
    'gatescope_dropped_bytes_total',
    'Bytes on disk of the events that retention removed, by their part of the events of each day.',
    labels,
    dropped,
    ({ tenant, retention, because, bytes }) => [[{ tenant, retention, because }, bytes]],
  );
  totals(
    registry,
    'gatescope_past_retention_events_total',
    'Accepted events that were past their retention class on arrival; the sender was informed.',
    labels,
    pastRetention,
    ({ count, ...label }) => [[label, count]],
  );
  gauge(
    registry,
    'gatescope_store_bytes',
    'Bytes on disk of all stored events.',
    () => store()?.bytes ?? Number.NaN,
  );
  gauge(
    registry,
    'gatescope_store_budget_bytes',
    'Bytes above which the oldest days are removed.',
    () => store()?.budget ?? Number.NaN,
  );
  gauge(
    registry,
    'gatescope_store_over_budget_bytes',
    'Bytes above the budget that cannot be removed, as only today is left.',
    () => store()?.over ?? Number.NaN,
  );
}
