/**
 * The definitions of the tables: the small files from which the engine knows what lies in its folders. One that is lost
 * makes the whole store unreadable, and the engine was seen to leave an empty one behind when the disk was full. So
 * they are copied whenever the tables were made ready, and before the engine starts, what is damaged is made again: from
 * the copy, or else from the statements of this program and the folder that belongs to no other table.
 *
 *     store/metadata/gatescope.sql            the database ─┐ copies: definitions/gatescope.sql
 *     store/metadata/gatescope ─▶ store/e6f/e6f…/events.sql │         definitions/gatescope/events.sql
 *                                                           └         definitions/schema.sql: what made them
 */
import { lstat, mkdir, mkdtemp, open, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../core/ports.ts';
import { FolderProblem } from '../folder/problems.ts';
import { rebuildDefinition } from './rebuild.ts';

const databaseFile = 'gatescope.sql';
/** A table that stands beside the real one while they are compared. */
const modelFile = 'events_wanted.sql';

interface Places {
  /** The folder of the engine. */
  readonly store: string;
  readonly metadata: string;
  readonly copies: string;
}
const placesOf = (data: string): Places => ({
  store: join(data, 'store'),
  metadata: join(data, 'store', 'metadata'),
  copies: join(data, 'definitions'),
});

const unlessMissing = (error: NodeJS.ErrnoException): undefined => {
  if (error.code !== 'ENOENT') throw error;
};
const readText = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(unlessMissing);
const namesIn = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch(unlessMissing);
  return (names ?? []).filter((name) => name.endsWith('.sql'));
};

const heading = /^ATTACH (?:TABLE|DATABASE) _ UUID '([0-9a-f-]{36})'/;
/** The id in a definition; undefined when it is not whole. */
const idOf = (text: string | undefined): string | undefined =>
  text !== undefined && /\nENGINE = \w+/.test(text) && text.endsWith('\n') && !text.includes('\0')
    ? heading.exec(text)?.[1]
    : undefined;

const folderOf = ({ store }: Places, id: string): string => join(store, 'store', id.slice(0, 3), id);

/** Replaces the file at once and for good: the old content or the new one. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

/** All definitions of the store with their paths below the copies. */
async function definitionsOf({ metadata }: Places): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const add = async (name: string) => found.set(name, (await readText(join(metadata, name))) ?? '');
  await add(databaseFile);
  for (const name of await namesIn(join(metadata, 'gatescope'))) await add(join('gatescope', name));
  return found;
}

/**
 * Whether the store is as this program left it when it last made it ready by `schema`: then there is nothing to compare
 * and nothing to change.
 */
export async function isAsKept(data: string, schema: string): Promise<boolean> {
  const places = placesOf(data);
  if ((await readText(join(places.copies, 'schema.sql'))) !== schema) return false;
  const present = await definitionsOf(places);
  for (const [name, text] of present)
    if (idOf(text) === undefined || (await readText(join(places.copies, name))) !== text) return false;
  const kept = await namesIn(join(places.copies, 'gatescope'));
  return kept.length > 0 && kept.every((name) => present.has(join('gatescope', name)));
}

/** Copies the definitions, durably; `schema` is the text of the statements that they were made ready by. */
export async function keepDefinitions(data: string, schema: string): Promise<void> {
  const places = placesOf(data);
  await mkdir(join(places.copies, 'gatescope'), { recursive: true, mode: 0o700 });
  const present = await definitionsOf(places);
  for (const [name, text] of present) {
    const path = join(places.copies, name);
    if (idOf(text) !== undefined && (await readText(path)) !== text) await replace(path, text);
  }
  for (const name of await namesIn(join(places.copies, 'gatescope')))
    if (!present.has(join('gatescope', name))) await rm(join(places.copies, 'gatescope', name));
  // Last: it says that the others are whole.
  await replace(join(places.copies, 'schema.sql'), schema);
}

/** Mends what is damaged, before the engine starts. Throws {@link FolderProblem} when it cannot tell how. */
export async function mendDefinitions(data: string, log: Log): Promise<void> {
  const places = placesOf(data);
  const link = join(places.metadata, 'gatescope');
  const linked = await lstat(link).catch(unlessMissing);
  const text = await readText(join(places.metadata, databaseFile));
  if (text === undefined && linked === undefined) return;
  const id = idOf(text) ?? (await mendDatabase(places, log));
  if (id === undefined) return;
  if (linked?.isDirectory() === true) await relink(data, places, id, log);
  await mendTables(places, folderOf(places, id), log);
}

