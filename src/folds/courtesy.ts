/**
 * Folding is in no hurry: the journal keeps what it has not had yet. While others need the event loop, or the cores, it
 * takes a tenth, and as much as there is otherwise.
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** Part of the time that others take from which on the loop counts as busy. */
const busy = 0.5;
/** Milliseconds left to others for each that is taken from them, and at most at once. */
const share = 9;
const longest = 100;

/**
 * @param coresWanted whether others have more to do beside the event loop than there are cores
 * @param load of the event loop since `before`
 * @returns how many milliseconds to rest after `spent` milliseconds of work
 */
export function createCourtesy(
  coresWanted: () => boolean,
  load: (before?: EventLoopUtilization) => EventLoopUtilization = performance.eventLoopUtilization,
): (spent: number) => number {
  let before = load();
  return (spent) => {
    const { active, idle } = load(before);
    before = load();
    const others = (active - spent) / Math.max(active + idle, 1);
    return others > busy || coresWanted() ? Math.min(spent * share, longest) : 0;
  };
}
