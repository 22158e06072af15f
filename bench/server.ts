/** The real server as a process of its own, for benchmarks and the oracle: started, watched, killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const adminToken = 'gs_bench-and-oracle-only-0123456789abcdef';

export interface ServerProcess {
  readonly url: string;
  readonly pid: number;
  /** Ends once the process has; never rejects. */
  readonly ended: Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const root = fileURLToPath(new URL('..', import.meta.url));
/** As `npm start` has it. */
export const startArguments = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  .scripts.start.split(' ')
  .slice(1)
  .map((argument: string) => (argument.endsWith('.ts') ? join(root, argument) : argument)) as string[];

/** Starts `gatescope serve`; answers at once, use {@link ready} to wait. */
export function startServerProcess(
  folder: string,
  port: number,
  environment: Record<string, string> = {},
): ServerProcess {
  const child: ChildProcess = spawn(process.execPath, startArguments, {
    cwd: folder,
    env: {
      ...process.env,
      GATESCOPE_PORT: String(port),
      GATESCOPE_DATA: join(folder, 'data'),
      GATESCOPE_ADMIN_TOKEN: adminToken,
      ...environment,
    },
    stdio: ['ignore', 'ignore', process.env.BENCH_LOG === undefined ? 'ignore' : 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? -1,
    ended,
    kill: (signal) => child.kill(signal),
  };
}

/** Waits until the server answers ready; throws with its last words after `seconds`. */
export async function ready(server: ServerProcess, seconds = 60): Promise<void> {
  const until = Date.now() + seconds * 1000;
  let last = 'no answer';
  while (Date.now() < until) {
    try {
      const answer = await fetch(`${server.url}/readyz`);
      if (answer.ok) return;
      last = await answer.text();
    } catch (error) {
      last = String(error);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not ready after ${seconds} s: ${last}`);
}

export async function api<T>(server: ServerProcess, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`${server.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** Process ids of the children of `pid`, as the kernel lists them. */
export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text
    .split(' ')
    .filter((word) => word !== '')
    .map(Number);
}

/** Resident memory of the server and its children, in MB. */
export async function memory(pid: number): Promise<number> {
  const pids = [pid, ...(await childrenOf(pid))];
  const sizes = await Promise.all(
    pids.map(async (id) => {
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Bytes below `folder`. */
export async function folderSize(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          (file) => file.size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
