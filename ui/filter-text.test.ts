import { describe, expect, it } from 'vitest';
import { parseFilter } from '../src/query/parse.ts';
import { allFilters, term, withoutTerm } from './filter-text.ts';

describe('pieces of a filter', () => {
  it('quotes what the language would read otherwise', () => {
    expect(term('consumer', 'mobile-app')).toBe('consumer:mobile-app');
    expect(term('consumer', 'mobile app')).toBe('consumer:"mobile app"');
    expect(parseFilter(term('path', '/orders/*?"\\'))).toMatchObject({
      ok: true,
      value: { field: 'path', test: { op: 'is', value: '/orders/*?"\\' } },
    });
  });

  it('finds where a value is absent, and leaves it out', () => {
    expect(term('consumer', null)).toBe('-consumer:*');
    expect(withoutTerm('consumer', null)).toBe('consumer:*');
    expect(withoutTerm('status', 500)).toBe('-status:500');
  });

  it('keeps an alternative together when something is added', () => {
    expect(allFilters('a:1 OR b:2', 'c:3')).toBe('(a:1 OR b:2) c:3');
    expect(allFilters('a:1', '', undefined, 'c:3')).toBe('a:1 c:3');
    expect(allFilters('a:1 OR b:2', '')).toBe('a:1 OR b:2');
    expect(allFilters('a:1', 'a:1')).toBe('a:1');
  });
});
