/**
 * A gate lets so many through at a time and so many wait; the rest are turned away at once. It keeps long statements
 * from taking every thread of the process.
 */

export interface Gate {
  /**
   * Runs `deed` when there is room, in the order of arrival. Turned away, or aborted while waiting: `undefined`, and
   * `deed` never ran.
   */
  pass<T>(deed: () => Promise<T>, signal?: AbortSignal): Promise<{ readonly value: T } | undefined>;
  readonly inside: number;
  readonly waiting: number;
}

export function createGate(room: number, queue: number): Gate {
  const waiters: (() => void)[] = [];
  let inside = 0;

  const leave = (): void => {
    inside -= 1;
    waiters.shift()?.();
  };

  const enter = async (signal?: AbortSignal): Promise<boolean> => {
    if (signal?.aborted) return false;
    if (inside < room) {
      inside += 1;
      return true;
    }
    if (waiters.length >= queue) return false;
    return new Promise((resolve) => {
      const proceed = (): void => {
        signal?.removeEventListener('abort', abandon);
        inside += 1;
        resolve(true);
      };
      const abandon = (): void => {
        waiters.splice(waiters.indexOf(proceed), 1);
        resolve(false);
      };
      waiters.push(proceed);
      signal?.addEventListener('abort', abandon, { once: true });
    });
  };

  return {
    async pass(deed, signal) {
      if (!(await enter(signal))) return undefined;
      try {
        return { value: await deed() };
      } finally {
        leave();
      }
    },
    get inside() {
      return inside;
    },
    get waiting() {
      return waiters.length;
    },
  };
}
