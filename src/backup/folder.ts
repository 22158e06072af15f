/**
 * Which folder a backup may be written into. The server writes where whoever asks has shown that they can write
 * themselves: by a file in it, with a text that only they know. So nobody can have the server write to a place of their
 * choice from afar, and no setting is needed.
 */
import { chmod, lstat, mkdir, open, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { fail, ok, type Problem, type Result } from '../core/result.ts';

/** The file, while the order is on its way. */
export const proofName = 'backup-order';

const refuse = (reason: string): Result<never, Problem> => fail({ path: 'folder', reason });

export interface ProvenFolder {
  readonly folder: string;
  readonly proof: string;
  /** Removes the proof, and the folder when it is empty and was made here. */
  withdraw(): Promise<void>;
}

/** For whoever asks for a backup: makes the folder (absolute) if it is missing, and the proof in it. */
export async function proveFolder(folder: string, proof: string): Promise<Result<ProvenFolder, Problem>> {
  try {
    const made = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
    if ((await readdir(folder)).length > 0)
      return refuse(`${folder} is not empty: name a new folder, as every backup has one of its own`);
    await chmod(folder, 0o700);
    const file = await open(join(folder, proofName), 'wx', 0o600);
    await file.writeFile(proof);
    await file.close();
    const withdraw = async (): Promise<void> => {
      await rm(join(folder, proofName), { force: true });
      if (made && (await readdir(folder)).length === 0) await rm(folder, { recursive: true });
    };
    return ok({ folder, proof, withdraw });
  } catch (error) {
    return refuse(`${(error as Error).message}: name a folder that this user can write to`);
  }
}

const isWithin = (path: string, folder: string): boolean => {
  const way = relative(folder, path);
  return way === '' || !(way.startsWith('..') || isAbsolute(way));
};

/** For the server: takes the proof away, and the real path of the folder, which is empty then. */
export async function takeFolder(
  { folder, proof }: { readonly folder: string; readonly proof: string },
  data: string,
): Promise<Result<string, Problem>> {
  if (!isAbsolute(folder)) return refuse(`${folder} is not absolute: name the whole path, from / on`);
  try {
    const real = await realpath(folder);
    const { mode, uid } = await lstat(real);
    if (isWithin(real, await realpath(data)))
      return refuse(
        `${folder} is in the data folder, which a backup is to replace one day: name one outside`,
      );
    const mine = process.getuid?.() ?? uid;
    if (uid !== mine || (mode & 0o022) !== 0)
      return refuse(
        `${folder} must belong to the user that the server runs as, and nobody else may write to it: run the command as that user`,
      );
    const names = await readdir(real);
    const found = await readFile(join(real, proofName), 'utf8').catch(() => undefined);
    if (found === undefined || found !== proof)
      return refuse(
        `${folder} is not shown to be yours: run gatescope backup on the machine of the server, as the user it runs as`,
      );
    if (names.length > 1) return refuse(`${folder} is not empty: name a new folder`);
    await rm(join(real, proofName));
    return ok(real);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return refuse(
      code === 'ENOENT' || code === 'EACCES'
        ? `the server does not see ${folder}: run gatescope backup on the machine of the server, as the user it runs as`
        : message,
    );
  }
}
