/** The data folder for one server: checked, locked, restricted to its owner, and measured for free space. */
import type { Clock, Log } from '../core/ports.ts';
import { ok, type Result } from '../core/result.ts';
import { checkFolder, checkSpace, isEstablished } from '../folder/folder.ts';
import { tightenDataFolder } from '../folder/permissions.ts';
import { lockFolder } from './folder-lock.ts';

export interface DataFolder {
  /** The disk is full: the start makes nothing and changes no table. */
  readonly diskFull: boolean;
  /** There are events in it. */
  readonly established: boolean;
  /** Gives up the lock. */
  close(): Promise<void>;
}

/** Refused with what to do; then nothing of the folder was touched. */
export async function openDataFolder(data: string, clock: Clock, log: Log): Promise<Result<DataFolder>> {
  const checked = await checkFolder(data, log);
  if (!checked.ok) return checked;
  const lock = lockFolder(data, clock);
  if (!lock.ok) return lock;
  const space = await checkSpace(data, log);
  if (!space.ok) {
    lock.value.release();
    return space;
  }
  const closing = new AbortController();
  // The first step already keeps others out, so the server need not wait for the rest.
  const tightening = tightenDataFolder(data, closing.signal).then(
    (changed) =>
      changed > 0 && log.info('Permissions in the data folder were restricted to its owner.', { changed }),
    (error: unknown) =>
      log.warn('Permissions in the data folder could not be restricted to its owner.', {
        reason: String(error),
      }),
  );
  return ok({
    diskFull: space.value,
    established: await isEstablished(data),
    async close() {
      closing.abort();
      await tightening;
      lock.value.release();
    },
  });
}
