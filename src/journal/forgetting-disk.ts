/**
 * The test disk: a JournalFiles in memory that promises as little as POSIX does. What was not fsynced it loses, tears
 * and reorders when the power goes, file content and names in folders alike; a failed fsync drops what it should have
 * written and later fsyncs do not bring it back. Faults and the moment of the crash are the test's to choose.
 */
import { dirname, join } from 'node:path';
import type { FsyncSite, JournalFile, JournalFiles } from './files.ts';

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly size: number };

interface Inode {
  /** What the process sees. */
  cached: Buffer;
  /** What the platter has, and what may or may not follow. */
  durable: Buffer;
  pending: Change[];
}

type Entry = Inode | 'folder';
/** One change of names; a rename is one, as file systems journal it. */
interface NameChange {
  readonly folder: string;
  readonly remove?: string;
  readonly add?: { readonly path: string; readonly entry: Entry };
}

export type Operation =
  | 'open'
  | 'write'
  | 'read'
  | 'truncate'
  | 'sync'
  | 'syncFolder'
  | 'rename'
  | 'unlink'
  | 'makeFolder';
/** `short`: the write writes part of it. A code: the operation is rejected with it. */
export type Fault = 'ENOSPC' | 'EIO' | 'short';

export interface Plan {
  /** Asked before each operation; `number` counts them from 0. */
  fault?(operation: Operation, path: string, number: number): Fault | undefined;
  /** The process stops at this operation: neither it nor a later one ever returns. */
  readonly stopAt?: number;
  /** This fsync does nothing. */
  readonly without?: FsyncSite;
  /** Bytes that the disk holds. */
  readonly capacity?: number;
}

