/** How much was redacted: by rule for one record, by tenant and rule for all that was taken in. */
import { ruleNames } from './rules.ts';
import type { Span } from './spans.ts';

/** Places by the number of the rule that found them. */
export type RuleCounts = readonly number[];

/** Undefined when nothing was redacted, as in most records. */
export function countByRule(places: readonly Span[], more?: readonly Span[]): RuleCounts | undefined {
  if (places.length === 0 && (more === undefined || more.length === 0)) return undefined;
  const counts: number[] = new Array(ruleNames.length).fill(0);
  for (const { rule } of places) (counts[rule] as number)++;
  for (const { rule } of more ?? []) (counts[rule] as number)++;
  return counts;
}

/** Both together; `total` is changed. */
export function addCounts(total: number[], counts: RuleCounts): void {
  for (let rule = 0; rule < counts.length; rule++)
    total[rule] = (total[rule] ?? 0) + (counts[rule] as number);
}

export interface RedactionTotal {
  readonly tenant: string;
  readonly rule: string;
  readonly count: number;
}

export interface RedactionTally {
  add(tenant: string, counts: RuleCounts): void;
  /** Since the start of the process; rules that found nothing are left out. */
  totals(): RedactionTotal[];
}

export function createRedactionTally(): RedactionTally {
  const byTenant = new Map<string, number[]>();
  return {
    add(tenant, counts) {
      const total = byTenant.get(tenant) ?? [];
      byTenant.set(tenant, total);
      addCounts(total, counts);
    },
    totals: () =>
      [...byTenant].flatMap(([tenant, counts]) =>
        counts.flatMap((count, rule) =>
          count === 0 ? [] : [{ tenant, rule: ruleNames[rule] as string, count }],
        ),
      ),
  };
}
