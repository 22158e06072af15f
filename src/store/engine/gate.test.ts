import { expect, test } from 'vitest';
import { createGate } from './gate.ts';

const pending = (): { promise: Promise<void>; resolve: () => void } => Promise.withResolvers<void>();

test('lets so many through, in the order of arrival', async () => {
  const gate = createGate(1, 5);
  const order: number[] = [];
  const first = pending();
  const all = [
    gate.pass(async () => {
      await first.promise;
      order.push(1);
    }),
    gate.pass(async () => order.push(2)),
    gate.pass(async () => order.push(3)),
  ];
  expect([gate.inside, gate.waiting]).toEqual([1, 2]);
  first.resolve();
  await Promise.all(all);
  expect(order).toEqual([1, 2, 3]);
  expect([gate.inside, gate.waiting]).toEqual([0, 0]);
});

test('turns away what finds the queue full', async () => {
  const gate = createGate(1, 0);
  const first = pending();
  const inside = gate.pass(() => first.promise);
  expect(await gate.pass(async () => 1)).toBeUndefined();
  first.resolve();
  await inside;
  expect(await gate.pass(async () => 1)).toEqual({ value: 1 });
});

test('forgets who stops waiting', async () => {
  const gate = createGate(1, 5);
  const first = pending();
  const inside = gate.pass(() => first.promise);
  const leave = new AbortController();
  const waiting = gate.pass(async () => 'ran', leave.signal);
  leave.abort();
  expect(await waiting).toBeUndefined();
  expect(gate.waiting).toBe(0);
  first.resolve();
  await inside;
});

test('gives the place back after a failure', async () => {
  const gate = createGate(1, 0);
  await expect(gate.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(gate.inside).toBe(0);
});
