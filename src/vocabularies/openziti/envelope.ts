/**
 * What OpenZiti's events have in common (OpenZiti events documentation; as a real 1.7 sends them). Keys are in snake
 * case but for cluster and entityChange; lengths of time are in nanoseconds, intervals in seconds. The column
 * `entityType` has the plural names of entityChange throughout, so that a router's changes and its absences are found
 * together.
 */
import type { Outcome, Severity } from '../../core/event.ts';
import type { GatewayRecord, Identity } from '../../core/spec.ts';
import { number, object, required, text, time } from '../fields.ts';
import { microsOfNanos, microsOfSeconds, numberOf, objectOf, textOf } from '../reading.ts';
import { microsFrom } from '../times.ts';

/** Fields of every event. */
export const envelope = {
  namespace: required.text(
    'Kind of event, as the subscription spells it: circuit, or fabric.circuits by the older name.',
    { attribute: true },
  ),
  event_src_id: text('Id of the controller that reported it; absent before 1.3.'),
  timestamp: time(
    'When the event was made, RFC 3339 with up to nine digits of a second, mostly by the clock of the controller.',
  ),
};

/** Fields of events that count over an interval. Parts of one interval come apart and are to be added. */
export const interval = {
  interval_start_utc: number('Begin of the interval, in seconds since 1970.', {
    unit: 's',
    attribute: true,
  }),
  interval_length: number('Length of the interval, as the reporter is set: a minute or a few seconds.', {
    unit: 's',
    attribute: true,
  }),
};

/** Who is connected to what, on circuits and usage. */
export const circuitTags = object('Who is connected to what; null where the reporter does not know.', {
  clientId: text('Identity that dials; the id of the router where its own tunneler does.', {
    personal: true,
  }),
  hostId: text('Identity that hosts; empty where the router itself dials the server.', { attribute: true }),
  serviceId: text('Service.'),
});

/**
 * No event but entityChange has an id of its own: what is called `id` names a session, and `source_event_id` a whole
 * report. The time is drawn for each event, so equal bytes are one event told to two loggers; where it is as coarse as
 * a millisecond (alert, some connect), or missing (intervals before 1.4), they may be two.
 */
export const byContent: Identity = { by: 'content', time: 'timestamp' };

/** The time of a record. Metrics of version 2 wrote it as seconds and nanoseconds for a while. */
export function timeOf(record: GatewayRecord): number | undefined {
  const { timestamp } = record;
  if (typeof timestamp !== 'object') return microsFrom(timestamp);
  const seconds = microsOfSeconds(objectOf(timestamp).seconds);
  return seconds === undefined ? undefined : seconds + (microsOfNanos(objectOf(timestamp).nanos) ?? 0);
}

/** The time of a record that counts over an interval: without a time of its own, the end of the interval. */
export function timeOfCount(record: GatewayRecord): number | undefined {
  const own = timeOf(record);
  const start = microsOfSeconds(record.interval_start_utc);
  return own ?? (start === undefined ? undefined : start + (numberOf(record.interval_length) ?? 0) * 1e6);
}

/** How something ended, by the name of what happened. A map: names come from outside. */
export type Verdicts = ReadonlyMap<unknown, readonly [Outcome, Severity]>;
const happened: readonly [Outcome, Severity] = ['success', 'info'];

/** The columns of what merely happened: a success, unless `verdicts` say otherwise. */
export function basicsOf(record: GatewayRecord, action: string | undefined, verdicts?: Verdicts) {
  const [outcome, severity] = verdicts?.get(action) ?? happened;
  return { time: timeOf(record), action, severity, outcome, gateway: textOf(record.event_src_id) };
}
