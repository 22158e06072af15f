/**
 * One trial of a server on a disk with so many bytes free: it starts, answers questions, takes events in or says 503, is
 * stopped or killed, starts again while the disk is full, and heals by itself once there is room. What was acknowledged
 * is there once, whatever happened; no start fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Random } from '../src/sample/random.ts';
import { gatewayEvent } from '../src/vocabularies/otoroshi/gateway-event.ts';
import { adminToken } from './server.ts';
import { mountDisk, type SmallDisk } from './small-disk.ts';

export const diskSize = 16 << 20;
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const authorization = `Bearer ${adminToken}`;

export interface TrialOptions {
  /** A data folder that was used and left, with the ids of its events. */
  readonly template: string;
  readonly stored: readonly string[];
  /** Bytes free at the first start. */
  readonly free: number;
  /** Whether the folder is that of a version which kept no copies of the definitions. */
  readonly older?: boolean;
  /** Whether `kill -9` comes in the middle of the start, of taking in and of the stop. */
  readonly kills: boolean;
  readonly random: Random;
}

export interface TrialResult {
  readonly free: number;
  readonly kills: boolean;
  readonly starts: number;
  /** Events that were acknowledged while the disk was as full as that, and requests that were refused with 503. */
  readonly acknowledged: number;
  readonly refused: number;
  /** Seconds from room to the first event taken in again. */
  readonly healed: number;
  readonly faults: readonly string[];
}

class Server {
  readonly #child: ChildProcess;
  /** Nobody answers there until it says where it is. */
  #url = 'http://127.0.0.1:9';
  readonly #ended: Promise<unknown>;
  #said = '';
  #hasEnded = false;

