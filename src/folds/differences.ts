/** What has changed between two states of an entity. */
import { isDeepStrictEqual } from 'node:util';
import type { GatewayRecord } from '../core/spec.ts';
import { objectOf } from '../vocabularies/reading.ts';

export interface Difference {
  /** Names of members parted by points. */
  readonly field: string;
  /** Absent where there was nothing. */
  readonly from?: unknown;
  /** Absent where nothing is left. */
  readonly to?: unknown;
}

/** Objects are gone into so far; what lies deeper is compared whole. */
const deepest = 4;

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Every field that is not equal, in the order of the fields; lists are compared whole. */
export function differences(
  before: GatewayRecord,
  after: GatewayRecord,
  above = '',
  depth = 1,
): Difference[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => {
    const [from, to] = [before[name] ?? undefined, after[name] ?? undefined];
    if (isDeepStrictEqual(from, to)) return [];
    const field = above + name;
    if (depth < deepest && isObject(from ?? to) && isObject(to ?? from))
      return differences(objectOf(from), objectOf(to), `${field}.`, depth + 1);
    return [{ field, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
  });
}
