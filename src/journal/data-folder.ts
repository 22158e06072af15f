/** The data folder for one server: checked, locked, shut for others, and looked at for room. */
import type { Clock, Log } from '../core/ports.ts';
import { ok, type Result } from '../core/result.ts';
import { checkFolder, checkSpace, isEstablished } from '../folder/folder.ts';
import { tightenDataFolder } from '../folder/permissions.ts';
import { lockFolder } from './folder-lock.ts';

export interface DataFolder {
  /** The disk is full: the start makes nothing and changes no table. */
  readonly tight: boolean;
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
  // Once past the first step nobody else gets in, so the server need not wait for the rest.
  const tightening = tightenDataFolder(data, closing.signal).then(
    (changed) => changed > 0 && log.info('Rights in the data folder were taken from others.', { changed }),
    (error: unknown) => log.warn('The data folder could not be shut for others.', { reason: String(error) }),
  );
  return ok({
    tight: space.value,
    established: await isEstablished(data),
    async close() {
      closing.abort();
      await tightening;
      lock.value.release();
    },
  });
}