/** A seeded generator of numbers in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const failure = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });

function applied(content: Buffer, change: Change): Buffer {
  if ('size' in change) {
    const sized = Buffer.alloc(change.size);
    content.copy(sized);
    return sized;
  }
  const grown = Buffer.alloc(Math.max(content.length, change.at + change.bytes.length));
  content.copy(grown);
  change.bytes.copy(grown, change.at);
  return grown;
}

export class ForgettingDisk implements JournalFiles {
  readonly #random: () => number;
  readonly #plan: Plan;
  /** Names as the process sees them, and as the platter has them. */
  readonly #cached: Map<string, Entry>;
  readonly #durable: Map<string, Entry>;
  #pending: NameChange[] = [];
  #operations = 0;
  #down = false;
  readonly #stopped = Promise.withResolvers<void>();

  constructor(random: () => number, plan: Plan = {}, entries: ReadonlyMap<string, Entry> = new Map()) {
    this.#random = random;
    this.#plan = plan;
    this.#cached = new Map(entries);
    this.#durable = new Map(entries);
  }

  /** Resolves when the process has stopped as planned. */
  get stopped(): Promise<void> {
    return this.#stopped.promise;
  }

  get operations(): number {
    return this.#operations;
  }

  /** The process is killed: the page cache lives on, what was not fsynced is still not durable. */
  kill(plan: Plan = {}): ForgettingDisk {
    const next = new ForgettingDisk(this.#random, plan);
    for (const [path, entry] of this.#cached) next.#cached.set(path, entry);
    for (const [path, entry] of this.#durable) next.#durable.set(path, entry);
    next.#pending = [...this.#pending];
    return next;
  }

  /** The power goes: of what was not fsynced any part may be there, in any order. */
  crash(plan: Plan = {}): ForgettingDisk {
    const names = new Map(this.#durable);
    for (const change of this.#pending) if (this.#random() < 0.5) rename(names, change);
    const reachable = new Map<string, Entry>();
    for (const [path, entry] of names) {
      let folder = dirname(path);
      while (folder !== '/' && names.get(folder) === 'folder') folder = dirname(folder);
      if (folder === '/') reachable.set(path, entry === 'folder' ? entry : this.#survivor(entry));
    }
    return new ForgettingDisk(this.#random, plan, reachable);
  }

  #survivor(inode: Inode): Inode {
    const content = this.#partly(inode.durable, inode.pending);
    return { cached: content, durable: content, pending: [] };
  }

  /** Some of the changes, in some order, the last of them perhaps torn. */
  #partly(content: Buffer, changes: readonly Change[]): Buffer {
    const keep = this.#random();
    const chosen = changes.filter(() => this.#random() < keep);
    if (this.#random() < 0.5) chosen.sort(() => this.#random() - 0.5);
    return chosen.reduce((sum, change) => {
      if (!('bytes' in change) || this.#random() < 0.7) return applied(sum, change);
      const torn = change.bytes.subarray(0, Math.floor(this.#random() * change.bytes.length));
      return applied(sum, { at: change.at, bytes: torn });
    }, content);
  }

  /** A copy of what the process sees in a file, for tests that look or damage. */
  content(path: string): Buffer {
    return Buffer.from(this.#inode(path).cached);
  }

  /** Puts bytes into a file durably, as a failing disk would. */
  overwrite(path: string, content: Buffer): void {
    const inode = this.#inode(path);
    Object.assign(inode, { cached: content, durable: content, pending: [] });
  }

  get paths(): string[] {
    return [...this.#cached].filter(([, entry]) => entry !== 'folder').map(([path]) => path);
  }

  #inode(path: string): Inode {
    const entry = this.#cached.get(path);
    if (entry === undefined || entry === 'folder') throw failure('ENOENT', path);
    return entry;
  }

  /** Takes a turn, as a real disk would; stops or fails as planned. */
  async #operation(operation: Operation, path: string): Promise<Fault | undefined> {
    const number = this.#operations++;
    if (this.#random() < 0.3) await new Promise(setImmediate);
    if (this.#down || number >= (this.#plan.stopAt ?? Number.POSITIVE_INFINITY)) {
      this.#down = true;
      this.#stopped.resolve();
      await new Promise(() => undefined);
    }
    const fault = this.#plan.fault?.(operation, path, number);
    if (fault !== undefined && fault !== 'short' && operation !== 'sync') throw failure(fault, path);
    return fault;
  }

  #change(change: NameChange): void {
    rename(this.#cached, change);
    this.#pending.push(change);
  }

  async open(path: string, mode: 'create' | 'read' | 'write'): Promise<JournalFile> {
    await this.#operation('open', path);
    const there = this.#cached.get(path);
    if (there === 'folder') throw failure('EISDIR', path);
    if (there !== undefined) {
      if (mode === 'create') truncate(there, 0);
      return this.#file(path, there);
    }
    if (mode !== 'create' || this.#cached.get(dirname(path)) !== 'folder') throw failure('ENOENT', path);
    const inode: Inode = { cached: Buffer.alloc(0), durable: Buffer.alloc(0), pending: [] };
    this.#change({ folder: dirname(path), add: { path, entry: inode } });
    return this.#file(path, inode);
  }

  get #used(): number {
    let used = 0;
    for (const entry of this.#cached.values()) if (entry !== 'folder') used += entry.cached.length;
    return used;
  }

  #file(path: string, inode: Inode): JournalFile {
    return {
      write: async (bytes, at) => {
        const short = (await this.#operation('write', path)) === 'short';
        const room = (this.#plan.capacity ?? Number.POSITIVE_INFINITY) - this.#used;
        const growth = at + bytes.length - inode.cached.length;
        const fits = growth <= room ? bytes.length : bytes.length - (growth - room);
        const length = short ? Math.min(fits, Math.ceil(bytes.length * this.#random())) : fits;
        if (length <= 0) throw failure('ENOSPC', path);
        const change = { at, bytes: Buffer.from(bytes.subarray(0, length)) };
        inode.cached = applied(inode.cached, change);
        inode.pending.push(change);
        return length;
      },
      read: async (into, at) => {
        await this.#operation('read', path);
        const bytes = inode.cached.subarray(at, at + into.byteLength);
        into.set(bytes);
        return bytes.length;
      },
      truncate: async (size) => {
        await this.#operation('truncate', path);
        truncate(inode, size);
      },
      size: async () => inode.cached.length,
      sync: async (site) => {
        const fault = await this.#operation('sync', path);
        if (fault !== undefined) {
          // Linux: the pages are marked clean whether or not they were written; asking again succeeds and lies.
          inode.durable = this.#partly(inode.durable, inode.pending);
          inode.pending = [];
          throw failure(fault, path);
        }
        if (site === this.#plan.without) return;
        inode.durable = inode.pending.reduce(applied, inode.durable);
        inode.pending = [];
      },
      close: async () => undefined,
    };
  }

  async list(folder: string): Promise<readonly string[]> {
    return this.paths
      .concat([...this.#cached.keys()].filter((path) => this.#cached.get(path) === 'folder'))
      .filter((path) => dirname(path) === folder)
      .map((path) => path.slice(join(folder, '/').length));
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#operation('rename', from);
    this.#change({ folder: dirname(to), remove: from, add: { path: to, entry: this.#inode(from) } });
  }

  async unlink(path: string): Promise<void> {
    await this.#operation('unlink', path);
    if (this.#cached.has(path)) this.#change({ folder: dirname(path), remove: path });
  }

  async makeFolder(path: string): Promise<void> {
    await this.#operation('makeFolder', path);
    if (this.#cached.has(path)) return;
    const parent = dirname(path);
    if (parent !== '/' && this.#cached.get(parent) !== 'folder') throw failure('ENOENT', path);
    this.#change({ folder: parent, add: { path, entry: 'folder' } });
  }

  async syncFolder(path: string, site: FsyncSite): Promise<void> {
    const fault = await this.#operation('syncFolder', path);
    if (fault !== undefined) throw failure(fault, path);
    if (site === this.#plan.without) return;
    for (const change of this.#pending) if (change.folder === path) rename(this.#durable, change);
    this.#pending = this.#pending.filter((change) => change.folder !== path);
  }

  async space(): Promise<{ free: number; total: number }> {
    const total = this.#plan.capacity ?? 1e12;
    return { free: total - this.#used, total };
  }
}

function rename(names: Map<string, Entry>, { remove, add }: NameChange): void {
  if (remove !== undefined) names.delete(remove);
  if (add !== undefined) names.set(add.path, add.entry);
}

function truncate(inode: Inode, size: number): void {
  const change = { size };
  inode.cached = applied(inode.cached, change);
  inode.pending.push(change);
}
