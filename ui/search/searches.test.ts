import { describe, expect, it } from 'vitest';
import { createSearches } from './searches.ts';

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

describe('searches made before', () => {
  it('come newest first and each only once', () => {
    const searches = createSearches(memory());
    for (const search of ['a', 'b', 'a', '  ']) searches.remember(search);
    expect(searches.list('recent')).toEqual(['a', 'b']);
  });

  it('are bounded', () => {
    const searches = createSearches(memory());
    for (let i = 0; i < 80; i++) searches.remember(`status:${i}`);
    expect(searches.list('recent')).toHaveLength(50);
    expect(searches.list('recent')[0]).toBe('status:79');
  });

  it('are saved and forgotten again', () => {
    const searches = createSearches(memory());
    expect(searches.toggleSaved('a')).toBe(true);
    expect(searches.list('saved')).toEqual(['a']);
    expect(searches.toggleSaved('a')).toBe(false);
    expect(searches.list('saved')).toEqual([]);
  });

  it('survive what another program left in their place', () => {
    const storage = memory();
    storage.setItem('gatescope:recent-searches', '{oops');
    expect(createSearches(storage).list('recent')).toEqual([]);
  });
});
