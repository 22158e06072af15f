/**
 * What becomes of events while the server cannot take them: senders keep offering while the real server is restarted,
 * killed, or its disk refuses. Afterwards each event must be in the store exactly once, but for those that a sender
 * itself had no room for.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { drawCall } from '../src/sample/call.ts';
import { gatewayEvent } from '../src/sample/dialects/otoroshi.ts';
import { createRandom, type Random } from '../src/sample/random.ts';
import { type SenderFigures, type SenderKind, TestSender } from './otoroshi-sender.ts';
import { adminToken, api, freePort, ready, type ServerProcess, startServerProcess } from './server.ts';

const run = promisify(execFile);

export interface Load {
  readonly seed: number;
  /** Events a second of each sender. */
  readonly rate: number;
  readonly bufferSize: number;
}

export interface OutageReport {
  readonly outages: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly senders: Readonly<Record<SenderKind, SenderFigures>>;
  readonly stored: number;
  readonly lost: number;
  readonly doubled: number;
}

/** A server that is stopped and started, and the senders that do not care. */
export class Trial {
  readonly random: Random;
  readonly #folder: string;
  readonly #port: number;
  readonly #environment: Record<string, string>;
  readonly #senders: Readonly<Record<SenderKind, TestSender>>;
  readonly #outages: Record<string, number> = {};
  readonly #offered: string[] = [];
  readonly #began = Date.now();
  /** Of what a sender holds at most. */
  readonly #half: number;
  readonly #offering: NodeJS.Timeout;
  #server: ServerProcess;