/** Makes the definition of the database again and returns its id; undefined when it has no table yet and is made anew. */
async function mendDatabase(places: Places, log: Log): Promise<string | undefined> {
  const path = join(places.metadata, databaseFile);
  const copy = await readText(join(places.copies, databaseFile));
  const id = idOf(copy) ?? (await databaseIdByFolder(places));
  if (id !== undefined) {
    await replace(
      path,
      idOf(copy) === undefined ? `ATTACH DATABASE _ UUID '${id}'\nENGINE = Atomic\n` : (copy as string),
    );
    log.warn('A damaged definition of the store was rebuilt.', { path });
    return id;
  }
  for (const folder of await tableFolders(places))
    if (await isTable(folder))
      throw new FolderProblem(
        `${path} is damaged and there is no copy of it: restore the store from a backup.`,
      );
  // A first start did not come further than this.
  await rm(path, { force: true });
  await rm(join(places.metadata, 'gatescope'), { recursive: true, force: true });
  return undefined;
}

/** The only folder of the engine that holds definitions is that of the database. */
async function databaseIdByFolder(places: Places): Promise<string | undefined> {
  const holding: string[] = [];
  for (const folder of await tableFolders(places))
    if ((await namesIn(folder)).length > 0) holding.push(folder);
  return holding.length === 1 ? basename(holding[0] as string) : undefined;
}

async function tableFolders({ store }: Places): Promise<string[]> {
  const root = join(store, 'store');
  const folders: string[] = [];
  for (const short of (await readdir(root).catch(unlessMissing)) ?? [])
    for (const id of await readdir(join(root, short)))
      if (/^[0-9a-f-]{36}$/.test(id)) folders.push(join(root, short, id));
  return folders;
}

/**
 * A copy of the folder that followed links has a folder where the engine makes its link: it goes where it belongs, or
 * aside when that is there too, and with it the second copies of the tables.
 */
async function relink(data: string, places: Places, id: string, log: Log): Promise<void> {
  const path = join(places.metadata, 'gatescope');
  const target = folderOf(places, id);
  await mkdir(join(data, 'set-aside'), { recursive: true, mode: 0o700 });
  const aside = await mkdtemp(join(data, 'set-aside', 'store-'));
  if ((await namesIn(target)).length > 0) await rename(path, join(aside, 'metadata'));
  else {
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await rm(target, { recursive: true, force: true });
    await rename(path, target);
  }
  await symlink(join('..', 'store', id.slice(0, 3), id), path);
  const tables = join(places.store, 'data', 'gatescope');
  for (const entry of (await readdir(tables, { withFileTypes: true }).catch(unlessMissing)) ?? [])
    if (entry.isDirectory()) await rename(join(tables, entry.name), join(aside, entry.name));
  log.warn(
    'A link of the store had become a folder, as in a copy that follows links; the link was restored, and the second copy was moved aside and may be deleted.',
    { path, aside },
  );
}

const isTable = (folder: string): Promise<boolean> =>
  lstat(join(folder, 'format_version.txt')).then(
    () => true,
    () => false,
  );

async function mendTables(places: Places, folder: string, log: Log): Promise<void> {
  const names = new Set([...(await namesIn(folder)), ...(await namesIn(join(places.copies, 'gatescope')))]);
  const known = new Map<string, string | undefined>();
  for (const name of names) known.set(name, idOf(await readText(join(folder, name))));
  for (const [name, id] of known) {
    if (id !== undefined) continue;
    const path = join(folder, name);
    const copy = await readText(join(places.copies, 'gatescope', name));
    const copied = idOf(copy);
    if (name === modelFile) await rm(path, { force: true });
    else if (
      copied !== undefined &&
      (await lstat(folderOf(places, copied)).catch(unlessMissing)) !== undefined
    ) {
      await replace(path, copy as string);
      log.warn('A damaged definition of the store was replaced by its copy.', { path });
    } else if ((await lstat(path).catch(unlessMissing)) !== undefined) {
      const taken = new Set([...known.values(), basename(folder)]);
      const free: string[] = [];
      for (const one of await tableFolders(places))
        if (!taken.has(basename(one)) && (await isTable(one))) free.push(one);
      await rebuild(path, free, log);
      known.set(name, idOf(await readText(path)));
    }
  }
}

/** Makes the definition at `path` over one of the folders that belong to no other table. */
async function rebuild(path: string, free: readonly string[], log: Log): Promise<void> {
  if (free.length === 0) {
    await rm(path);
    log.error('A table of the store is lost, definition and rows; it is created again.', { path });
    return;
  }
  const rebuilt = await rebuildDefinition(basename(path, '.sql'), free);
  if (rebuilt === undefined)
    throw new FolderProblem(
      `${path} is damaged, there is no copy of it, and which of ${free.join(', ')} it belongs to cannot be decided: restore the store from a backup.`,
    );
  await replace(path, rebuilt);
  log.warn('A damaged definition of the store was rebuilt from the statements of this program.', { path });
}
