/** The names of the fields in which two states of an entity differ. Neither state is changed. */
import type { GatewayRecord } from '../../core/spec.ts';

/** Equal as JSON. The depth of a record is bounded before it gets here, so that recursion is safe. */
function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const left = one as GatewayRecord;
  const right = other as GatewayRecord;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && isSame(left[name], right[name]))
  );
}

/** In the order of `before`, then what only `after` has; without `updatedAt`, which every change changes. */
export function changedFields(before: GatewayRecord, after: GatewayRecord): string[] {
  const gone = Object.keys(before).filter(
    (name) => !Object.hasOwn(after, name) || !isSame(before[name], after[name]),
  );
  const come = Object.keys(after).filter((name) => !Object.hasOwn(before, name));
  return [...gone, ...come].filter((name) => name !== 'updatedAt');
}
