/** What a command is given instead of reaching for it, and how it ends. */
import type { Writable } from 'node:stream';
import type { Clock, Log } from '../core/ports.ts';
import type { Environment } from '../settings/environment.ts';
import type { Settings } from '../settings/settings.ts';

/** Exit codes; from 64 on as in sysexits.h of BSD. */
export const exit = {
  done: 0,
  /** It did not work; the message says why. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The server does not answer. */
  unavailable: 69,
  /** The server refused the token, or there was none. */
  refused: 77,
  /** The settings have mistakes. */
  settings: 78,
} as const;
export type ExitCode = (typeof exit)[keyof typeof exit];

/** Why a command cannot do what it was asked: what to say, and the code to end with. */
export interface Failure {
  readonly code: ExitCode;
  readonly message: string;
}

export interface RunningServer {
  readonly url: string;
  /** Resolves when everything taken in is safe and nothing runs any more. */
  stop(): Promise<void>;
}

export interface ServerPorts {
  readonly log: Log;
  readonly clock: Clock;
  /** Makes ids that never repeat. */
  readonly newId: () => string;
  readonly version: string;
  /** Called at the very first start, before the first admin exists. */
  readonly announce: (signIn: { readonly user: string; readonly password: string }) => Promise<void>;
}

export interface CliContext {
  readonly environment: Environment;
  /** Results. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** Messages and progress. */
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stdin: AsyncIterable<Buffer>;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Name of the person at the machine, for the audit trail. */
  readonly user: string;
  readonly version: string;
  /** Aborted when the person, or the machine, asks to stop. */
  readonly stopping: AbortSignal;
  readonly startServer: (settings: Settings, ports: ServerPorts) => Promise<RunningServer>;
  /** How the command ended; the last word counts. */
  ended(code: ExitCode): void;
}

/** Says why, and gives the code to end with. */
export function complain({ stderr }: CliContext, { code, message }: Failure): ExitCode {
  stderr.write(`${message}\n`);
  return code;
}
