/** Searches a person made before, and those that were saved, kept in this browser. Newest first. */

const keys = { recent: 'gatescope:recent-searches', saved: 'gatescope:saved-searches' } as const;
const most = 50;

export interface Searches {
  list(which: keyof typeof keys): readonly string[];
  /** Puts a search first among the recent ones. */
  remember(search: string): void;
  /** Saves a search, or forgets one that was saved. Returns whether it is saved now. */
  toggleSaved(search: string): boolean;
}

export function createSearches(storage: Pick<Storage, 'getItem' | 'setItem'>): Searches {
  const list = (which: keyof typeof keys): readonly string[] => {
    try {
      const kept: unknown = JSON.parse(storage.getItem(keys[which]) ?? '[]');
      return Array.isArray(kept) ? kept.filter((search) => typeof search === 'string') : [];
    } catch {
      return [];
    }
  };
  const write = (which: keyof typeof keys, searches: readonly string[]) =>
    storage.setItem(keys[which], JSON.stringify(searches.slice(0, most)));
  return {
    list,
    remember(search) {
      if (search.trim() !== '')
        write('recent', [search, ...list('recent').filter((other) => other !== search)]);
    },
    toggleSaved(search) {
      const others = list('saved').filter((other) => other !== search);
      const saved = others.length === list('saved').length;
      write('saved', saved ? [search, ...others] : others);
      return saved;
    },
  };
}
