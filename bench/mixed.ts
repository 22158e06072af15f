/**
 * Bulk bodies of every vocabulary, as a landscape of gateways would send them: each body is one gateway's. All of them
 * are made before the clock runs, and none is sent twice.
 */
import { createTraffic } from '../src/sample/traffic.ts';
import { action } from './bodies.ts';

export interface MixedLoad {
  readonly events: number;
  readonly perBody: number;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

export interface MadeBody {
  readonly bytes: Buffer;
  readonly count: number;
}

/** Twice what an even day has, as the busiest minute is the measure. */
const busiest = 2;
const stretch = 60_000;

export function createMixedBodies({ events, perBody, from, to, seed }: MixedLoad): MadeBody[] {
  const traffic = createTraffic({ rate: (busiest * events * 1000) / (to - from), seed });
  const waiting = new Map<string, string[]>();
  const bodies: MadeBody[] = [];
  let made = 0;
  const cut = (lines: readonly string[]): void => {
    made += lines.length;
    bodies.push({
      bytes: Buffer.from(lines.map((line) => `${action}${line}\n`).join('')),
      count: lines.length,
    });
  };
  for (let at = from; at < to && made < events; at += stretch)
    for (const [vocabulary, lines] of traffic.between(at, at + stretch, false)) {
      const all = [...(waiting.get(vocabulary) ?? []), ...lines];
      while (all.length >= perBody) cut(all.splice(0, perBody));
      waiting.set(vocabulary, all);
    }
  for (const lines of waiting.values()) if (lines.length > 0) cut(lines);
  return bodies;
}
