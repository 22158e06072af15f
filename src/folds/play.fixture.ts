/** Plays records to a fold as the journal would, its states kept as JSON between any two, as if it were restarted. */
import type { StoredEvent } from '../core/event.ts';
import type { NamedKind } from '../core/named.ts';
import type { GatewayRecord } from '../core/spec.ts';
import { microsFrom } from '../vocabularies/times.ts';
import type { DerivedRecord, Fold, FoldContext, Step } from './fold.ts';

/** 2026-11-21T12:00:00Z in microseconds. */
export const start = 1_795_262_400_000_000;
export const second = 1_000_000;
export const minute = 60 * second;

/** A record that comes, or so many microseconds that pass. */
export type Happening = GatewayRecord | number;

export interface PlayOptions {
  readonly names?: Readonly<Record<string, string>>;
  /** The journalled columns of a record beside those that all have. */
  readonly columns?: (record: GatewayRecord) => Partial<StoredEvent>;
}

/** All that the fold derives, in order, and how many states are left. */
export function play(fold: Fold, happenings: readonly Happening[], options: PlayOptions = {}) {
  const { names = {}, columns = () => ({}) } = options;
  const states = new Map<string, { text: string; until: number }>();
  const derived: DerivedRecord[] = [];
  const learned: string[] = [];
  const context: FoldContext = {
    confirmation: 5 * minute,
    nameOf: (kind: NamedKind, id) => names[`${kind}/${id}`],
  };
  let now = start;
  const apply = (key: string, step: Step<unknown>): void => {
    if (step.keep === undefined) states.delete(key);
    else states.set(key, { text: JSON.stringify(step.keep.state), until: step.keep.until });
    derived.push(...(step.derived ?? []));
    learned.push(...(step.learned ?? []).map(({ kind, id, name }) => `${kind} ${id} is ${name}`));
  };
  const end = (to: number): void => {
    for (;;) {
      const [first] = [...states]
        .filter(([, { until }]) => until <= to)
        .sort((a, b) => a[1].until - b[1].until);
      if (first === undefined) break;
      const [key, { text, until }] = first;
      apply(key, fold.expire(JSON.parse(text), until, context));
    }
    now = to;
  };
  for (const happening of happenings) {
    if (typeof happening === 'number') {
      end(now + happening);
      continue;
    }
    const record = JSON.parse(JSON.stringify(happening)) as GatewayRecord;
    const time = microsFrom(record.timestamp ?? record['@timestamp']) ?? now;
    const named = [record.eventId ?? record['@id'] ?? time, record.eventType ?? record.event_type];
    const id = named
      .filter((part) => part !== undefined)
      .map((part) => (typeof part === 'object' ? JSON.stringify(part) : part))
      .join('/');
    const event = { id, time, received: now, tenant: 'default', ...columns(record) } as StoredEvent;
    const key = fold.key({ event, record });
    if (key === undefined) continue;
    const state = states.get(key);
    const before = state === undefined ? undefined : JSON.parse(state.text);
    const step = fold.step(before, { event, record }, context);
    if (step !== undefined) apply(key, step);
  }
  return { derived, learned, states: states.size, end };
}

/** What stands when everything taken back is gone: the records that the sums of a query speak of. */
export function standing(derived: readonly DerivedRecord[]): DerivedRecord[] {
  const gone = new Set(derived.filter(({ weight }) => weight === -1).map(({ causedBy }) => causedBy));
  return derived.filter(({ id, weight }) => weight !== -1 && !gone.has(id));
}
