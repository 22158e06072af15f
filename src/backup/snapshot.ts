/**
 * The data folder at one position, while the server goes on.
 *
 *   control.db, folds.db ─▶ A: cursor of the store ─▶ store frozen ─▶ other cursors ─▶ B: end of journal, quarantine
 *
 * What is read later may be ahead of what was read before, as after a crash at each of these moments:
 * - Every event before B is in the journal, but for what had left it before, which the store has. So nothing that was
 *   accepted before the backup began is missing.
 * - The frozen store has everything before A and nothing from B on. What lies between may be in it or not: the cursor
 *   in the backup stands at A with the stretch up to B begun, so that the writer asks the store for it and sends what is
 *   absent. Nothing is stored twice.
 * - What is absent on purpose is noted (`cursors/store-absences.json`) before it is, and read after the freeze; nothing is
 *   removed from the store between A and B.
 * - Folds and audit records that had not come into the journal are sent again; what had come is a duplicate by its id.
 *
 * Segments must not be deleted meanwhile: the caller holds off retention.
 */
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import type { DeliveryCursor } from '../delivery/consumer.ts';
import { noteOf } from '../delivery/deliver.ts';
import { openCursor } from '../journal/cursor.ts';
import { nodeFiles } from '../journal/files.ts';
import type { DurableSegment } from '../journal/frame-log.ts';
import type { StoreClient } from '../store/engine/client.ts';
import { type FrozenStore, freezeStore } from '../store/freeze.ts';

export interface SnapshotParts {
  /** The data folder. */
  readonly data: string;
  readonly journal: { readonly oldest: number; readonly end: number; durable(): readonly DurableSegment[] };
  readonly quarantine: { durable(): readonly DurableSegment[] };
  /** That of the store writer. */
  readonly cursor: Pick<DeliveryCursor, 'position' | 'note'>;
  /** Undefined for a store on a server elsewhere, which is left out. */
  readonly store: StoreClient | undefined;
  /** Ways to copy the databases that their owner has to itself, by name: nobody else can read them. */
  readonly owned: Readonly<Record<string, (to: string) => Promise<void>>>;
  /** Does something while nobody removes rows from the store. */
  readonly exclusively: <T>(act: () => Promise<T>) => Promise<T>;
}

/** A file of the backup. */
export interface Item {
  /** Below the data folder, and where to take it from; without `from` it is in the backup already. */
  readonly path: string;
  readonly from?: string;
  readonly size: number;
  /** It never changes while it is there, so that it may be linked. */
  readonly fixed: boolean;
  /** The part of the store that it belongs to: a folder. */
  readonly part?: string;
  /** It may have gone since. */
  readonly loose?: boolean;
}

