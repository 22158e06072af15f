/**
 * Room for the bodies in flight, over all receivers. Who finds none waits, and its socket is not read meanwhile; after
 * a while it is turned away. First come, first served.
 */

export interface Room {
  /** Bytes held. */
  readonly held: number;
  /** A place for one body. */
  enter(): Place;
}

export interface Place {
  /** Resolves with true once there is room for `bytes` more; false when there was none in time. */
  take(bytes: number): Promise<boolean>;
  /** Gives back all that was taken. The place must not be used any more. */
  leave(): void;
}

interface Waiter {
  readonly bytes: number;
  /** What the waiter's body holds already. */
  readonly holds: number;
  readonly admit: () => void;
}

/**
 * @param size bytes
 * @param wait milliseconds
 */
export function createRoom(size: number, wait: number): Room {
  const waiting: Waiter[] = [];
  let held = 0;

  /**
   * Lets in who fits. Where all that is held belongs to bodies that wait themselves, none could ever go on: then the
   * first goes on beyond the size, and the room is over-full by no more than one body.
   */
  function admit(): void {
    for (let first = waiting[0]; first !== undefined; first = waiting[0]) {
      const stuck = held === waiting.reduce((sum, waiter) => sum + waiter.holds, 0);
      if (held + first.bytes > size && !stuck) return;
      waiting.shift();
      first.admit();
    }
  }

  function enter(): Place {
    let holds = 0;
    const hold = (bytes: number): void => {
      holds += bytes;
      held += bytes;
    };
    return {
      take(bytes) {
        if (waiting.length === 0 && held + bytes <= size) {
          hold(bytes);
          return Promise.resolve(true);
        }
        return new Promise((resolve) => {
          const late = setTimeout(() => {
            waiting.splice(waiting.indexOf(waiter), 1);
            resolve(false);
            admit();
          }, wait);
          const waiter: Waiter = {
            bytes,
            holds,
            admit() {
              clearTimeout(late);
              hold(bytes);
              resolve(true);
            },
          };
          waiting.push(waiter);
          admit();
        });
      },
      leave() {
        held -= holds;
        holds = 0;
        admit();
      },
    };
  }

  return {
    get held() {
      return held;
    },
    enter,
  };
}
