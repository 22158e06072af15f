/**
 * Backups of a running server, one at a time: a snapshot, its files, and at last what says that it is whole.
 *
 *   hold retention ─▶ snapshot ─▶ files (linked, or copied; read once) ─▶ list ─▶ backup.json
 *                        └── whatever stops it removes all that was written, and harms nothing else
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../core/ports.ts';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import type { Pressure } from '../journal/disk.ts';
import { folderVersion } from '../journal/version.ts';
import { releaseFrozen } from '../store/freeze.ts';
import { storeVersion } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { takeFolder } from './folder.ts';
import { Hold } from './hold.ts';
import { type Earlier, type KeepOptions, keepFiles } from './keep.ts';
import {
  backupFormat,
  dataName,
  listName,
  locate,
  type Manifest,
  manifestName,
  readBackup,
  writeManifest,
} from './manifest.ts';
import { type SnapshotParts, takeSnapshot } from './snapshot.ts';

export interface BackupParts extends Omit<SnapshotParts, 'store' | 'journal'> {
  readonly journal: SnapshotParts['journal'] & { readonly pressure: Pressure };
  readonly store: Pick<Store, 'client' | 'unprepared'>;
  /** Whether the store is the embedded engine, whose folder is in the data folder. */
  readonly embedded: boolean;
  readonly version: string;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
  /** For tests: another way to link. */
  readonly link?: KeepOptions['link'];
}

export interface BackupOrder {
  /** See `folder.ts`. */
  readonly folder: string;
  readonly proof: string;
  /** The folder of an earlier backup. */
  readonly since?: string;
}

export interface BackupProgress {
  readonly files: number;
  readonly bytes: number;
  readonly totalFiles: number;
  readonly totalBytes: number;
}

export interface RunningBackup {
  readonly folder: string;
  /** Undefined until it is known what there is to do. */
  readonly progress: BackupProgress | undefined;
  /** The reason when it was stopped; then nothing of it is left. */
  readonly done: Promise<Result<Manifest, Problem>>;
}

export interface Backups {
  /** Begins one; refused while another is under way. `signal` stops it. */
  begin(
    order: BackupOrder,
    signal: AbortSignal,
  ): Promise<Result<RunningBackup, Problem & { readonly busy?: true }>>;
  /** Does what deletes segments of the logs, unless one is under way: then it is left out until next time. */
  holdOff(work: () => Promise<unknown>): Promise<void>;
  /** Does what removes a tenant; one that is asked for meanwhile waits, or it would hold what has no owner. */
  first<T>(work: () => Promise<T>): Promise<T>;
  /** Stops the one under way; resolves when it has cleaned up. */
  stop(): Promise<void>;
}

interface Checked {
  readonly folder: string;
  readonly earlier: Earlier | undefined;
}

interface Watch {
  progress: BackupProgress | undefined;
}

/** Why it was stopped, in the words for whoever asked. */
class Stopped extends Error {}

