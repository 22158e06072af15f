/** `j` and `k` (or the arrows in the table) move through rows, Enter opens the current one. */
import { useEffect, useRef, useState } from 'react';

export interface RowKeys {
  readonly count: number;
  /** Index of the open row, −1 when none is open: from there the keys go on. */
  readonly openAt: number;
  readonly onOpen: (at: number) => void;
  readonly onMove: (at: number) => void;
}

/** The index of the current row; −1 before the first key. */
export function useRowKeys(keys: RowKeys): number {
  const [current, setCurrent] = useState(-1);
  const latest = useRef({ ...keys, current });
  useEffect(() => {
    latest.current = { ...keys, current };
  });
  useEffect(() => {
    if (keys.openAt >= 0) setCurrent(keys.openAt);
  }, [keys.openAt]);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const writing = target.closest('input, textarea, select, [role=menu], .chart-overlay') !== null;
      // On a button or link Enter is its own.
      const pressing = target.closest('button, a, summary') !== null;
      if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
      const { count, current, openAt, onOpen, onMove } = latest.current;
      const inTable = target.closest('.event-table') !== null;
      const down = event.key === 'j' || (inTable && event.key === 'ArrowDown');
      const up = event.key === 'k' || (inTable && event.key === 'ArrowUp');
      if ((down || up) && count > 0) {
        event.preventDefault();
        const next = Math.max(0, Math.min(count - 1, current + (down ? 1 : -1)));
        setCurrent(next);
        onMove(next);
        // With the drawer open the keys leaf through the events.
        if (openAt >= 0) onOpen(next);
      } else if (event.key === 'Enter' && !pressing && current >= 0 && current < count) onOpen(current);
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return current;
}
