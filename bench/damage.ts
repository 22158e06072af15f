/**
 * The oracle for damaged folders: a server takes events in and is stopped, its folder is damaged at random, and it is
 * started again. Nothing may be there twice, what journal or store still has must be answered, every loss must be
 * counted, and there must be a start, or one sentence that says what to do.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../src/sample/random.ts';
import { createBatches, send } from './batches.ts';
import { type Damage, damages, putBack, slowCopy } from './damages.ts';
import {
  adminToken,
  api,
  freePort,
  ready,
  type ServerProcess,
  startArguments,
  startServerProcess,
} from './server.ts';

interface StatusFigures {
  readonly equation: { readonly received: number; readonly journalled: number; readonly balanced: boolean };
  readonly consumers: readonly {
    readonly name: string;
    readonly pending: number;
    readonly lost: number;
    readonly balanced: boolean;
  }[];
  readonly lost: readonly { readonly tenant: string; readonly events: number }[];
  readonly comparison: { readonly at: string; readonly surplus: number } | null;
}

/** Rounds on one folder, so that one damage meets what another left behind. */
const roundsPerFolder = 8;
const settings = {
  GATESCOPE_JOURNAL_SEGMENT: '1MB',
  GATESCOPE_LOG_LEVEL: 'error',
};

class Rounds {
  readonly #random: ReturnType<typeof createRandom>;
  /** One source for all rounds: its ids are those of no other record. */
  readonly #batches: ReturnType<typeof createBatches>;
  readonly #faults: string[] = [];
  readonly #counts = new Map<string, number>();
  #folder = '';
  #port = 0;
  #server: ServerProcess | undefined;
  /** Events that are answered, by id: where they lie. */
  #known = new Map<string, number>();
  #lost = 0;
  #received = 0;
  #name = '';
  lostInAll = 0;

  readonly #kinds: readonly Damage[];

  constructor(seed: number, kind: string) {
    this.#random = createRandom(seed);
    this.#kinds = damages.filter(({ name }) => name.includes(kind));
    this.#batches = createBatches(this.#random, 'damage');
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  #fault(text: string): void {
    this.#faults.push(`${this.#name}: ${text} (${this.#folder})`);
    process.stderr.write(`\n${this.#faults.at(-1)}\n`);
  }

  async #start(): Promise<ServerProcess> {
    this.#server = startServerProcess(this.#folder, this.#port, settings);
    await ready(this.#server, 90);
    return this.#server;
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    this.#server?.kill(signal);
    await this.#server?.ended;
    this.#server = undefined;
  }