  constructor(data: string) {
    this.#child = spawn(process.execPath, ['--max-semi-space-size=8', main, 'serve'], {
      cwd: '/',
      env: {
        ...process.env,
        GATESCOPE_PORT: '0',
        GATESCOPE_DATA: data,
        GATESCOPE_ADMIN_TOKEN: adminToken,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (text) => {
      this.#url = /Gatescope is at (\S+)/.exec(String(text))?.[1] ?? this.#url;
    });
    this.#child.stderr?.on('data', (text) => {
      this.#said = (this.#said + text).slice(-2000);
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#hasEnded = true;
      return code;
    });
  }

  /** Resolves with its exit code. */
  async end(signal: NodeJS.Signals): Promise<unknown> {
    this.#child.kill(signal);
    return this.#ended;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async post(path: string, body: string): Promise<Response | undefined> {
    const headers = { authorization, 'content-type': 'application/json' };
    return fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers,
      body,
      signal: AbortSignal.timeout(20_000),
    }).catch(() => undefined);
  }

  /** Ids of the events in the store; undefined when they cannot be asked for now. */
  async ids(): Promise<string[] | undefined> {
    const ids: string[] = [];
    for (let cursor = ''; ; ) {
      const path = `/api/events?filter=type:GatewayEvent&from=2015-01-01&to=now%2B1d&limit=5000${cursor}`;
      const answer = await fetch(`${this.#url}${path}`, {
        headers: { authorization },
        signal: AbortSignal.timeout(20_000),
      }).catch(() => undefined);
      if (answer?.status !== 200) return undefined;
      const { events, next } = (await answer.json()) as { events: { id: string }[]; next: string | null };
      ids.push(...events.map(({ id }) => id));
      if (next === null) return ids;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`${this.#url}/readyz`).catch(() => undefined))?.status === 200;
  }

  /** Waits until `probe` is true; throws when it does not become so in time, or when the process has ended. */
  async until(what: string, probe: () => Promise<boolean>, seconds = 60): Promise<void> {
    for (const end = Date.now() + seconds * 1000; !(await probe()); await sleep(100)) {
      if (this.#hasEnded) throw new Error(`${what}: the process has ended: ${this.#said}`);
      if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s: ${this.#said}`);
    }
  }
}

const bodyOf = (ids: readonly string[]): string =>
  ids.map((id) => JSON.stringify({ ...gatewayEvent.example, '@id': id })).join('\n');

class Trial {
  readonly #options: TrialOptions;
  readonly #disk: SmallDisk;
  readonly #data: string;
  readonly #acknowledged: Set<string>;
  readonly #sent: Set<string>;
  #server!: Server;
  #next = 0;
  starts = 0;
  refused = 0;
  healed = 0;

  constructor(options: TrialOptions, disk: SmallDisk) {
    this.#options = options;
    this.#disk = disk;
    this.#data = join(disk.folder, 'data');
    this.#acknowledged = new Set(options.stored);
    this.#sent = new Set(options.stored);
  }

  get acknowledged(): number {
    return this.#acknowledged.size - this.#options.stored.length;
  }

  #start(): void {
    this.starts += 1;
    this.#server = new Server(this.#data);
  }

  /** Every acknowledged event is stored once, and nothing else. */
  async #isWhole(): Promise<boolean> {
    const ids = await this.#server.ids();
    if (ids === undefined) return false;
    const found = new Set(ids);
    const doubled = ids.length - found.size;
    const unknown = ids.filter((id) => !this.#sent.has(id));
    if (doubled > 0 || unknown.length > 0)
      throw new Error(`${doubled} doubled, ${unknown.length} never sent`);
    return [...this.#acknowledged].every((id) => found.has(id));
  }

  /** True when it was taken in, false when it was refused as it should be. */
  async #send(): Promise<boolean> {
    const ids = Array.from({ length: 20 }, () => `sent-${this.#next++}`);
    for (const id of ids) this.#sent.add(id);
    const answer = await this.#server.post('/ingest', bodyOf(ids));
    if (answer === undefined) return false;
    const text = await answer.text();
    if (answer.status === 200) for (const id of ids) this.#acknowledged.add(id);
    else if (answer.status === 503) this.refused += 1;
    else throw new Error(`/ingest answered ${answer.status}: ${text}`);
    return answer.status === 200;
  }

  async #answers(what: string): Promise<void> {
    await this.#server.until(what, async () => (await this.#server.ids()) !== undefined);
  }

  async run(): Promise<void> {
    const { template, free, older = false, kills, random } = this.#options;
    await cp(template, this.#data, { recursive: true, verbatimSymlinks: true });
    if (older) await rm(join(this.#data, 'definitions'), { recursive: true });
    await this.#disk.leave(free);
    if (kills) {
      this.#start();
      await sleep(random.below(2500));
      await this.#server.end('SIGKILL');
    }
    this.#start();
    await this.#answers('questions at the first start');
    for (let n = 0; n < 10; n++) await this.#send();
    await this.#disk.leave(0);
    const sending = Promise.all([this.#send(), this.#send(), this.#send()]);
    if (kills) {
      await sleep(random.below(30));
      await this.#server.end('SIGKILL');
      await sending;
      this.#start();
      await this.#answers('questions after a kill while taking in');
    } else await sending;
    await this.#answers('questions while it is full');
    await this.#stop(kills);
    await this.#disk.leave(0);
    this.#start();
    await this.#answers('questions at a start with 0 bytes free');
    await this.#heal();
    await this.#stop(false);
    this.#start();
    await this.#server.until('ready at last', () => this.#server.isReady());
    await this.#server.until('whole at last', () => this.#isWhole());
    await this.#stop(false);
    const empty = await emptyDefinitions(join(this.#data, 'store'));
    if (empty.length > 0) throw new Error(`empty definitions: ${empty.join(', ')}`);
  }

  async #heal(): Promise<void> {
    await this.#disk.clear();
    const since = Date.now();
    await this.#server.until('taking in again', () => this.#send(), 30);
    this.healed = (Date.now() - since) / 1000;
    await this.#server.until('ready again', () => this.#server.isReady(), 30);
    await this.#server.until('all that was acknowledged', () => this.#isWhole());
  }

  async #stop(kill: boolean): Promise<void> {
    if (kill) {
      void this.#server.end('SIGTERM');
      await sleep(this.#options.random.below(400));
      await this.#server.end('SIGKILL');
      return;
    }
    const code = await this.#server.end('SIGTERM');
    if (code !== 0) throw new Error(`the stop ended with ${code}`);
  }

  kill(): Promise<unknown> {
    return this.#server?.end('SIGKILL');
  }
}

async function emptyDefinitions(store: string): Promise<string[]> {
  const empty: string[] = [];
  for (const entry of await readdir(store, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.name.endsWith('.sql') && entry.isFile() && (await stat(path)).size === 0) empty.push(path);
  }
  return empty;
}

/** Never rejects for what the server does wrong: that is in the faults. */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const disk = await mountDisk(diskSize);
  const trial = new Trial(options, disk);
  const faults: string[] = [];
  try {
    await trial.run();
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  } finally {
    await trial.kill();
    await disk.remove();
  }
  const { free, kills } = options;
  const { starts, acknowledged, refused, healed } = trial;
  return { free, kills, starts, acknowledged, refused, healed, faults };
}

/** A data folder with some events stored, made by a server of its own, and their ids. */
export async function makeTemplate(folder: string): Promise<{ template: string; stored: string[] }> {
  const template = join(folder, 'template');
  const stored = Array.from({ length: 300 }, (_, n) => `stored-${n}`);
  const server = new Server(template);
  await server.until('ready', () => server.isReady());
  const answer = await server.post('/ingest', bodyOf(stored));
  if (answer?.status !== 200) throw new Error(`the template cannot be filled: ${answer?.status}`);
  await server.until('stored', async () => (await server.ids())?.length === stored.length);
  await server.end('SIGTERM');
  // The reserve of a large disk does not fit on a small one.
  await rm(join(template, 'journal', 'headroom'), { force: true });
  return { template, stored };
}
