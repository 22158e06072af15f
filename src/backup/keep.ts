/**
 * Puts the files of a snapshot into a backup, the cheapest way that there is: linked where the data folder is on the
 * same file system, linked from an earlier backup that has the same, else copied.
 *
 * Each file of the backup is read once in its place, which gives or confirms its checksum.
 */
import { link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inLanes } from '../core/in-lanes.ts';
import { type BackupFile, dataName, type ReadBackup } from './manifest.ts';
import type { Item, Snapshot } from './snapshot.ts';
import { syncPath, transfer } from './transfer.ts';

/** An earlier backup, with where its files lie. */
export interface Earlier {
  readonly backup: ReadBackup;
  readonly placeOf: (file: BackupFile) => string;
}

export interface KeepOptions {
  /** The folder of the backup. */
  readonly folder: string;
  readonly earlier: Earlier | undefined;
  readonly signal: AbortSignal;
  /** Called for each file that is done. */
  readonly kept: (file: BackupFile) => void;
  /** Default: that of the operating system. */
  readonly link?: (from: string, to: string) => Promise<void>;
}

/** Files at once. */
const lanes = 4;
/** No links between these two places, or no more of them, or none at all. */
const linkless = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

export class Damaged extends Error {}

class Keeper {
  readonly #options: KeepOptions;
  readonly #earlier: ReadonlyMap<string, BackupFile>;
  /** Parts of the store, with whether the earlier backup has the same. */
  readonly #unchanged = new Map<string, Promise<boolean>>();
  readonly #copied: BackupFile[] = [];
  readonly files: BackupFile[] = [];

  constructor(options: KeepOptions) {
    this.#options = options;
    this.#earlier = new Map((options.earlier?.backup.files ?? []).map((file) => [file.path, file]));
  }

  async keep(snapshot: Snapshot): Promise<void> {
    const { folder, signal } = this.#options;
    for (const path of snapshot.folders)
      await mkdir(join(folder, dataName, path), { recursive: true, mode: 0o700 });
    const parts = Map.groupBy(snapshot.items, ({ part }) => part ?? '');
    await inLanes(snapshot.items, lanes, async (item) => {
      signal.throwIfAborted();
      const file = await this.#put(item, parts);
      if (file !== undefined) this.#done(file);
    });
    await this.#proveCopies();
    for (const path of snapshot.folders) await syncPath(join(folder, dataName, path));
    await syncPath(join(folder, dataName));
  }

  #done(file: BackupFile): void {
    this.files.push(file);
    this.#options.kept(file);
  }

  async #put(item: Item, parts: ReadonlyMap<string, readonly Item[]>): Promise<BackupFile | undefined> {
    const { path, from, fixed, part } = item;
    const place = this.#placeOf(path);
    if (from === undefined) return this.#copy({ path, ...(await this.#digest(place)) });
    if (fixed && (await this.#link(from, place))) return { path, ...(await this.#digest(place)) };
    const same = part === undefined ? undefined : parts.get(part);
    if (same !== undefined && (await this.#isUnchanged(part as string, same))) {
      const file = await this.#fromEarlier(this.#earlier.get(path) as BackupFile);
      if (file !== undefined) return file;
    }
    return this.#copyOrEarlier(item, from);
  }

  #placeOf(path: string): string {
    return join(this.#options.folder, dataName, path);
  }

  #digest(place: string) {
    return transfer(place, { signal: this.#options.signal });
  }

  #copy(file: BackupFile): BackupFile {
    this.#copied.push(file);
    return file;
  }

  async #copyOrEarlier({ path, size, fixed, loose }: Item, from: string): Promise<BackupFile | undefined> {
    const { signal } = this.#options;
    const known = this.#earlier.get(path);
    try {
      // What never changes is read first, as it may be there already.
      if (fixed && known?.size === size) {
        const { sha256 } = await transfer(from, { bytes: size, signal });
        const file = sha256 === known.sha256 ? await this.#fromEarlier(known) : undefined;
        if (file !== undefined) return file;
      }
      const digest = await transfer(from, { to: this.#placeOf(path), bytes: size, signal });
      if (loose !== true && digest.size !== size)
        throw new Damaged(`${from} has ${digest.size} bytes where ${size} were written.`);
      return this.#copy({ path, ...digest });
    } catch (error) {
      if (loose === true && codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Undefined when it is not what it was: the data folder still has it. */
  async #fromEarlier(known: BackupFile): Promise<BackupFile | undefined> {
    const { earlier, signal } = this.#options;
    if (earlier === undefined) return undefined;
    const { path, size, sha256 } = known;
    const [there, place] = [earlier.placeOf(known), this.#placeOf(path)];
    const linked = await this.#link(there, place);
    const found = await transfer(linked ? place : there, { signal });
    if (found.sha256 !== sha256) {
      if (linked) await rm(place);
      return undefined;
    }
    return linked
      ? { path, size, sha256 }
      : { path, size, sha256, in: known.in ?? earlier.backup.manifest.id };
  }

  async #link(from: string, to: string): Promise<boolean> {
    try {
      await (this.#options.link ?? link)(from, to);
      return true;
    } catch (error) {
      if (linkless.has(codeOf(error)) || codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /**
   * Whether the earlier backup has this part. Its name says so only within one life of the table; the engine's own
   * list of checksums, which is in the part, says it for sure.
   */
  #isUnchanged(part: string, items: readonly Item[]): Promise<boolean> {
    let unchanged = this.#unchanged.get(part);
    if (unchanged === undefined) {
      unchanged = this.#compare(part, items);
      this.#unchanged.set(part, unchanged);
    }
    return unchanged;
  }

  async #compare(part: string, items: readonly Item[]): Promise<boolean> {
    const list = items.find(({ path }) => path === join(part, 'checksums.txt'));
    const known = this.#earlier.get(join(part, 'checksums.txt'));
    if (list?.from === undefined || known === undefined) return false;
    if (items.some(({ path, size }) => this.#earlier.get(path)?.size !== size)) return false;
    return (await transfer(list.from, { signal: this.#options.signal })).sha256 === known.sha256;
  }

  /** Reads what was copied back from where it was written to. */
  async #proveCopies(): Promise<void> {
    await inLanes(this.#copied, lanes, async ({ path, sha256 }) => {
      const place = this.#placeOf(path);
      await syncPath(place);
      if ((await this.#digest(place)).sha256 !== sha256)
        throw new Damaged(`${place} is not what was written there: the disk of the backup is damaged.`);
    });
  }
}

/** Resolves with the files, durable, when all are there and were read. Rejects with what stopped it. */
export async function keepFiles(snapshot: Snapshot, options: KeepOptions): Promise<readonly BackupFile[]> {
  const keeper = new Keeper(options);
  await keeper.keep(snapshot);
  return keeper.files;
}
