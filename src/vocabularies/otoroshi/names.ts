/** Finds the name under which a record comes in a table of names, of which some stand for many. */

export interface Found<T> {
  readonly found: T;
  /** What stands where the `*` of the name is; '' where it has none. */
  readonly rest: string;
}

/** The entry of that very name, else the one with the longest pattern that fits. */
export function finderOf<T extends { readonly name: string }>(
  entries: readonly T[],
): (name: string | undefined) => Found<T> | undefined {
  const exact = new Map(entries.map((entry) => [entry.name, { found: entry, rest: '' }]));
  const patterns = entries
    .filter(({ name }) => name.includes('*'))
    .map((entry) => {
      const [before = '', after = ''] = entry.name.split('*');
      return { entry, before, after };
    })
    .sort((a, b) => b.entry.name.length - a.entry.name.length);

  return function find(name) {
    if (name === undefined) return undefined;
    const known = exact.get(name);
    if (known !== undefined) return known;
    for (const { entry, before, after } of patterns)
      if (name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after))
        return { found: entry, rest: name.slice(before.length, name.length - after.length) };
    return undefined;
  };
}