  private constructor(folder: string, port: number, load: Load, environment: Record<string, string>) {
    this.random = createRandom(load.seed);
    this.#folder = folder;
    this.#port = port;
    this.#environment = environment;
    this.#half = load.bufferSize / 2;
    const common = {
      url: `http://127.0.0.1:${port}/es`,
      token: adminToken,
      bufferSize: load.bufferSize,
      groupSize: 200,
      workers: 3,
    };
    this.#senders = {
      otoroshi: new TestSender({ ...common, kind: 'otoroshi' }),
      shipper: new TestSender({ ...common, kind: 'shipper' }),
    };
    this.#server = startServerProcess(folder, port, environment);
    let due = Date.now();
    this.#offering = setInterval(() => {
      for (const now = Date.now(); due < now; due += 1000 / load.rate)
        for (const sender of Object.values(this.#senders)) this.#offer(sender);
    }, 10);
  }

  /** @param folder that the data folder is made in; one of its own is made otherwise */
  static async begin(load: Load, environment: Record<string, string> = {}, folder?: string): Promise<Trial> {
    const home = folder ?? (await mkdtemp(join(tmpdir(), 'gatescope-outages-')));
    const trial = new Trial(home, await freePort(), load, environment);
    await ready(trial.#server);
    return trial;
  }

  #offer(sender: TestSender): void {
    const call = drawCall(this.random, Date.now(), this.#offered.length);
    const line = gatewayEvent(call, false);
    const { '@id': id } = JSON.parse(line) as { '@id': string };
    this.#offered.push(id);
    sender.offer({ id, line });
  }

  get pid(): number {
    return this.#server.pid;
  }

  #count(outage: string): void {
    this.#outages[outage] = (this.#outages[outage] ?? 0) + 1;
  }

  /** Ends the server, leaves it down for `down` ms, and starts it; waits until it is ready if `wait`. */
  async restart(signal: 'SIGTERM' | 'SIGKILL', down: number, wait: boolean): Promise<void> {
    this.#count(signal);
    this.#server.kill(signal);
    await this.#server.ended;
    await sleep(down);
    this.#server = startServerProcess(this.#folder, this.#port, this.#environment);
    if (wait) await ready(this.#server);
  }

  /** Resolves when the senders have room for another outage: what they drop themselves says nothing of the server. */
  async untilRoom(): Promise<void> {
    while (Object.values(this.#senders).some((sender) => sender.held > this.#half)) await sleep(50);
  }

  /** Fills the disk that the folder lies on to the last byte, for `time` ms. */
  async fillDisk(time: number): Promise<void> {
    this.#count('full disk');
    const ballast = join(this.#folder, 'ballast');
    await run('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096', 'status=none']).catch(() => {});
    await sleep(time);
    await rm(ballast);
  }

  /** Every write of the server to a file fails (EFBIG) for `time` ms: root only, as the limit is raised again. */
  async failWrites(time: number): Promise<void> {
    this.#count('failing writes');
    const limit = (bytes: string) =>
      run('prlimit', ['--pid', String(this.pid), `--fsize=${bytes}:unlimited`]);
    await limit('0');
    await sleep(time);
    await limit('unlimited').catch(() => {});
  }

  /**
   * Ends the offering, waits until the senders have nothing left and the store has all, and counts. The folder is removed
   * unless it is to be kept, or something is wrong.
   */
  async end(keep = false): Promise<OutageReport> {
    clearInterval(this.#offering);
    await ready(this.#server);
    await Promise.all(Object.values(this.#senders).map((sender) => sender.idle()));
    const seconds = Math.round((Date.now() - this.#began) / 1000);
    await this.#untilStored();
    const times = await this.#storedIds();
    this.#server.kill('SIGTERM');
    await this.#server.ended;
    const { otoroshi, shipper } = this.#senders;
    const dropped = new Set([...otoroshi.dropped, ...shipper.dropped]);
    const lost = this.#offered.filter((id) => !dropped.has(id) && !times.has(id));
    const doubled = [...times.values()].filter((count) => count > 1);
    if (!keep && lost.length + doubled.length === 0) await rm(this.#folder, { recursive: true, force: true });
    return {
      outages: this.#outages,
      seconds,
      senders: { otoroshi: otoroshi.figures, shipper: shipper.figures },
      stored: [...times.values()].reduce((sum, count) => sum + count, 0),
      lost: lost.length,
      doubled: doubled.length,
    };
  }

  async #untilStored(): Promise<void> {
    for (let tries = 0; tries < 1200; tries++) {
      const { consumers } = await api<{ consumers: { pending: number }[] }>(this.#server, '/api/status');
      if (consumers.every(({ pending }) => pending === 0)) return;
      await sleep(100);
    }
    throw new Error('the store does not catch up');
  }

  /** How often each id is in the store, as the API tells it. */
  async #storedIds(): Promise<Map<string, number>> {
    const times = new Map<string, number>();
    let cursor = '';
    do {
      const page = await api<{ events: { id: string }[]; next: string | null }>(
        this.#server,
        `/api/events?from=now-2d&to=now%2B1d&limit=5000&filter=type:GatewayEvent${cursor}`,
      );
      for (const { id } of page.events) times.set(id, (times.get(id) ?? 0) + 1);
      cursor = page.next === null ? '' : `&cursor=${encodeURIComponent(page.next)}`;
    } while (cursor !== '');
    return times;
  }
}

/** `restarts` at random moments, many of them in the middle of a start, by signals and by kills. */
export async function restartTrial(restarts: number, load: Load): Promise<OutageReport> {
  const trial = await Trial.begin(load);
  const { random } = trial;
  for (let restart = 1; restart <= restarts; restart++) {
    await sleep(200 + random.below(1800));
    await trial.untilRoom();
    const signal = random.chance(0.5) ? 'SIGTERM' : 'SIGKILL';
    const down = random.chance(0.3) ? random.below(3000) : 0;
    await trial.restart(signal, down, restart === restarts || random.chance(0.6));
    process.stderr.write(`\rrestart ${restart} of ${restarts}`);
  }
  process.stderr.write('\n');
  return trial.end();
}

/** Runs `trial` in a folder on a disk of its own of `size` (as mount takes it); root only. */
export async function onSmallDisk<T>(size: string, trial: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-small-disk-'));
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  try {
    await mkdir(join(folder, 'data'));
    await writeFile(join(folder, 'probe'), '');
    return await trial(folder);
  } finally {
    await run('umount', ['-l', folder]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The disk is filled to the last byte again and again, once over a restart. */
export const fullDiskTrial = (rounds: number, load: Load): Promise<OutageReport> =>
  onSmallDisk('400m', async (folder) => {
    // The first half stops at the limit of the settings, the second at the disk's own.
    const trial = await Trial.begin(
      load,
      { GATESCOPE_DISK_STOP: '1%', GATESCOPE_DISK_STOP_BYTES: '0' },
      folder,
    );
    for (let round = 1; round <= rounds; round++) {
      await sleep(3000);
      await trial.untilRoom();
      await trial.fillDisk(round % 2 === 0 ? 7000 : 1500);
      process.stderr.write(`\rfull disk ${round} of ${rounds}`);
    }
    process.stderr.write('\n');
    await sleep(3000);
    return trial.end(true);
  });

/** Every write of the server fails again and again; the last time it is stopped meanwhile. */
export async function failingWritesTrial(rounds: number, load: Load): Promise<OutageReport> {
  const trial = await Trial.begin(load);
  for (let round = 1; round <= rounds; round++) {
    await sleep(3000);
    await trial.untilRoom();
    const failing = trial.failWrites(round % 2 === 0 ? 8000 : 2000);
    if (round === rounds) {
      await sleep(1000);
      await trial.restart('SIGTERM', 0, true);
    }
    await failing;
    process.stderr.write(`\rfailing writes ${round} of ${rounds}`);
  }
  process.stderr.write('\n');
  await sleep(3000);
  return trial.end();
}
