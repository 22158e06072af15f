import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Accept } from '../core/ingest.ts';
import { fail } from '../core/result.ts';
import type { GatewayRecord } from '../core/spec.ts';
import type { Fold } from './fold.ts';
import { openTestFolding, type TestFolding, type TestFoldingOptions } from './folding.fixture.ts';
import { openzitiChanges } from './openziti-changes.ts';
import { minute } from './play.fixture.ts';

let folding: TestFolding;
const open = async (more: Partial<TestFoldingOptions> = {}) => {
  folding = await openTestFolding({ folds: [openzitiChanges], ...more });
};
afterEach(() => folding.close());

const updated = (eventId: string): GatewayRecord => ({
  namespace: 'entityChange',
  event_src_id: 'ctrl-1',
  timestamp: '2026-11-21T13:00:00.120004+01:00',
  eventId,
  eventType: 'updated',
  metadata: { author: { type: 'identity', id: 'adm', name: 'Mira Holt' }, source: { type: 'rest' } },
  entityType: 'services',
  initialState: { id: 'svc-1', name: 'ledger' },
  finalState: { id: 'svc-1', name: `ledger of ${eventId}` },
});
const committed = (eventId: string): GatewayRecord => ({
  namespace: 'entityChange',
  event_src_id: 'ctrl-1',
  timestamp: '2026-11-21T13:00:00.121377+01:00',
  eventId,
  eventType: 'committed',
});
const derived = async () => (await folding.derived()).map(({ id, weight }) => `${weight} ${id}`);

describe('what folds derive', () => {
  it('is journalled as events of the vocabulary and tenant of their inputs', async () => {
    await open();
    await folding.send([updated('a'), { any: 'thing' }, committed('a')], 'acme');
    expect(await folding.deliver()).toBe('delivered');
    expect(await folding.derived()).toMatchObject([
      {
        tenant: 'acme',
        vocabulary: 'openziti',
        type: 'change',
        family: 'audit',
        id: 'a/confirmed',
        causedBy: 'a/updated',
        action: 'confirmed',
        attributes: { depth: '1', change: 'updated', changed: 'name', source: 'rest' },
      },
    ]);
  });

  it('can be sent by nobody else, in whatever form', async () => {
    await open();
    const forged = { vocabulary: 'openziti', type: 'change', id: 'x/confirmed', causedBy: 'x', time: 1 };
    const event_src_id = 'ctrl-1';
    await folding.send([
      forged,
      { ...forged, event_src_id, namespace: 'change' },
      { event_src_id, namespace: 'posture' },
    ]);
    const events = await folding.events();
    expect(events.map(({ vocabulary, type }) => `${vocabulary} ${type}`)).toEqual([
      'generic event',
      'openziti event',
      'openziti posture',
    ]);
    expect(await folding.derived()).toEqual([]);
  });

  it('keeps tenants apart, though their ids are the same', async () => {
    await open();
    await folding.send([updated('a')], 'acme');
    await folding.send([committed('a')], 'other');
    await folding.deliver();
    expect(await derived()).toEqual([]);
    await folding.send([committed('a')], 'acme');
    await folding.deliver();
    expect((await folding.derived()).map(({ tenant }) => tenant)).toEqual(['acme']);
  });

  it('is the same after a restart between the inputs, and a time-out outlasts it too', async () => {
    await open();
    await folding.send([updated('a'), updated('b')]);
    await folding.deliver();
    folding = await folding.restart();
    await folding.send([committed('a')]);
    await folding.deliver();
    expect(await derived()).toEqual(['1 a/confirmed']);
    folding = await folding.restart();
    folding.wait(6 * minute);
    await folding.deliver();
    await folding.tick();
    expect(await derived()).toEqual(['1 a/confirmed', '1 b/unconfirmed']);
    folding = await folding.restart();
    await folding.send([committed('b')]);
    await folding.deliver();
    expect(await derived()).toEqual([
      '1 a/confirmed',
      '1 b/unconfirmed',
      '-1 b/unconfirmed/taken-back',
      '1 b/confirmed',
    ]);
  });

  it('is carried again after a crash behind the journal, and is a duplicate then', async () => {
    let ending = true;
    const before =
      (accept: Accept): Accept =>
      async (payload) => {
        const taken = await accept(payload);
        if (ending) throw new Error('the process ends here');
        return taken;
      };
    await open({ before });
    await folding.send([updated('a'), committed('a')]);
    await expect(folding.deliver()).rejects.toThrow('ends here');
    ending = false;
    folding = await folding.restart();
    await folding.tick();
    expect(await derived()).toEqual(['1 a/confirmed']);
    expect(folding.totals()).toEqual({ received: 4, journalled: 3, duplicates: 1 });
    expect(await folding.quarantined()).toEqual([]);
  });

  it('is made again the same after a loss of power, which takes the last transactions', async () => {
    await open();
    await folding.send([updated('a'), updated('b')]);
    await folding.deliver();
    const files = ['folds.db', 'folds.db-wal'].map((name) => join(folding.folder, name));
    const before = files.map((file) => readFileSync(file));
    await folding.send([committed('a')]);
    await folding.deliver();
    folding = await folding.restart(() => {
      rmSync(join(folding.folder, 'folds.db-shm'), { force: true });
      for (const [index, file] of files.entries()) writeFileSync(file, before[index] as Buffer);
    });
    await folding.send([committed('b')]);
    await folding.deliver();
    expect(await derived()).toEqual(['1 a/confirmed', '1 b/confirmed']);
    expect(folding.totals().duplicates).toBe(1);
    expect(await folding.quarantined()).toEqual([]);
  });

  it('waits while the journal takes nothing, and loses nothing', async () => {
    let full = true;
    await open({
      before: (accept) => async (payload) =>
        full ? fail({ status: 503, reason: 'the disk is full' }) : accept(payload),
    });
    await folding.send([updated('a'), committed('a')]);
    expect(await folding.deliver()).toBe('retry');
    await expect(folding.tick()).rejects.toThrow('full');
    full = false;
    expect(await folding.deliver()).toBe('delivered');
    expect(await derived()).toEqual(['1 a/confirmed']);
  });

  it('is broken off when the server stops, and goes on from there', async () => {
    await open();
    await folding.send([updated('a'), committed('a')]);
    expect(await folding.deliver(AbortSignal.abort())).toBe('retry');
    expect(await derived()).toEqual([]);
    folding = await folding.restart();
    expect(await folding.deliver()).toBe('delivered');
    expect(await derived()).toEqual(['1 a/confirmed']);
  });

  it('does not call a change unconfirmed while it has yet to read the journal', async () => {
    await open();
    await folding.send([updated('a')]);
    await folding.deliver();
    folding.wait(4 * minute);
    await folding.send([committed('a')]);
    folding.wait(4 * minute);
    await folding.tick();
    expect(await derived()).toEqual([]);
    await folding.deliver();
    await folding.tick();
    expect(await derived()).toEqual(['1 a/confirmed']);
  });
});

