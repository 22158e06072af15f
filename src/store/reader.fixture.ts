/** A reader of a real store in a temp folder, at a fixed time, for tests. */
import type { Event } from '../core/event.ts';
import { createFields } from '../query/fields.ts';
import { declaredForCases } from '../query/meaning.cases.ts';
import { createReader, type Reader } from './read.ts';
import { openTestStore, type TestStore } from './store.fixture.ts';

export const start = Date.UTC(2026, 2, 28) * 1000;
export const now = start + 4 * 86_400e6;
export const whole = { unmasked: true };
export const masked = { unmasked: false };

const blank: Event = {
  id: '',
  weight: 1,
  tenant: 'default',
  time: start,
  received: start,
  vocabulary: 'otoroshi',
  type: 'GatewayEvent',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: '{}',
};

export interface TestReader {
  readonly store: TestStore;
  readonly reader: Reader;
  insert(events: readonly Partial<Event>[]): Promise<void>;
}

export async function openTestReader(): Promise<TestReader> {
  const store = await openTestStore();
  const reader = createReader({
    client: store.client,
    clock: () => now,
    fields: createFields(declaredForCases),
    journalEnd: store.end,
    maskSecret: 'secret',
  });
  return {
    store,
    reader,
    insert: (events) =>
      store.insert(events.map((event, index) => ({ ...blank, id: `e${store.end() + index}`, ...event }))),
  };
}

export const value = <T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};
