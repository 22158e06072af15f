/** A small disk of its own for one data folder (tmpfs, which needs root), and how much of it is free. */
import { execFile } from 'node:child_process';
import { mkdtemp, open, rm, rmdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SmallDisk {
  readonly folder: string;
  free(): Promise<number>;
  /** Fills it up until so many bytes are free, in steps of a page. */
  leave(bytes: number): Promise<void>;
  /** Gives back what {@link leave} took. */
  clear(): Promise<void>;
  /** Unmounts it; nothing is left. */
  remove(): Promise<void>;
}

/** Why no disk can be mounted here; undefined when one can. */
export async function cannotMount(): Promise<string | undefined> {
  try {
    await (await mountDisk(1 << 20)).remove();
    return undefined;
  } catch (error) {
    return `a tmpfs cannot be mounted here, which needs root and CAP_SYS_ADMIN (${String(error).split('\n')[0]})`;
  }
}

const unlessFull = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOSPC') throw error;
};

export async function mountDisk(size: number): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  } catch (error) {
    await rmdir(folder);
    throw error;
  }
  const filler = join(folder, 'filler');
  const free = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  };
  return {
    folder,
    free,
    async leave(bytes) {
      const file = await open(filler, 'a');
      const zeros = Buffer.alloc(1 << 20);
      try {
        for (let more = (await free()) - bytes; more > 0; more = (await free()) - bytes)
          // A server that runs there may take the last of it at the same time.
          await file.appendFile(zeros.subarray(0, Math.min(more, zeros.length))).catch(unlessFull);
      } finally {
        await file.close();
      }
    },
    clear: () => rm(filler, { force: true }),
    async remove() {
      for (let tries = 1; ; tries++) {
        try {
          // The engine of a killed server needs a moment to end.
          await run('umount', tries < 20 ? [folder] : ['-l', folder]);
          break;
        } catch (error) {
          if (tries >= 20) throw error;
          await sleep(100);
        }
      }
      await rmdir(folder);
    },
  };
}
