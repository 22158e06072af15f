import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../core/spec.ts';
import type { Fold } from './fold.ts';
import { openzitiTransfers } from './openziti-transfers.ts';
import { type Happening, minute, play } from './play.fixture.ts';

const names = {
  'service/svc-1': 'ledger-db',
  'identity/idn-1': 'till-17',
  'router/rt-1': 'edge-berlin',
};
const run = (happenings: readonly Happening[]) => play(openzitiTransfers as Fold, happenings, { names });

let millis = 0;
const part = (usage: unknown, more: GatewayRecord = {}): GatewayRecord => ({
  namespace: 'usage',
  event_src_id: 'ctrl-1',
  timestamp: `2026-11-21T13:00:05.${String(100 + millis++)}+01:00`,
  version: 3,
  source_id: 'rt-1',
  circuit_id: 'crc-1',
  usage,
  interval_start_utc: 1_795_262_400,
  interval_length: 5,
  tags: { clientId: 'idn-1', hostId: 'idn-2', serviceId: 'svc-1' },
  ...more,
});
const second = (kind: string, usage: number, more: GatewayRecord = {}) =>
  part(usage, { version: 2, event_type: `usage.${kind}`, ...more });
const sums = (happenings: readonly Happening[]) => {
  const { derived } = run(happenings);
  const sum = (name: string) => derived.reduce((total, record) => total + Number(record[name] ?? 0), 0);
  return { bytesIn: sum('bytesIn'), bytesOut: sum('bytesOut') };
};

describe('usage of a circuit', () => {
  it('says who exchanged how much with what, in which interval', () => {
    expect(run([part({ 'ingress.rx': 124, 'egress.rx': 300_415 })]).derived).toMatchObject([
      {
        type: 'transfer',
        time: 1_795_262_400_000_000,
        bytesIn: 124,
        bytesOut: 300_415,
        service: 'ledger-db',
        serviceId: 'svc-1',
        consumer: 'till-17',
        consumerId: 'idn-1',
        circuitId: 'crc-1',
        node: 'rt-1',
        router: 'edge-berlin',
        hostName: 'idn-2',
        interval: 5,
      },
    ]);
  });

  it('counts each byte once: by what the routers at both ends have read', () => {
    const told = [
      second('ingress.rx', 1000),
      second('egress.tx', 1000, { source_id: 'rt-2' }),
      second('egress.rx', 50, { source_id: 'rt-2' }),
      second('ingress.tx', 50),
      second('fabric.rx', 1100, { source_id: 'rt-2', tags: null }),
      part({ 'fabric.rx': 60, 'fabric.tx': 1200 }, { tags: null }),
    ];
    expect(sums(told)).toEqual({ bytesIn: 1000, bytesOut: 50 });
  });

  it('adds the parts of an interval, late ones too, in any order', () => {
    const parts = [
      second('ingress.rx', 10),
      second('ingress.rx', 20),
      second('egress.rx', 7),
      second('ingress.rx', 30),
    ];
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...parts, ...parts], { minLength: 8 }),
        fc.array(fc.nat(2 * minute), { minLength: 8, maxLength: 8 }),
        (records, pauses) => {
          const happenings = records.flatMap((record, index) => [record, pauses[index] ?? 0]);
          expect(sums(happenings)).toEqual({ bytesIn: 60, bytesOut: 7 });
        },
      ),
    );
    expect(sums([second('ingress.rx', 10), 60 * minute, second('ingress.rx', 20)]).bytesIn).toBe(30);
  });

  it('counts once what is told in several forms: versions 2 and 3, and both spellings', () => {
    const told = [
      second('ingress.rx', 10),
      second('egress.rx', 7),
      second('ingress.rx', 5),
      second('ingress.rx', 10, { namespace: 'fabric.usage' }),
      second('ingress.rx', 5, { namespace: 'fabric.usage' }),
      part({ 'ingress.rx': 10, 'egress.rx': 7 }),
      part({ 'ingress.rx': 5 }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(told, { minLength: told.length }), (records) => {
        expect(sums(records).bytesIn).toBe(15);
        expect(sums(records).bytesOut).toBe(7);
      }),
    );
  });

  it('takes counters of old routers under their full names, and circuits under their old one', () => {
    const { circuit_id: _, ...old } = part({ 'usage.ingress.rx': 12 });
    expect(run([{ ...old, session_id: 'crc-9' }]).derived).toMatchObject([
      { bytesIn: 12, circuitId: 'crc-9' },
    ]);
  });

  it('keeps no state for ever', () => {
    expect(run([part({ 'ingress.rx': 1 }), 20 * minute]).states).toBe(0);
  });

  it('stands whatever the record holds', () => {
    const whole = part({ 'ingress.rx': 1 });
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...Object.keys(whole)), fc.jsonValue()), (strange) => {
        run([{ ...whole, ...(strange as GatewayRecord) }, whole]);
      }),
    );
  });
});
