import { describe, expect, it } from 'vitest';
import { elsewhere, ocsfClasses } from './elsewhere.ts';
import { columns, families } from './event.ts';

describe('the names of columns elsewhere', () => {
  for (const where of ['otel', 'ecs', 'ocsf'] as const)
    it(`are one column’s alone in ${where}, and written as names are there`, () => {
      const given = columns.map(({ name }) => elsewhere(name)[where]).filter((name) => name !== '');
      expect(given.filter((name, index) => given.indexOf(name) !== index)).toEqual([]);
      expect(given.filter((name) => !/^@?[A-Za-z_]+(\[\])?(\.[a-z_]+(\[\])?)*$/.test(name))).toEqual([]);
      expect(given.length).toBeGreaterThan(20);
    });

  it('are empty for a column that nobody else has', () => {
    expect(elsewhere('retention')).toEqual({ otel: '', ecs: '', ocsf: '' });
  });

  it('have a class of OCSF for each family', () => {
    expect(Object.keys(ocsfClasses)).toEqual([...families]);
  });
});
