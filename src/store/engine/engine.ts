/**
 * The engine process seen from its parent: started, watched, started again on the same port with the same password,
 * and stopped. Nothing else about it is known outside this folder: it is talked to by URL, like a server.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock, Log } from '../../core/ports.ts';
import { openStoreClient } from './client.ts';
import { type Orders, threadsFor } from './orders.ts';

export interface EngineOptions {
  /** Created when it is missing. One engine at a time: a second one is refused. */
  readonly folder: string;
  /** Default: any free port, kept over restarts. */
  readonly port?: number;
  /** Bytes the engine may use for queries, inserts and merges; the process takes about 200 MB more. Default 900 MB. */
  readonly memory?: number;
  /** Statements that may run at once. Default 8 and 4. */
  readonly reads?: number;
  readonly writes?: number;
  readonly log: Log;
  readonly clock: Clock;
}

export interface Engine {
  /** What `openStoreClient` needs. The same over restarts. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Undefined while the process is being started again. */
  readonly pid: number | undefined;
  /** How often the process has been started again. */
  readonly restarts: number;
  /** Whether a SELECT is answered now, at most after 5 s. Never rejects. */
  ready(): Promise<boolean>;
  /** Called after each restart, when the engine can be asked again. Returns the way to stop listening. */
  onRestart(listener: () => void): () => void;
  /** Lets running statements finish for 5 s, then cancels them; resolves when the process has ended. */
  stop(): Promise<void>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const username = 'gatescope';
const defaultMemory = 900 * 1024 * 1024;
/** Microseconds of life after which a process counts as healthy, and the next wait is the first one again. */
const healthy = 5_000_000;
const waits = [50, 100, 200, 500, 1_000];

/** Caches are small because the page cache already holds the files; the defaults are 5 GB each. */
const engineArguments = (memory: number): string[] => [
  `--max_server_memory_usage=${memory}`,
  '--mark_cache_size=67108864',
  '--index_mark_cache_size=16777216',
  '--primary_index_cache_size=67108864',
  '--query_condition_cache_size=8388608',
  '--compiled_expression_cache_size=8388608',
  '--text_index_tokens_cache_size=4194304',
  '--text_index_header_cache_size=4194304',
  '--text_index_postings_cache_size=4194304',
  '--vector_similarity_index_cache_size=1048576',
];

/** Resolves when the engine can be asked; rejects with the reason when it cannot be started at all. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const orders: Orders = {
    folder: options.folder,
    port: options.port ?? 0,
    username,
    password: randomBytes(32).toString('base64url'),
    args: engineArguments(options.memory ?? defaultMemory),
    reads: options.reads ?? 8,
    writes: options.writes ?? 4,
  };
  const listeners = new Set<() => void>();
  let restarts = 0;
  let stopping = false;
  let running: Running | undefined = await launchFirst(orders);
  const port = running.port;
  const url = `http://127.0.0.1:${port}`;
  const probe = openStoreClient({ url, username, password: orders.password });

  const supervision = (async () => {
    let failures = 0;
    while (running !== undefined) {
      const startedAt = options.clock();
      const reason: string = await running.ended;
      running = undefined;
      if (stopping) return;
      if (options.clock() - startedAt > healthy) failures = 0;
      options.log.error('The engine process ended unexpectedly and is started again.', { reason });
      while (running === undefined && !stopping) {
        await sleep(waits[Math.min(failures, waits.length - 1)]);
        failures += 1;
        if (stopping) return;
        running = await launch({ ...orders, port }).catch((error: unknown) => {
          options.log.error('The engine process could not be started again.', { reason: String(error) });
          return undefined;
        });
      }
      if (running === undefined) return;
      if (stopping) running.child.kill('SIGTERM');
      restarts += 1;
      for (const listener of listeners) listener();
    }
  })();

  return {
    url,
    username,
    password: orders.password,
    get pid() {
      return running?.child.pid;
    },
    get restarts() {
      return restarts;
    },
    ready: async () => (await probe.ping({ select: true, abort_signal: AbortSignal.timeout(5_000) })).success,
    onRestart(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopping = true;
      const child = running?.child;
      child?.kill('SIGTERM');
      // A statement that cannot be cancelled must not hold up the end. What was answered is on disk by then.
      const patience = setTimeout(() => child?.kill('SIGKILL'), 8_000);
      await supervision;
      clearTimeout(patience);
      await probe.close();
    },
  };
}

interface Running {
  readonly child: Child;
  readonly port: number;
  /** Resolves with why it ended. */
  readonly ended: Promise<string>;
}

/** The child of a server that was just killed needs a moment to leave the folder. */
async function launchFirst(orders: Orders): Promise<Running> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(orders);
    } catch (error) {
      if (attempt === 3 || !isLocked(String(error))) throw error;
      await sleep(400);
    }
  }
}

const isLocked = (reason: string): boolean => reason.includes('Code: 76');

async function launch(orders: Orders): Promise<Running> {
  // Compiled, this file and its neighbour end in .js; from source both end in .ts.
  const program = fileURLToPath(new URL(`./child${import.meta.url.slice(-3)}`, import.meta.url));
  // Rows pass through it as bytes: it needs next to no heap of its own.
  const child: Child = spawn(process.execPath, ['--max-semi-space-size=2', program], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { UV_THREADPOOL_SIZE: String(threadsFor(orders)), TZ: 'UTC' },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000);
  });
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(orders)}\n`);
  const ended = once(child, 'close').then(
    ([code, signal]) => `${signal ?? `exit code ${code}`}${said === '' ? '' : `: ${said.trim()}`}`,
    (error: unknown) => String(error),
  );
  const lines = createInterface({ input: child.stdout });
  const ready = once(lines, 'line').then(([line]) => (JSON.parse(String(line)) as { port: number }).port);
  const first = await Promise.race([ready, ended]);
  if (typeof first === 'number') return { child, port: first, ended };
  throw new Error(
    isLocked(first)
      ? `Another process already uses the data folder ${orders.folder}: stop it. (${shortly(first)})`
      : `The engine could not be started on ${orders.folder}: ${shortly(first)}`,
  );
}

/** What the engine says first, without where in its code it was and what it had to do before. */
const shortly = (reason: string): string =>
  reason
    .split(/\n|,? Stack trace|: Cannot attach table/, 1)[0]!
    .replaceAll(/Code: \d+\. DB::Exception: /g, '')
    .slice(0, 500);
