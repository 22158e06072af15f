/**
 * Waits for the next message of a thread, as long as the thread needs. What it may take is counted in its own processor
 * time: by the clock on the wall an ordinary record would be broken off on a machine that is busy with something else.
 */
import type { Worker } from 'node:worker_threads';
import type { PackAnswer } from './reading-messages.ts';

/** The reading was given up; the message is ours, and quotes nothing. */
export class BrokenOff extends Error {}

/** There is no thread that works, which is not the fault of what is to be read. */
export class NoThread extends Error {}

/** The thread is looked at so many times within the processor time that it has. */
const looks = 10;
/** After so many looks at a thread that does not run at all it is given up: six times its processor time. */
const looksAtNothing = 60;
/** Less processor time than this between two looks, in milliseconds, is nothing: to be looked at takes some itself. */
const nothing = 1;

/** Milliseconds of processor time that the thread has used. Node 24.6 and later know; before, the clock has to do. */
async function timeOf(thread: Worker): Promise<number> {
  if (thread.cpuUsage === undefined) return performance.now();
  const { user, system } = await thread.cpuUsage();
  return (user + system) / 1000;
}

/**
 * Resolves with the next message. Rejects when the thread ends, or has used `patience` milliseconds of processor time
 * without one; with {@link NoThread} when it has neither answered nor run for a long time.
 */
export function nextAnswer(thread: Worker, patience: number): Promise<PackAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<PackAnswer>();
  let first: number | undefined;
  let last = 0;
  let idle = 0;

  async function look(): Promise<void> {
    const used = await timeOf(thread);
    idle = used - last < nothing ? idle + 1 : 0;
    last = used;
    // Before the first look no more can have been used than the time to it.
    first ??= used;
    if (used - first >= patience * (1 - 1 / looks))
      reject(new BrokenOff(`not done after ${patience} ms of processor time`));
    else if (idle >= looksAtNothing) reject(new NoThread('the thread does not answer, nor does it run'));
  }

  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    // A thread that has ended cannot be looked at, and says so itself.
    look()
      .catch(() => {})
      .finally(() => {
        looking = false;
      });
  }, patience / looks);
  const ended = (): void => reject(new BrokenOff('the thread ended'));
  thread.once('message', resolve).once('error', reject).once('exit', ended);
  return promise.finally(() => {
    clearInterval(timer);
    thread.off('message', resolve).off('error', reject).off('exit', ended);
  });
}
