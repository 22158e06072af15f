/** The real command line in a process of its own, as tests start it. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** Resolves when the process has ended by itself. */
  readonly ended: Promise<Ended>;
  /** Resolves when standard error has said `part`. */
  said(part: string): Promise<void>;
  stop(signal: 'SIGTERM' | 'SIGINT'): void;
}

/** Starts `gatescope` with these arguments; of the environment it sees `variables` alone. */
export function startCli(
  args: readonly string[],
  options: {
    readonly folder: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly input?: string;
  },
): Running {
  const main = new URL('../main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.folder,
    env: { ...options.variables },
  });
  child.stdin.end(options.input ?? '');
  const waiting = new Map<string, () => void>();
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    for (const [part, resolve] of waiting) if (said.includes(part)) resolve();
  });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  return {
    ended: (async () => ({ stdout: await text(child.stdout), code: await code, stderr: said }))(),
    said: (part) =>
      new Promise((resolve) => {
        if (said.includes(part)) resolve();
        else waiting.set(part, resolve);
      }),
    stop: (signal) => void child.kill(signal),
  };
}

export const runCli = (...call: Parameters<typeof startCli>): Promise<Ended> => startCli(...call).ended;