/** Removes what a process froze that was killed during a backup. */
export async function createBackups(parts: BackupParts): Promise<Backups> {
  const { data, embedded, store, journal, newId, clock, log, version } = parts;
  if (embedded) await releaseFrozen(join(data, 'store'));
  const hold = new Hold();
  const stopping = new AbortController();
  let busy = false;
  let under: Promise<unknown> = Promise.resolve();

  async function check(order: BackupOrder): Promise<Result<Checked, Problem & { readonly busy?: true }>> {
    if (stopping.signal.aborted) return fail({ path: '', reason: 'the server stops', busy: true });
    const { unprepared } = store;
    if (unprepared !== undefined)
      return fail({ path: '', reason: `${unprepared} Try again when /readyz answers 200`, busy: true });
    // First, as whoever has not shown that they are on this machine learns nothing of what is on it.
    const folder = await takeFolder(order, data);
    if (!folder.ok) return folder;
    const earlier = order.since === undefined ? ok(undefined) : await earlierAt(order.since);
    return earlier.ok
      ? ok({ folder: folder.value, earlier: earlier.value })
      : fail({ path: 'since', reason: `${earlier.error.path} ${earlier.error.reason}` });
  }

  const earlierAt = async (since: string): Promise<Result<Earlier, Problem>> => {
    const backup = await readBackup(since);
    if (!backup.ok) return backup;
    const placeOf = await locate(backup.value);
    return placeOf.ok ? ok({ backup: backup.value, placeOf: placeOf.value }) : placeOf;
  };

  /** Taking events in comes first: a backup may fill the disk, and it holds back what would be deleted. */
  const checkRoom = (): void => {
    if (journal.pressure === 'full')
      throw new Stopped('the disk of the data folder is full: make room, or back up to another disk');
  };

  async function make(
    folder: string,
    earlier: Earlier | undefined,
    signal: AbortSignal,
    watch: Watch,
  ): Promise<Manifest> {
    const created = new Date(clock() / 1000).toISOString();
    const id = newId();
    checkRoom();
    const into = join(folder, dataName);
    await mkdir(into, { mode: 0o700 });
    const release = await hold.hold(signal);
    try {
      const client = embedded ? store.client : undefined;
      const snapshot = await takeSnapshot(
        { ...parts, store: client },
        into,
        id.replaceAll(/[^0-9a-z]/gi, ''),
      );
      try {
        const { items, folders, links, position } = snapshot;
        const total = {
          totalFiles: items.length,
          totalBytes: items.reduce((sum, { size }) => sum + size, 0),
        };
        watch.progress = { files: 0, bytes: 0, ...total };
        const kept: KeepOptions['kept'] = ({ size }) => {
          const { files, bytes } = watch.progress as BackupProgress;
          watch.progress = { files: files + 1, bytes: bytes + size, ...total };
          checkRoom();
        };
        const { link } = parts;
        const files = await keepFiles(snapshot, {
          folder,
          earlier,
          signal,
          kept,
          ...(link === undefined ? {} : { link }),
        });
        const manifest = {
          format: backupFormat,
          journal: folderVersion,
          store: embedded ? storeVersion : null,
          id,
          version,
          created,
          position,
          needs: neededBy(files, earlier),
          folders: [...folders],
          links: [...links],
        };
        const since = earlier?.backup.manifest;
        return await writeManifest(
          folder,
          since === undefined ? manifest : { ...manifest, since: { id: since.id, created: since.created } },
          files,
        );
      } finally {
        await snapshot.release();
      }
    } finally {
      release();
    }
  }

  async function run(
    folder: string,
    earlier: Earlier | undefined,
    signal: AbortSignal,
    watch: Watch,
  ): Promise<Result<Manifest, Problem>> {
    try {
      const manifest = await make(folder, earlier, signal, watch);
      const { position, files, bytes } = manifest;
      log.info('A backup was made.', { folder, position, files, bytes });
      return ok(manifest);
    } catch (error) {
      const reason = reasonOf(error, folder, signal);
      log.warn('A backup was stopped; what there was of it is removed.', { folder, reason });
      await clean(folder).catch((cause: unknown) =>
        log.error('A backup that was stopped could not be removed.', { folder, reason: String(cause) }),
      );
      return fail({ path: 'folder', reason });
    }
  }

  return {
    async begin(order, asked) {
      if (busy)
        return fail({ path: '', reason: 'another backup is under way: wait until it is done', busy: true });
      busy = true;
      const checked = await check(order);
      if (!checked.ok) {
        busy = false;
        return checked;
      }
      const { folder, earlier } = checked.value;
      const watch: Watch = { progress: undefined };
      const signal = AbortSignal.any([asked, stopping.signal]);
      const done = run(folder, earlier, signal, watch).finally(() => {
        busy = false;
      });
      under = done;
      return ok({
        folder,
        get progress() {
          return watch.progress;
        },
        done,
      });
    },
    holdOff: (work) => hold.unlessHeld(work),
    first: (work) => hold.first(work),
    async stop() {
      stopping.abort();
      await under;
    },
  };
}

/** The other backups that hold files of this one. */
function neededBy(
  files: readonly { readonly in?: string }[],
  earlier: Earlier | undefined,
): Manifest['needs'] {
  if (earlier === undefined) return [];
  const { folder, manifest } = earlier.backup;
  const ids = new Set(files.map((file) => file.in));
  return [{ id: manifest.id, folder }, ...manifest.needs].filter(({ id }) => ids.has(id));
}

const clean = async (folder: string): Promise<void> => {
  for (const name of [manifestName, `${manifestName}.new`, listName, dataName])
    await rm(join(folder, name), { recursive: true, force: true });
};

function reasonOf(error: unknown, folder: string, signal: AbortSignal): string {
  if (signal.aborted) return 'it was asked to stop';
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? `the disk of ${folder} is full: make room, or name a folder on a larger one`
    : message;
}
