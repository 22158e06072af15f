export const projections: readonly string[] = [];
