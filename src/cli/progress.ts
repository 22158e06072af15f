/** The progress bar of a long command, on a terminal only. */
import cliProgress from 'cli-progress';
import type { CliContext } from './context.ts';

export interface Progress {
  add(bytes: number): void;
  /** What is being worked on, and how many events have gone. */
  show(file: string, events: number): void;
  stop(): void;
}

export function createProgress({ stderr }: CliContext, total: number): Progress {
  if (stderr.isTTY !== true) return { add: () => undefined, show: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar(
    {
      stream: stderr as NodeJS.WriteStream,
      format: '{bar} {percentage} % | {events} events | {file}',
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { events: 0, file: '' });
  return {
    add: (bytes) => bar.increment(bytes),
    show: (file, events) => bar.update({ file, events }),
    stop: () => bar.stop(),
  };
}
