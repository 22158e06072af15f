/** Values that are redacted for where they stand: paths of members from the top of a record. */
import { quote, skipValue } from './json-skip.ts';
import { walkJson } from './json-walk.ts';
import { isBlank } from './shapes.ts';
import type { Spans } from './spans.ts';

/**
 * Paths that begin alike, together. A list on the way stands for each of its items. Names are in small letters and meant
 * without case, as names of headers are.
 */
export interface PathTree {
  readonly below: ReadonlyMap<string, PathTree>;
  /** A path ends here. */
  readonly ends: boolean;
}

/** Undefined when there are none. */
export function pathTree(paths: readonly (readonly string[])[]): PathTree | undefined {
  if (paths.length === 0) return undefined;
  const byFirst = Map.groupBy(
    paths.filter((path) => path.length > 0),
    ([first]) => (first as string).toLowerCase(),
  );
  const below = new Map<string, PathTree>();
  for (const [name, some] of byFirst)
    below.set(name, pathTree(some.map((path) => path.slice(1))) ?? { below: new Map(), ends: true });
  return { below, ends: paths.some((path) => path.length === 0) };
}

/** True, false, null and what is empty hide nothing. */
const hides = (bytes: Buffer, at: number, end: number): boolean => {
  const first = bytes[at];
  if (first === quote) return !isBlank(bytes, at + 1, end - 1);
  const text = bytes.toString('latin1', at, Math.min(end, at + 8));
  return !/^(true|false|null|\[\s*\]|\{\s*\})/.test(text);
};

/** Reports the values of a JSON record at the ends of `tree`, as found by `rule`. What is no JSON is left alone. */
export function scanPaths(bytes: Buffer, tree: PathTree, rule: number, spans: Spans): void {
  walkJson(bytes, (path, _, at) => {
    let node: PathTree | undefined = tree;
    for (const step of path) if (typeof step === 'string') node = node?.below.get(step.toLowerCase());
    if (node === undefined) return false;
    if (!node.ends) return true;
    const end = skipValue(bytes, at, bytes.length);
    if (hides(bytes, at, end)) spans.add(at, end, 0, rule);
    return false;
  });
}
