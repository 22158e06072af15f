import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

it('gives what was put in, of each tenant in order, and the tenants take turns', () => {
  const steps = fc.array(fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.constant(undefined)));
  fc.assert(
    fc.property(steps, (all) => {
      const queue = new FairQueue<{ tenant: string; number: number }>();
      const waiting: { tenant: string; number: number }[] = [];
      /** Turns that others had since a tenant has waited. */
      const passed = new Map<string, string[]>();
      for (const [number, tenant] of all.entries()) {
        if (tenant !== undefined) {
          waiting.push({ tenant, number });
          queue.push(tenant, { tenant, number });
          if (!passed.has(tenant)) passed.set(tenant, []);
        } else {
          const item = queue.shift();
          expect(item).toEqual(waiting.find((other) => other.tenant === item?.tenant));
          expect(item === undefined).toBe(waiting.length === 0);
          if (item === undefined) continue;
          waiting.splice(waiting.indexOf(waiting.find((other) => other.number === item.number) as never), 1);
          passed.delete(item.tenant);
          for (const others of passed.values()) others.push(item.tenant);
          if (waiting.some((other) => other.tenant === item.tenant)) passed.set(item.tenant, []);
        }
        expect(queue.length).toBe(waiting.length);
        for (const others of passed.values()) expect(new Set(others).size).toBe(others.length);
      }
    }),
  );
});
