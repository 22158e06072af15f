import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Gathered } from './gathered.ts';

describe('pieces of any size', () => {
  it('come together as they were sent, announced or not, decoded or not', async () => {
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 4_000, max: 700_000 })),
    );
    const property = fc.asyncProperty(
      sizes,
      fc.boolean(),
      fc.boolean(),
      async (all, isAnnounced, isDecoded) => {
        const total = all.reduce((sum, size) => sum + size, 0);
        const whole = Buffer.alloc(total, '0123456789abcdefghijklmnopqrstuvwxyz');
        // As of a decoder: several in one memory.
        const memory = Buffer.concat([whole]);
        const gathered = new Gathered(isAnnounced && !isDecoded ? total : 0, isDecoded);
        let at = 0;
        for (const size of all) {
          const piece = memory.subarray(at, at + size);
          await gathered.add(isDecoded ? piece : Buffer.from(piece));
          at += size;
        }
        expect((await gathered.bytes()).equals(whole)).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });

  it('take little more memory than their bytes, however small they are', async () => {
    const gathered = new Gathered(0, false);
    const before = process.memoryUsage();
    for (let n = 0; n < 400_000; n += 1) await gathered.add(Buffer.from([n % 256]));
    global.gc?.();
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4_000_000);
    const bytes = await gathered.bytes();
    expect(bytes.length).toBe(400_000);
    expect(bytes.every((byte, n) => byte === n % 256)).toBe(true);
  });
});
