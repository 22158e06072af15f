/** Zooming into a stretch of time, and back out the way one came. */
import { createContext, type ReactNode, useContext, useMemo, useState } from 'react';
import { usePatch, useView } from '../context.tsx';

export interface Zoom {
  /** Bounds in milliseconds since 1970. */
  zoom(from: number, to: number): void;
  /** Back to the range before the last zoom; undefined when there is none. */
  readonly undo: (() => void) | undefined;
}

const ZoomContext = createContext<Zoom>({ zoom: () => undefined, undo: undefined });
export const useZoom = (): Zoom => useContext(ZoomContext);

interface Step {
  readonly before: { readonly from: string; readonly to: string };
  /** The range that the zoom led to: when another is shown, the way back is no longer meant. */
  readonly from: string;
}

export function ZoomProvider({ children }: { children: ReactNode }) {
  const { from, to } = useView();
  const patch = usePatch();
  const [steps, setSteps] = useState<readonly Step[]>([]);
  const value = useMemo<Zoom>(() => {
    const last = steps.at(-1);
    return {
      zoom(start, end) {
        const bounds = { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
        setSteps([...steps, { before: { from, to }, from: bounds.from }]);
        patch({ ...bounds, live: undefined });
      },
      undo:
        last === undefined || last.from !== from
          ? undefined
          : () => {
              setSteps(steps.slice(0, -1));
              patch(last.before);
            },
    };
  }, [steps, from, to, patch]);
  return <ZoomContext value={value}>{children}</ZoomContext>;
}
