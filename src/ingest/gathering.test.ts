import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Payload } from '../core/ingest.ts';
import type { Claims } from '../journal/duplicates.ts';
import { json } from '../protocols/json.ts';
import { Gathering } from './gathering.ts';
import type { ReadPack } from './read-pack.ts';
import type { RefusedRecord } from './read-record.ts';

const payload: Payload = {
  tenant: 'default',
  receiver: 'http',
  sender: 'test',
  received: 1,
  body: Buffer.alloc(0),
  headers: {},
  protocol: json,
};
const refusal: RefusedRecord = {
  reason: 'unreadable',
  problem: { path: '', reason: 'no record' },
  bytes: Buffer.from('x'),
};

type Fate = 'accepted' | 'duplicate' | 'refused';
const fates = fc.array(
  fc.record({
    fate: fc.constantFrom<Fate>('accepted', 'accepted', 'duplicate', 'refused'),
    retention: fc.constantFrom('default', 'audit'),
  }),
  { minLength: 1, maxLength: 12 },
);

test('of packs the rows of the accepted are kept, each with its retention class and what belongs to it', () => {
  fc.assert(
    fc.property(fc.array(fates, { maxLength: 4 }), (packs) => {
      const all = packs.flat();
      const duplicates = new Set(all.flatMap(({ fate }, n) => (fate === 'duplicate' ? [BigInt(n)] : [])));
      const claims = {
        claim: (idHash: bigint) => (duplicates.has(idHash) ? 'duplicate' : 'new'),
      } as unknown as Claims;
      const gathering = new Gathering(payload, claims);
      let first = 0;
      for (const pack of packs) {
        const at = first;
        first += pack.length;
        const rows = pack.map(({ fate }, index) => (fate === 'refused' ? '' : `row ${at + index}\n`));
        let end = 0;
        const read: ReadPack = {
          ids: pack.map((_, index) => `id-${at + index}`),
          times: Float64Array.from(pack, (_, index) => at + index),
          idHashes: BigUint64Array.from(pack, (_, index) => BigInt(at + index)),
          contentHashes: Uint32Array.from(pack, (_, index) => at + index),
          rows: Buffer.from(rows.join('')),
          ends: Uint32Array.from(rows, (row) => {
            end += row.length;
            return end;
          }),
          retention: pack.some(({ retention }) => retention !== 'default')
            ? pack.map(({ retention }) => retention)
            : undefined,
          refused: new Map(pack.flatMap(({ fate }, index) => (fate === 'refused' ? [[index, refusal]] : []))),
          redacted: new Map(),
        };
        gathering.take(
          pack.map((_, index) => ({ bytes: Buffer.alloc(0), line: 1, byte: at + index })),
          read,
        );
      }

      const accepted = all.flatMap(({ fate }, index) => (fate === 'accepted' ? [index] : []));
      const { rows, times, idHashes, contentHashes, counts } = gathering.entry();
      expect(Buffer.concat(rows.chunks).toString()).toBe(accepted.map((n) => `row ${n}\n`).join(''));
      expect([rows.count, rows.bytes]).toEqual([accepted.length, Buffer.concat(rows.chunks).length]);
      expect([times, idHashes, contentHashes]).toEqual([accepted, accepted.map(BigInt), accepted]);
      const classes = accepted.map((index) => all[index]?.retention);
      expect(rows.retention ?? classes.map(() => 'default')).toEqual(classes);
      expect(counts).toEqual({
        received: all.length,
        duplicates: duplicates.size,
        quarantined: all.filter(({ fate }) => fate === 'refused').length,
        replayed: 0,
      });
    }),
  );
});
