/** The least rate of one body: who holds a connection, and room, has to make use of it. */
import type { IncomingMessage } from 'node:http';
import type { IngestLimits } from './limits.ts';

export interface Pace {
  /** The socket is not read for now, which is no fault of its sender. */
  pause(): void;
  resume(): void;
  /** Everything is here, or no more is wanted. */
  stop(): void;
}

/**
 * Calls `tooSlow`, once, when less than the least rate arrived on average over a window. Windows follow each other and
 * begin now. What arrives is counted as it comes from the network, compressed or not.
 */
export function watchPace(
  request: IncomingMessage,
  { leastRate, rateWindow }: IngestLimits,
  tooSlow: () => void,
): Pace {
  const { socket } = request;
  const least = (leastRate * rateWindow) / 1000;
  let timer: NodeJS.Timeout | undefined;
  let judging: NodeJS.Immediate | undefined;
  let from = socket.bytesRead;
  let left = rateWindow;
  let since = 0;

  function start(): void {
    since = performance.now();
    timer = setTimeout(() => {
      // What came in while the event loop was held is read first.
      judging = setImmediate(judge);
    }, left).unref();
  }

  function stop(): void {
    clearTimeout(timer);
    clearImmediate(judging);
  }

  function judge(): void {
    // What lies here unread waits for us.
    const waitsForSender = request.readableLength === 0 && !request.complete;
    if (waitsForSender && socket.bytesRead - from < least) {
      tooSlow();
      return;
    }
    from = socket.bytesRead;
    left = rateWindow;
    start();
  }

  start();
  return {
    pause() {
      stop();
      left = Math.max(0, left - (performance.now() - since));
    },
    resume: start,
    stop,
  };
}
