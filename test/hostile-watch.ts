/**
 * Loaded into a server before it starts (`--import`): how long its event loop was held up, and how much memory it took.
 * Asked over the channel to its parent: `begin` starts the watch, `report` answers with a {@link Watched}.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface Watched {
  /** The maximum of the event loop's delay since `begin`, milliseconds. */
  readonly delay: number;
  /** Most processor time of the main thread in one turn, milliseconds: what it did itself, whoever else was busy. */
  readonly work: number;
  /** Most memory that was ever resident, bytes. */
  readonly resident: number;
}

const histogram = monitorEventLoopDelay({ resolution: 1 });
let before = process.threadCpuUsage();
let work = 0;
const look = (): void => {
  const used = process.threadCpuUsage(before);
  before = process.threadCpuUsage();
  work = Math.max(work, used.user + used.system);
};

process.on('message', (question) => {
  if (question === 'begin') {
    histogram.enable();
    histogram.reset();
    before = process.threadCpuUsage();
    work = 0;
    setInterval(look, 1).unref();
    return;
  }
  const watched: Watched = {
    delay: histogram.max / 1e6,
    work: work / 1e3,
    resident: process.resourceUsage().maxRSS * 1024,
  };
  process.send?.(watched);
});
process.channel?.unref();
