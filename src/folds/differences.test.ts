import { expect, test } from 'vitest';
import { differences } from './differences.ts';

test('fields of objects within objects are told by their path, in the order of the fields', () => {
  const before = { name: 'a', policy: { cert: true, deep: { level: 1 } }, tags: null };
  const after = { policy: { deep: { level: 2 }, cert: true }, name: 'a', tags: { team: 'x' } };
  expect(differences(before, after)).toEqual([
    { field: 'policy.deep.level', from: 1, to: 2 },
    { field: 'tags.team', to: 'x' },
  ]);
});

test('lists are compared whole, and what lies deep too', () => {
  expect(differences({ roles: ['a', 'b'] }, { roles: ['b', 'a'] })).toEqual([
    { field: 'roles', from: ['a', 'b'], to: ['b', 'a'] },
  ]);
  const deep = (value: number) => ({ a: { b: { c: { d: { e: value } } } } });
  expect(differences(deep(1), deep(2))).toEqual([{ field: 'a.b.c.d', from: { e: 1 }, to: { e: 2 } }]);
});

test('null and absent are the same nothing', () => {
  expect(differences({ a: null, b: undefined }, { c: null })).toEqual([]);
  expect(differences({ a: 1 }, { a: null })).toEqual([{ field: 'a', from: 1 }]);
});
