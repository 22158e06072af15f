/** All folds over a real journal: reordered, repeated, late and missing records, and the end of the process anywhere. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { StoredEvent } from '../core/event.ts';
import type { GatewayRecord } from '../core/spec.ts';
import { openTestFolding, type TestFolding } from './folding.fixture.ts';
import { folds } from './index.gen.ts';
import { minute } from './play.fixture.ts';

let micros = 100_001;
const ziti = (namespace: string, more: GatewayRecord): GatewayRecord => ({
  namespace,
  event_src_id: 'ctrl-1',
  timestamp: `2026-11-21T13:00:00.${micros++}+01:00`,
  ...more,
});
const changed = (eventId: string) =>
  ziti('entityChange', {
    eventId,
    eventType: 'updated',
    entityType: 'configs',
    initialState: { id: `of-${eventId}`, name: 'before' },
    finalState: { id: `of-${eventId}`, name: 'after' },
  });
const committed = (eventId: string) => ziti('entityChange', { eventId, eventType: 'committed' });
const circuit = (circuit_id: string, event_type: string, more: GatewayRecord = {}) =>
  ziti('circuit', { circuit_id, event_type, service_id: 'svc', tags: { clientId: 'idn' }, ...more });
const used = (kind: string, usage: number) =>
  ziti('usage', {
    version: 2,
    event_type: `usage.${kind}`,
    source_id: 'rt',
    circuit_id: 'a',
    usage,
    interval_start_utc: 1_795_262_400,
    interval_length: 5,
    tags: { clientId: 'idn', serviceId: 'svc' },
  });

const records: readonly GatewayRecord[] = [
  changed('whole'),
  committed('whole'),
  changed('never committed'),
  committed('never seen'),
  circuit('a', 'failed', { failure_cause: 'NO_PATH' }),
  circuit('a', 'created', { creation_timespan: 2_000_000 }),
  circuit('a', 'pathUpdated', { path: { nodes: ['r1', 'r2'] } }),
  circuit('a', 'deleted', { duration: 9_000_000_000 }),
  circuit('b', 'failed', { failure_cause: 'NO_PATH' }),
  circuit('b', 'failed', { failure_cause: 'NO_TERMINATORS' }),
  used('ingress.rx', 10),
  used('ingress.rx', 20),
  used('egress.rx', 5),
  used('fabric.rx', 99),
];
const expected = [
  'change confirmed of-whole',
  'change unconfirmed of-never committed',
  'connection closed a of 2 attempts',
  'connection failed b of 2 attempts',
  'transfer 0 5',
  'transfer 10 0',
  'transfer 20 0',
];

const told = ({
  type,
  action,
  entityId,
  circuitId,
  attempts,
  bytesIn = 0,
  bytesOut = 0,
}: StoredEvent): string =>
  type === 'change'
    ? `change ${action} ${entityId}`
    : type === 'connection'
      ? `connection ${action} ${circuitId} of ${attempts} attempts`
      : `transfer ${bytesIn} ${bytesOut}`;

/** What the sums of a query speak of: each line with a weight that is not 0. */
function standing(events: readonly StoredEvent[]): string[] {
  const weights = new Map<string, number>();
  for (const event of events) weights.set(told(event), (weights.get(told(event)) ?? 0) + event.weight);
  return [...weights].flatMap(([line, weight]) => Array<string>(weight).fill(line)).sort();
}

type Happening = 'restart' | 'deliver' | 'tick' | 'minutes' | GatewayRecord;

async function live(folding: TestFolding, happening: Happening): Promise<TestFolding> {
  if (happening === 'restart') return folding.restart();
  if (happening === 'deliver') await folding.deliver();
  else if (happening === 'tick') await folding.tick();
  else if (happening === 'minutes') folding.wait(2 * minute);
  else await folding.send([happening]);
  return folding;
}

it('what stands in the end is the same, whatever happened on the way', async () => {
  const between = fc.constantFrom<Happening>('restart', 'deliver', 'tick', 'minutes');
  const shuffled = fc.shuffledSubarray([...records, ...records], { minLength: records.length * 2 });
  const way = fc.tuple(shuffled, fc.array(fc.tuple(fc.nat(28), between), { maxLength: 12 }));
  await fc.assert(
    fc.asyncProperty(way, async ([order, happenings]) => {
      let folding = await openTestFolding({ folds });
      try {
        const script: Happening[] = [...order];
        for (const [place, happening] of happenings) script.splice(place, 0, happening);
        // Longer than the longest wait but that for a circuit's end.
        const settled: Happening[] = ['deliver', 'minutes', 'minutes', 'minutes', 'deliver', 'tick'];
        for (const happening of [...script, ...settled, 'restart' as const, ...settled])
          folding = await live(folding, happening);
        expect(standing(await folding.derived())).toEqual(expected);
        expect(await folding.quarantined()).toEqual([]);
        expect(folding.said).toEqual([]);
      } finally {
        await folding.close();
      }
    }),
    { numRuns: 15, endOnFailure: true },
  );
}, 60_000);