  /** Status once all is stored and the sums were compared after `since`. */
  async #settled(server: ServerProcess, since: number): Promise<StatusFigures> {
    for (let tries = 0; tries < 900; tries++) {
      const status = await api<StatusFigures>(server, '/api/status');
      const done = status.consumers.every(({ pending }) => pending === 0);
      if (done && status.comparison !== null && Date.parse(status.comparison.at) >= since) return status;
      await sleep(100);
    }
    throw new Error(`does not settle: ${JSON.stringify(await api(server, '/api/status'))}`);
  }

  /** Id and position of every event, of all vocabularies, ours too. */
  async #events(server: ServerProcess): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    const positions = new Set<number>();
    const query = 'from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z&limit=5000&columns=vocabulary,type';
    let cursor: string | null = '';
    while (cursor !== null) {
      const from: string = cursor === '' ? query : `limit=5000&cursor=${encodeURIComponent(cursor)}`;
      const page: { events: { id: string; type: string; position: number }[]; next: string | null } =
        await api(server, `/api/events?${from}`);
      for (const { id, type, position } of page.events) {
        if (found.has(`${type} ${id}`)) this.#fault(`twice: ${type} ${id}`);
        if (positions.has(position)) this.#fault(`position twice: ${position}`);
        found.set(`${type} ${id}`, position);
        positions.add(position);
      }
      cursor = page.next;
    }
    return found;
  }

  async #take(server: ServerProcess): Promise<void> {
    for (let left = 2 + this.#random.below(6); left > 0; left--) {
      const batch = this.#batches.next(60);
      while ((await send(server, batch)) === undefined) await sleep(50);
    }
  }

  async run(rounds: number): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      if (round % roundsPerFolder === 0) await this.#newFolder(round);
      const server = this.#server as ServerProcess;
      await this.#take(server);
      await this.#round();
      process.stderr.write(`\rround ${round + 1} of ${rounds}, ${this.#faults.length} faults   `);
    }
    await this.#endFolder();
  }

  async #round(): Promise<void> {
    const server = this.#server as ServerProcess;
    if (this.#random.chance(0.08)) return this.#copied(server);
    const damage = this.#random.pick(this.#kinds);
    this.#name = damage.name;
    await this.#settled(server, 0);
    this.#known = await this.#events(server);
    await this.#stop(this.#random.chance(0.7) ? 'SIGTERM' : 'SIGKILL');
    const kept = `${this.#data}-kept`;
    if (damage.refused) await cp(this.#data, kept, { recursive: true, verbatimSymlinks: true });
    const what = await damage.apply(this.#data, this.#random);
    if (what !== undefined) this.#counts.set(damage.name, (this.#counts.get(damage.name) ?? 0) + 1);
    if (damage.refused && what !== undefined) await this.#refused(kept);
    await rm(kept, { recursive: true, force: true });
    await this.#judge(damage, what ?? 'nothing');
  }

  async #judge(damage: Damage, what: string): Promise<void> {
    const since = Date.now();
    const server = await this.#start().catch((error: unknown) => {
      this.#fault(`does not start: ${error} after ${what}`);
      throw error;
    });
    const status = await this.#settled(server, since);
    const there = await this.#events(server);
    const missing = [...this.#known.keys()].filter((id) => !there.has(id)).length;
    const lost = status.lost.reduce((sum, { events }) => sum + events, 0) - this.#lost;
    if (damage.loses === 'nothing' && missing > 0) this.#fault(`${missing} events gone, after ${what}`);
    // What we noted ourselves between the last look and the stop may be among them.
    if (lost < missing || lost > missing + 3) this.#fault(`${missing} gone, ${lost} counted, after ${what}`);
    this.#check(status, what);
    this.lostInAll += missing;
    this.#lost += lost;
    this.#received = status.equation.received;
  }

  #check(status: StatusFigures, what: string): void {
    // Whose the events of a gap were is not always known.
    const ofNobody = status.lost
      .filter(({ tenant }) => tenant === '?')
      .reduce((sum, { events }) => sum + events, 0);
    if (status.equation.received + ofNobody < this.#received)
      this.#fault(`received shrank from ${this.#received} to ${status.equation.received}, after ${what}`);
    if (!status.equation.balanced) this.#fault(`not balanced: ${JSON.stringify(status.equation)}`);
    for (const consumer of status.consumers)
      if (!consumer.balanced) this.#fault(`not balanced: ${JSON.stringify(consumer)}, after ${what}`);
    if ((status.comparison?.surplus ?? 0) > 0)
      this.#fault(`surplus ${status.comparison?.surplus}, after ${what}`);
  }

  /** It must end by itself, with one sentence; then the damage is undone. */
  async #refused(kept: string): Promise<void> {
    const child = spawn(process.execPath, startArguments, {
      cwd: this.#folder,
      env: {
        ...process.env,
        ...settings,
        GATESCOPE_PORT: String(this.#port),
        GATESCOPE_DATA: this.#data,
        GATESCOPE_ADMIN_TOKEN: adminToken,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stdout.on('data', (bytes) => (said += bytes));
    child.stderr.on('data', (bytes) => (said += bytes));
    const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
    const [code] = await once(child, 'close');
    clearTimeout(late);
    if (code === 0 || code === null) this.#fault(`was not refused (exit ${code}): ${said.slice(-300)}`);
    if (/\n\s+at /.test(said)) this.#fault(`a raw stack: ${said.slice(-300)}`);
    await putBack(kept, this.#data);
  }

  /** A copy of the folder taken while events come in is a folder whose parts do not fit together. */
  async #copied(server: ServerProcess): Promise<void> {
    this.#name = 'copied while running';
    this.#counts.set(this.#name, (this.#counts.get(this.#name) ?? 0) + 1);
    const kept = `${this.#data}-copy`;
    await slowCopy(this.#data, kept, this.#random, () => this.#take(server));
    await this.#stop('SIGKILL');
    await putBack(kept, this.#data);
    const since = Date.now();
    const again = await this.#start();
    const status = await this.#settled(again, since);
    this.#known = await this.#events(again);
    // How far the copy of each part had come is not known.
    this.#received = 0;
    this.#check(status, 'a copy');
    this.#lost = status.lost.reduce((sum, { events }) => sum + events, 0);
    this.#received = status.equation.received;
  }

  async #newFolder(round: number): Promise<void> {
    await this.#endFolder();
    this.#folder = await mkdtemp(join(tmpdir(), `gatescope-damage-${round}-`));
    this.#port = await freePort();
    this.#known = new Map();
    this.#lost = 0;
    this.#received = 0;
    await this.#start();
  }

  async #endFolder(): Promise<void> {
    if (this.#folder === '') return;
    await this.#stop('SIGTERM');
    if (!this.#faults.some((fault) => fault.includes(this.#folder)))
      await rm(this.#folder, { recursive: true, force: true });
  }
}

/** `kind`: only damages whose names have it. Whether all rounds passed; figures and faults go to standard output. */
export async function damageRounds(count: number, seed: number, kind: string): Promise<boolean> {
  const rounds = new Rounds(seed, kind);
  const began = Date.now();
  let ended: string | undefined;
  await rounds.run(count).catch((error: unknown) => {
    ended = String(error);
  });
  const verdict = {
    rounds: count,
    seconds: Math.round((Date.now() - began) / 1000),
    damages: Object.fromEntries([...rounds.counts].sort()),
    lost: rounds.lostInAll,
    faults: rounds.faults,
    ...(ended === undefined ? {} : { ended }),
  };
  process.stdout.write(`\n${JSON.stringify(verdict, null, 2)}\n`);
  return rounds.faults.length === 0 && ended === undefined;
}
