import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDuplicateIndex } from './duplicates.ts';

/** Spreads a small number over 64 bits, as a hash would. */
const hash = (n: number): bigint => BigInt.asUintN(64, BigInt(n + 1) * 0x9e3779b97f4a7c15n);

test('a second claim of an id is a duplicate with the same content and a conflict with other content', () => {
  const index = createDuplicateIndex(1000);
  const claims = index.begin(1);
  expect(claims.claim(hash(1), 7)).toBe('new');
  expect(claims.claim(hash(1), 7)).toBe('duplicate');
  expect(claims.claim(hash(1), 8)).toBe('conflict');
  expect(claims.claim(hash(2), 0xffffffff)).toBe('new');
  expect(claims.claim(hash(2), 0xffffffff)).toBe('duplicate');
});

test('the index answers like a map of the newest ids, whatever is claimed, forgotten and repeated', () => {
  const step = fc.record({ id: fc.integer({ min: 0, max: 400 }), content: fc.integer({ min: 0, max: 1 }) });
  const payload = fc.record({ steps: fc.array(step, { maxLength: 60 }), durable: fc.boolean() });
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 60 }), (payloads) => {
      const index = createDuplicateIndex(100_000);
      const known = new Map<number, number>();
      for (const { steps, durable } of payloads) {
        const claims = index.begin(1);
        const mine = new Set<number>();
        for (const { id, content } of steps) {
          const before = known.get(id);
          const expected = before === undefined ? 'new' : before === content ? 'duplicate' : 'conflict';
          expect(claims.claim(hash(id), content)).toBe(expected);
          if (before !== undefined) continue;
          known.set(id, content);
          mine.add(id);
        }
        claims.settle(durable);
        if (!durable) for (const id of mine) known.delete(id);
      }
      expect(index.size).toBe(known.size);
    }),
  );
});

test('a full index forgets the oldest ids first and says since when it is complete', () => {
  const capacity = 1000;
  const index = createDuplicateIndex(capacity);
  for (let n = 0; n < 5000; n++) {
    const claims = index.begin(n);
    expect(claims.claim(hash(n), 1)).toBe('new');
    claims.settle(true);
  }
  expect(index.size).toBe(capacity);
  const { oldestTime } = index;
  expect(oldestTime).toBeGreaterThan(3500);
  expect(oldestTime).toBeLessThan(4999);
  const claims = index.begin(5000);
  for (let n = oldestTime + 1; n < 5000; n++) expect(claims.claim(hash(n), 1)).toBe('duplicate');
  expect(claims.claim(hash(10), 1)).toBe('new');
});

test('an index that never forgot an id knows everything, unless ids left the journal before', () => {
  const index = createDuplicateIndex(1000);
  index.restore({ idHashes: BigUint64Array.of(1n, 2n), contentHashes: Uint32Array.of(5, 6), received: 10 });
  expect(index.oldestTime).toBe(0);
  index.missingTo(9);
  expect(index.oldestTime).toBe(9);
  expect(index.begin(11).claim(1n, 5)).toBe('duplicate');
  expect(index.begin(11).claim(2n, 5)).toBe('conflict');
});

test('a duplicate of a record that is not durable yet shares its fate', async () => {
  const index = createDuplicateIndex(1000);
  for (const durable of [true, false]) {
    const first = index.begin(1);
    const second = index.begin(2);
    const id = hash(durable ? 1 : 2);
    expect(first.claim(id, 1)).toBe('new');
    expect(second.claim(id, 1)).toBe('duplicate');
    second.settle(true);
    let answered = false;
    const others = second.othersDurable().finally(() => {
      answered = true;
    });
    await new Promise(setImmediate);
    expect(answered).toBe(false);
    first.settle(durable);
    expect(await others).toBe(durable);
    expect(index.begin(3).claim(id, 1)).toBe(durable ? 'duplicate' : 'new');
  }
});

test('payloads that repeat each other’s records do not wait for ever', async () => {
  const index = createDuplicateIndex(1000);
  const [first, second] = [index.begin(1), index.begin(1)];
  first.claim(1n, 1);
  second.claim(2n, 1);
  expect(first.claim(2n, 1)).toBe('duplicate');
  expect(second.claim(1n, 1)).toBe('duplicate');
  first.settle(true);
  second.settle(false);
  expect(await first.othersDurable()).toBe(false);
  expect(await second.othersDurable()).toBe(true);
});

test('a repetition within a payload waits for nobody', async () => {
  const claims = createDuplicateIndex(1000).begin(1);
  claims.claim(1n, 1);
  expect(claims.claim(1n, 1)).toBe('duplicate');
  expect(await claims.othersDurable()).toBe(true);
});

test('memory grows with the ids held and stays near 18 bytes an id when full', () => {
  const index = createDuplicateIndex(200_000);
  expect(index.bytes).toBeLessThan(50_000);
  const claims = index.begin(1);
  for (let n = 0; n < 400_000; n++) claims.claim(hash(n), n);
  expect(index.size).toBeGreaterThan(195_000);
  expect(index.bytes / 200_000).toBeLessThan(19);
});
