/** Which segments may go: what the store has durably and is old, or is too much. Never what the store lacks. */
import type { Segment } from './segment.ts';

export interface RetentionLimits {
  /** Microseconds since a segment's last frame (24 h). */
  readonly age: number;
  /** Share of the disk that the journal may take (0.2) before younger segments go too. */
  readonly share: number;
}

/** How many of the oldest of `segments` go; `bytes` is what the journal takes, `total` the size of the disk. */
export function segmentsToDrop(
  segments: readonly Segment[],
  bytes: number,
  total: number,
  storedTo: number,
  now: number,
  limits: RetentionLimits,
): number {
  let left = bytes;
  let count = 0;
  for (const segment of segments) {
    const old = now - segment.written > limits.age;
    const tooMuch = left > total * limits.share;
    if (segment.end > storedTo || !(old || tooMuch)) break;
    left -= segment.bytes;
    count++;
  }
  return count;
}
