/**
 * The filter: what a person wrote in the filter language, as data. Names and values are still text; `query/bind.ts`
 * checks them against the fields there are. Pure JSON, the same in the browser and in the server.
 */

/** Where in the text something stands, in UTF-16 units. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

export type Filter =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly kind: 'not'; readonly part: Filter }
  /** Free text: the pattern (`*` and `?` are wild, `\` escapes) is looked for anywhere in the text columns. */
  | { readonly kind: 'text'; readonly pattern: string; readonly at?: Place }
  | { readonly kind: 'term'; readonly field: string; readonly test: Test; readonly at?: Place };

export type Test =
  | { readonly op: 'is'; readonly value: string }
  /** `*` is any run of characters, `?` is one, `\` escapes; the pattern covers the whole value. */
  | { readonly op: 'like'; readonly pattern: string }
  /** Found anywhere in the value; a leading `(?i)` ignores case. */
  | { readonly op: 'regex'; readonly source: string }
  | { readonly op: 'present' }
  /** Comparisons and ranges; at least one bound is there. */
  | { readonly op: 'within'; readonly from?: Bound; readonly to?: Bound };

export interface Bound {
  readonly value: string;
  readonly inclusive: boolean;
}

/** What is wrong with a filter, and where. `reason` says what was expected. */
export interface FilterProblem extends Place {
  readonly reason: string;
}

export const everything: Filter = { kind: 'all' };

/** Every part must hold. Flattens, and drops what always holds. */
export function allOf(parts: readonly Filter[]): Filter {
  const flat = parts.flatMap((part) =>
    part.kind === 'and' ? part.parts : part.kind === 'all' ? [] : [part],
  );
  return flat.length === 0
    ? everything
    : flat.length === 1
      ? (flat[0] as Filter)
      : { kind: 'and', parts: flat };
}