describe('the states of folds', () => {
  it('are bounded: those that end first are given up and counted', async () => {
    const few: Fold = { ...(openzitiChanges as Fold), most: 2 };
    await open({ folds: [few] });
    await folding.send(['a', 'b', 'c', 'd'].map(updated));
    await folding.deliver();
    await folding.tick();
    expect(folding.figures()).toEqual([{ fold: 'openziti-changes', keys: 2, derived: 0, evicted: 2 }]);
    expect(folding.said).toEqual(['A fold has too many keys; those that end first are given up.']);
    folding = await folding.restart();
    expect(folding.figures()[0]?.keys).toBe(2);
  });

  it('go with their tenant', async () => {
    await open();
    await folding.send([updated('a')], 'acme');
    await folding.send([updated('b')]);
    await folding.deliver();
    folding.forget('acme');
    expect(folding.figures()[0]?.keys).toBe(1);
    await folding.send([committed('a')], 'acme');
    await folding.send([committed('b')]);
    await folding.deliver();
    expect(await derived()).toEqual(['1 b/confirmed']);
  });

  it('outlast a bug in a fold, which costs the one event', async () => {
    const fragile: Fold = {
      ...(openzitiChanges as Fold),
      step(state, input, context) {
        if (input.record.eventId === 'b') throw new Error('a bug');
        return openzitiChanges.step(state as never, input, context);
      },
    };
    await open({ folds: [fragile] });
    await folding.send([updated('a'), updated('b'), committed('a')]);
    expect(await folding.deliver()).toBe('rejected');
    expect(await derived()).toEqual(['1 a/confirmed']);
  });
});
