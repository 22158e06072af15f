/** The moment under the pointer, shared by all charts of a page. */
import { createContext } from 'react';

export interface Crosshair {
  readonly time: number | undefined;
  point(time: number | undefined): void;
  subscribe(hear: () => void): () => void;
}

export function createCrosshair(): Crosshair {
  const listeners = new Set<() => void>();
  let current: number | undefined;
  return {
    get time() {
      return current;
    },
    point(time) {
      if (time === current) return;
      current = time;
      for (const hear of listeners) hear();
    },
    subscribe(hear) {
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
  };
}

/** A chart outside of a page with a shared crosshair has its own. */
export const CrosshairContext = createContext<Crosshair>(createCrosshair());
