/** The progress bar of a long command, on a terminal only. */
import cliProgress from 'cli-progress';
import type { CliContext } from './context.ts';

export interface Progress {
  add(bytes: number): void;
  /** What is being worked on, and how many events, or whatever the unit is, are done. */
  show(file: string, done: number): void;
  stop(): void;
}

export function createProgress({ stderr }: CliContext, total: number, unit = 'events'): Progress {
  if (stderr.isTTY !== true) return { add: () => undefined, show: () => undefined, stop: () => undefined };
  const bar = new cliProgress.SingleBar(
    {
      stream: stderr as NodeJS.WriteStream,
      format: `{bar} {percentage} % | {done} ${unit} | {file}`,
      hideCursor: true,
      clearOnComplete: true,
      stopOnComplete: false,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(total, 0, { done: 0, file: '' });
  return {
    add: (bytes) => bar.increment(bytes),
    show: (file, done) => bar.update({ file, done }),
    stop: () => bar.stop(),
  };
}
