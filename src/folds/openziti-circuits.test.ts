import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../core/event.ts';
import type { GatewayRecord } from '../core/spec.ts';
import type { Fold } from './fold.ts';
import { openzitiCircuits } from './openziti-circuits.ts';
import { type Happening, minute, play, second, standing } from './play.fixture.ts';

const names = {
  'service/svc-1': 'ledger-db',
  'identity/idn-1': 'till-17',
  'identity/idn-2': 'db-host',
  'router/rt-1': 'edge-berlin',
};
const columns = ({ failure_cause }: GatewayRecord): Partial<StoredEvent> =>
  failure_cause === undefined
    ? { outcome: 'success' }
    : { outcome: 'failure', error: String(failure_cause), errorOrigin: 'upstream' };
const run = (happenings: readonly Happening[]) =>
  play(openzitiCircuits as Fold, happenings, { names, columns });

const circuit = (event_type: string, time: string, more: GatewayRecord = {}): GatewayRecord => ({
  namespace: 'circuit',
  event_src_id: 'ctrl-1',
  timestamp: `2026-11-21T13:00:${time}+01:00`,
  version: 2,
  event_type,
  circuit_id: 'crc-1',
  service_id: 'svc-1',
  terminator_id: 'trm-1',
  path: { nodes: ['rt-1', 'rt-2'], links: ['lnk-1'] },
  link_count: 1,
  tags: { clientId: 'idn-1', hostId: 'idn-2', serviceId: 'svc-1' },
  ...more,
});
const failed = circuit('failed', '01.1', {
  terminator_id: '',
  path: { nodes: null, links: null },
  link_count: 0,
  failure_cause: 'ROUTER_ERR_DIAL_TIMED_OUT',
  tags: { clientId: 'idn-1', serviceId: 'svc-1' },
});
const failedAgain = {
  ...failed,
  timestamp: '2026-11-21T13:00:02.2+01:00',
  failure_cause: 'NO_ONLINE_TERMINATORS',
};
const created = circuit('created', '03.3', {
  creation_timespan: 2_987_102,
  path_cost: 262_140,
  path: {
    nodes: ['rt-1'],
    links: null,
    initiator_remote_addr: '203.0.113.24:49811',
    terminator_remote_addr: '10.9.0.20:5432',
  },
  link_count: 0,
});
const moved = circuit('pathUpdated', '10.5', { duration: 7_200_000_000 });
const deleted = circuit('deleted', '27.124', { duration: 23_824_540_324 });
const life = [failed, created, moved, deleted];

describe('the life of a circuit', () => {
  it('is one connection: who, to what, from where, by which way, how long, after how many attempts', () => {
    const { derived } = run([...life, minute]);
    expect(derived).toHaveLength(1);
    expect(derived[0]).toMatchObject({
      type: 'connection',
      action: 'closed',
      outcome: 'success',
      time: 1_795_262_427_124_000,
      service: 'ledger-db',
      serviceId: 'svc-1',
      consumer: 'till-17',
      consumerId: 'idn-1',
      clientIp: '203.0.113.24',
      hostName: 'db-host',
      backend: '10.9.0.20:5432',
      routers: 'edge-berlin, rt-2',
      routerIds: 'rt-1, rt-2',
      duration: 23_824_540,
      overhead: 2_987,
      attempts: 2,
      rerouted: 1,
      linkCount: 1,
      pathCost: 262_140,
    });
    expect(derived[0]?.error).toBeUndefined();
  });

  it('is the same in any order, and when its events come twice or under both spellings', () => {
    const again = life.map((record) => ({ ...record, namespace: 'fabric.circuits' }));
    const [expected] = run([...life, minute]).derived;
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...life, ...again, ...life], { minLength: 12 }),
        fc.array(fc.nat(3 * second), { minLength: 12, maxLength: 12 }),
        (records, pauses) => {
          const happenings = records.flatMap((record, index) => [record, (pauses[index] ?? 0) / 4]);
          expect(run([...happenings, minute]).derived).toEqual([expected]);
        },
      ),
    );
  });

  it('stands in the end as it was, however late its events come', () => {
    const [{ id: _, ...expected } = {}] = run([...life, minute]).derived;
    fc.assert(
      fc.property(
        fc.shuffledSubarray(life, { minLength: 4 }),
        fc.array(fc.nat(20 * minute), { minLength: 4, maxLength: 4 }),
        (records, pauses) => {
          const happenings = records.flatMap((record, index) => [record, pauses[index] ?? 0]);
          const [{ id: __, ...stands } = {}, ...more] = standing(run([...happenings, minute]).derived);
          expect(more).toEqual([]);
          expect(stands).toEqual(expected);
        },
      ),
    );
  });

  it('has failed when no attempt has succeeded, counted once, with the last cause', () => {
    expect(run([failed, failedAgain, 30 * second]).derived).toEqual([]);
    const { derived } = run([failed, failedAgain, 2 * minute]);
    expect(derived).toHaveLength(1);
    expect(derived[0]).toMatchObject({
      action: 'failed',
      outcome: 'failure',
      severity: 'error',
      error: 'NO_ONLINE_TERMINATORS',
      errorOrigin: 'upstream',
      attempts: 2,
      consumer: 'till-17',
      service: 'ledger-db',
    });
  });

  it('takes back a failure when the dial succeeds later after all', () => {
    const { derived } = run([failed, 2 * minute, created, minute]);
    expect(derived.map(({ action, weight = 1 }) => `${weight} ${action}`)).toEqual(['1 failed', '-1 failed']);
    const whole = run([failed, 2 * minute, created, minute, deleted, minute]).derived;
    expect(standing(whole)).toMatchObject([{ action: 'closed', attempts: 2 }]);
  });

  it('is told without its beginning, and lost without its end', () => {
    expect(run([deleted, minute]).derived).toMatchObject([
      { action: 'closed', duration: 23_824_540, consumer: 'till-17', attempts: 1 },
    ]);
    const week = 7 * 86_400 * second;
    const { derived } = run([created, week + minute, deleted, minute]);
    expect(derived.map(({ action, weight = 1 }) => `${weight} ${action}`)).toEqual([
      '1 lost',
      '-1 lost',
      '1 closed',
    ]);
  });

  it('keeps no state for ever', () => {
    expect(run([...life, 2 * 60 * minute]).states).toBe(0);
    expect(run([created, 30 * 86_400 * second]).states).toBe(0);
  });

  it('stands whatever the record holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(created)), fc.jsonValue()), (strange) => {
        run([failed, { ...created, ...(strange as GatewayRecord) }, deleted, minute]);
      }),
    );
  });
});
