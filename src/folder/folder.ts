/**
 * The data folder before anything in it is opened: whose it is, whether all of it can be read and written, what is
 * missing, and whether there is room to make anything. What is wrong is said in one sentence, and nothing is touched.
 */
import { constants } from 'node:fs';
import { access, lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../core/ports.ts';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { pathOf, sentenceOf } from './problems.ts';
import { freeBytes, noRoom, startRoom } from './space.ts';

const { R_OK, W_OK, X_OK } = constants;
/** Folders whose entries are looked at one by one; deeper ones are the engine's. */
const lookedInto = ['journal', 'quarantine', 'cursors', 'dead-letters', 'store', 'store/metadata'];

const refused = (reason: string): Result<never, Problem> => fail({ path: 'data', reason });

/** The problem that an error is, or the error again. */
function problemOf(error: unknown, path: string): Result<never, Problem> {
  const sentence = sentenceOf(error, pathOf(error) ?? path);
  if (sentence === undefined) throw error;
  return refused(sentence);
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

async function checkEntries(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const rights = entry.isDirectory() ? R_OK | W_OK | X_OK : R_OK | W_OK;
    await access(join(folder, entry.name), rights).catch((error: NodeJS.ErrnoException) => {
      // Files come and go while another process works here.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/**
 * Makes the folder when it is missing. Refused: it belongs to another user, or something in it cannot be read and
 * written. Of a folder of root's, who can read all anyway and whom a container may have as owner, this is only said.
 */
export async function checkFolder(data: string, log: Log): Promise<Result<void>> {
  try {
    await mkdir(data, { recursive: true, mode: 0o700 });
    const { uid } = await stat(data);
    const self = process.getuid?.() ?? uid;
    if (uid !== self && self !== 0 && uid !== 0)
      return refused(
        `the data folder ${data} belongs to user ${uid} and Gatescope runs as user ${self}: start it as that user, ` +
          `or give the folder to this one (chown -R ${self} ${data}).`,
      );
    if (uid !== self)
      log.warn('The data folder belongs to another user, who can read all of it.', { data, owner: uid });
    await access(data, R_OK | W_OK | X_OK);
    await checkEntries(data);
    for (const name of lookedInto) {
      const path = join(data, name);
      if ((await lstat(path).catch(() => undefined))?.isDirectory()) await checkEntries(path);
    }
    return ok(undefined);
  } catch (error) {
    if (
      (error as NodeJS.ErrnoException).code === 'EEXIST' ||
      (error as NodeJS.ErrnoException).code === 'ENOTDIR'
    )
      return refused(`${data} is not a folder: set GATESCOPE_DATA to one.`);
    return problemOf(error, data);
  }
}

/** Whether events were taken in here, or may have been: then no part of the folder is made anew in silence. */
export async function isEstablished(data: string): Promise<boolean> {
  if (await exists(join(data, 'store/metadata/gatescope.sql'))) return true;
  const names = await readdir(join(data, 'journal')).catch(() => []);
  return names.some((name) => name.endsWith('.segment'));
}

/** What every start after the first finds; made by the first one, which needs room for it. */
const madeByFirst = [
  'control.db',
  'installation-secret',
  'folds.db',
  'journal/VERSION',
  'quarantine/VERSION',
  'cursors',
  'dead-letters/store.ndjson',
  'dead-letters/folds.ndjson',
];

/**
 * Looks at the free space, giving up the reserve of the journal when there is too little. True: the disk is full, and
 * the start must make nothing and change no table. Refused: something is missing that must be made first. To be called
 * when the folder is locked.
 */
export async function checkSpace(data: string, log: Log): Promise<Result<boolean>> {
  if ((await freeBytes(data)) >= startRoom) return ok(false);
  await rm(join(data, 'journal', 'headroom'), { force: true });
  const free = await freeBytes(data);
  if (free >= startRoom) return ok(false);
  for (const name of madeByFirst)
    if (!(await exists(join(data, name))))
      return refused(`${noRoom(data, free)}, as ${join(data, name)} must be made; then start again.`);
  log.warn(
    `Started without writing: ${noRoom(data, free)}. Questions are answered; events are taken in again once there is room.`,
    {
      data,
      free,
    },
  );
  return ok(true);
}
