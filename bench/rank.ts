/** The smallest of `sorted` that `share` of them are not above (nearest rank); 0 when there are none. */
export const atRank = (sorted: readonly number[], share: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
