/** How long the event loop was held up: whoever holds it keeps every sender waiting. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface EventLoopDelay {
  /** Longest delay since the start, in seconds. */
  readonly maximum: number;
  /** 99th percentile since the start, in seconds. */
  readonly p99: number;
  stop(): void;
}

/** Timer resolution in milliseconds; an idle loop reads about this much, so it is taken off. */
const resolution = 10;
const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolution / 1e3);

export function watchEventLoop(): EventLoopDelay {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  return {
    get maximum() {
      return seconds(histogram.max);
    },
    get p99() {
      return seconds(histogram.percentile(99));
    },
    stop: () => void histogram.disable(),
  };
}