export interface Snapshot {
  readonly position: number;
  readonly items: readonly Item[];
  readonly folders: readonly string[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** Gives the parts of the store free; must be called. */
  release(): Promise<void>;
}

const storeFolder = 'store';
const storeCursor = 'store';

/** `into` is where the data folder is put together: a new folder. `id` names what is frozen. */
export async function takeSnapshot(parts: SnapshotParts, into: string, id: string): Promise<Snapshot> {
  const { data } = parts;
  const databases = await copyDatabases(parts, into);
  const { frozen, position, journalled, rejected, cursors } = await parts.exclusively(() =>
    freeze(parts, into, id),
  );
  try {
    const items = [
      ...databases,
      ...cursors,
      ...(await logItems(data, 'journal', journalled)),
      ...(await logItems(data, 'quarantine', rejected)),
      ...(frozen === undefined ? [] : await storeItems(join(data, storeFolder), frozen)),
      ...(await otherItems(data)),
    ];
    const folders = new Set(items.map(({ path }) => dirname(path)).filter((path) => path !== '.'));
    for (const { home } of frozen?.tables ?? []) folders.add(join(storeFolder, home, 'detached'));
    return {
      position,
      items,
      folders: [...folders].sort(),
      links: frozen === undefined ? [] : [{ ...frozen.link, path: join(storeFolder, frozen.link.path) }],
      release: async () => frozen?.release(),
    };
  } catch (error) {
    await frozen?.release();
    throw error;
  }
}

/** From A to B. */
async function freeze({ data, journal, quarantine, cursor, store }: SnapshotParts, into: string, id: string) {
  const [before, { account }] = [cursor.position, noteOf(cursor.note)];
  const frozen = store === undefined ? undefined : await freezeStore(store, join(data, storeFolder), id);
  try {
    const cursors = await copyCursors(data, into);

    // One turn of the event loop.
    const [position, journalled, rejected] = [journal.end, journal.durable(), quarantine.durable()];
    const first = frozen === undefined ? journal.oldest : before;
    const end = Math.max(cursor.position, noteOf(cursor.note).begun?.end ?? 0);

    const begun = first < end ? { begun: { first, end } } : {};
    const saved = await openCursor(into, storeCursor, nodeFiles);
    await saved.save(first, { ...begun, account });
    cursors.push(await placedItem(into, join('cursors', `${storeCursor}.json`)));
    return { frozen, position, journalled, rejected, cursors };
  } catch (error) {
    await frozen?.release();
    throw error;
  }
}

const placedItem = async (into: string, path: string): Promise<Item> => ({
  path,
  size: (await stat(join(into, path))).size,
  fixed: false,
});

/** By SQLite itself, in one step: a copy that is made in several begins anew whenever somebody writes. */
async function copyDatabases({ data, owned }: SnapshotParts, into: string): Promise<Item[]> {
  const names = (await readdir(data)).filter((name) => name.endsWith('.db')).sort();
  const items: Item[] = [];
  for (const name of names) {
    const path = join(into, name);
    // Made before SQLite opens it, for its rights.
    await (await open(path, 'wx', 0o600)).close();
    const copy = owned[name] ?? ((to: string) => copyShared(join(data, name), to));
    await copy(path);
    items.push(await placedItem(into, name));
  }
  return items;
}

async function copyShared(from: string, to: string): Promise<void> {
  const database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
  try {
    await backup(database, to, { rate: 2 ** 30 });
  } finally {
    database.close();
  }
}

/** All but that of the store: no further than the journal will be. */
async function copyCursors(data: string, into: string): Promise<Item[]> {
  await mkdir(join(into, 'cursors'), { mode: 0o700 });
  const items: Item[] = [];
  for (const name of await readdir(join(data, 'cursors'))) {
    if (name.endsWith('.new') || name === `${storeCursor}.json`) continue;
    const path = join('cursors', name);
    const file = await open(join(into, path), 'wx', 0o600);
    await file.writeFile(await readFile(join(data, path)));
    await file.close();
    items.push(await placedItem(into, path));
  }
  return items;
}

/** The last segment grows, so as much of it as was durable; a sidecar speaks of a whole segment, so not of that one. */
async function logItems(data: string, log: string, segments: readonly DurableSegment[]): Promise<Item[]> {
  const items: Item[] = [];
  const last = segments.at(-1);
  for (const segment of segments) {
    const { path: from, bytes: size } = segment;
    const fixed = segment !== last && (await stat(from)).size === size;
    items.push({ path: join(log, basename(from)), from, size, fixed });
  }
  const whole = new Set(
    segments.slice(0, -1).map(({ path }) => basename(path).replace(/\.segment$/, '.ids')),
  );
  for (const name of await readdir(join(data, log))) {
    if (/\.(segment|new)$/.test(name) || name === 'headroom' || (name.endsWith('.ids') && !whole.has(name)))
      continue;
    // A sidecar is written once.
    const fixed = name.endsWith('.ids');
    items.push(...(await filesBelow(data, join(log, name))).map((item) => ({ ...item, fixed })));
  }
  return items;
}

async function storeItems(store: string, frozen: FrozenStore): Promise<Item[]> {
  const one = async (path: string): Promise<Item> => {
    const from = join(store, path);
    return { path: join(storeFolder, path), from, size: (await stat(from)).size, fixed: false };
  };
  const items = [await one(frozen.definition)];
  for (const { definition, home, parts } of frozen.tables) {
    items.push(await one(definition), await one(join(home, 'format_version.txt')));
    const names = await readdir(join(store, parts)).catch(() => [] as string[]);
    for (const name of names) {
      const part = join(storeFolder, home, name);
      const files = await filesBelow(join(store, parts), name);
      items.push(
        ...files.map(({ path, from, size }) => {
          const place = join(storeFolder, home, path);
          return { path: place, ...(from === undefined ? {} : { from }), size, fixed: true, part };
        }),
      );
    }
  }
  return items;
}

/** Whatever else there is: small files that are replaced at once, and those that lines are added to. */
async function otherItems(data: string): Promise<Item[]> {
  const apart =
    /^(journal|quarantine|store|cursors|lock.*|lost\+found|\..*|.*\.(db|db-wal|db-shm|db-journal|new))$/;
  const names = (await readdir(data)).filter((name) => !apart.test(name));
  return (await Promise.all(names.map((name) => filesBelow(data, name)))).flat();
}

/** The file at `path` below `root`, or all files below that folder. */
async function filesBelow(root: string, path: string): Promise<Item[]> {
  const from = join(root, path);
  const found = await stat(from).catch(() => undefined);
  if (found?.isDirectory() === true) {
    const names = await readdir(from);
    return (await Promise.all(names.map((name) => filesBelow(root, join(path, name))))).flat();
  }
  if (found?.isFile() !== true) return [];
  return [{ path, from, size: found.size, fixed: false, loose: true }];
}
