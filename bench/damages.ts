/** Kinds of damage to the data folder of a stopped server, at random places. */
import { cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { createRandom } from '../src/sample/random.ts';

type Random = ReturnType<typeof createRandom>;

export interface Damage {
  readonly name: string;
  /** What may get lost by it: nothing, as the other side still has it, or what neither has. */
  readonly loses: 'nothing' | 'what neither has';
  /** Whether the server has to refuse to start, saying what to do; the damage is undone then. */
  readonly refused?: true;
  /** Resolves with what was damaged; undefined when there was nothing to damage. */
  apply(data: string, random: Random): Promise<string | undefined>;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The folders of the parts of the table of events, largest table first. */
export async function partFolders(data: string): Promise<string[]> {
  const parts = new Set<string>();
  for (const file of await filesBelow(join(data, 'store', 'store'))) {
    const folder = join(file, '..');
    if (
      /_\d+_\d+_\d+$/.test(folder) &&
      file.endsWith('columns.txt') &&
      !/detached|tmp|\.proj/.test(folder.slice(data.length))
    )
      parts.add(folder);
  }
  const byTable = Map.groupBy(parts, (part) => join(part, '..'));
  return [...byTable.values()].sort((a, b) => b.length - a.length)[0] ?? [];
}

const segmentsOf = async (data: string): Promise<string[]> =>
  (await readdir(join(data, 'journal')).catch(() => [] as string[]))
    .filter((name) => name.endsWith('.segment'))
    .sort()
    .map((name) => join(data, 'journal', name));

async function flip(path: string, random: Random, from = 0): Promise<string | undefined> {
  const bytes = await readFile(path);
  if (bytes.length <= from) return undefined;
  const at = from + random.below(bytes.length - from);
  bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
  await writeFile(path, bytes);
  return `${path} at ${at}`;
}

const cursor = (data: string): string => join(data, 'cursors', 'store.json');
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

async function onFile(path: string, act: (path: string) => Promise<unknown>): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  await act(path);
  return path;
}

async function deletePart(data: string, random: Random): Promise<string | undefined> {
  const parts = await partFolders(data);
  if (parts.length === 0) return undefined;
  const part = random.pick(parts);
  await rm(part, { recursive: true });
  return part;
}

async function deleteSegment(
  data: string,
  random: Random,
  withSidecar: boolean,
): Promise<string | undefined> {
  const segments = await segmentsOf(data);
  if (segments.length === 0) return undefined;
  const segment = random.pick(segments);
  await rm(segment);
  if (withSidecar) await rm(segment.replace('.segment', '.ids'), { force: true });
  return segment;
}

const json = (data: string, name: string): string => join(data, 'journal', name);

export const damages: readonly Damage[] = [
  {
    name: 'cursor emptied',
    loses: 'nothing',
    apply: (data) => onFile(cursor(data), (path) => truncate(path)),
  },
  {
    name: 'cursor garbage',
    loses: 'nothing',
    apply: (data) => onFile(cursor(data), (path) => writeFile(path, '\0'.repeat(64))),
  },
  { name: 'cursor deleted', loses: 'nothing', apply: (data) => onFile(cursor(data), (path) => rm(path)) },
  {
    name: 'cursor set back',
    loses: 'nothing',
    apply: (data, random) =>
      onFile(cursor(data), (path) => writeFile(path, JSON.stringify({ position: random.below(200) }))),
  },
  {
    name: 'all cursors deleted',
    loses: 'nothing',
    apply: (data) => onFile(join(data, 'cursors'), (path) => rm(path, { recursive: true })),
  },
  {
    name: 'store deleted',
    loses: 'what neither has',
    apply: (data) => onFile(join(data, 'store'), (path) => rm(path, { recursive: true })),
  },
  { name: 'part deleted', loses: 'what neither has', apply: deletePart },
  {
    name: 'part torn',
    loses: 'what neither has',
    async apply(data, random) {
      const parts = await partFolders(data);
      if (parts.length === 0) return undefined;
      const files = (await readdir(random.pick(parts), { withFileTypes: true }))
        .filter((entry) => entry.isFile() && /\.(bin|mrk\d?|cmrk\d?|txt|idx|cidx)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name));
      const file = random.pick(files);
      const { size } = await stat(file);
      await truncate(file, random.below(Math.max(1, size)));
      return file;
    },
  },
  {
    name: 'bit of the last frame flipped',
    loses: 'nothing',
    async apply(data, random) {
      const last = (await segmentsOf(data)).at(-1);
      if (last === undefined) return undefined;
      const { size } = await stat(last);
      return flip(last, random, Math.max(0, size - 200));
    },
  },
  {
    name: 'bit of a segment flipped',
    loses: 'nothing',
    async apply(data, random) {
      const segments = await segmentsOf(data);
      return segments.length === 0 ? undefined : flip(random.pick(segments), random);
    },
  },
  {
    name: 'end of the journal cut off',
    loses: 'nothing',
    async apply(data, random) {
      const last = (await segmentsOf(data)).at(-1);
      if (last === undefined) return undefined;
      const { size } = await stat(last);
      await truncate(last, random.below(size));
      return last;
    },
  },
  { name: 'segment deleted', loses: 'nothing', apply: (data, random) => deleteSegment(data, random, false) },
  {
    name: 'segment and sidecar deleted',
    loses: 'nothing',
    apply: (data, random) => deleteSegment(data, random, true),
  },
  {
    name: 'journal deleted',
    loses: 'nothing',
    apply: (data) => onFile(join(data, 'journal'), (path) => rm(path, { recursive: true })),
  },
  {
    name: 'sidecars garbage',
    loses: 'nothing',
    async apply(data) {
      const names = await readdir(join(data, 'journal')).catch(() => [] as string[]);
      for (const name of names) if (name.endsWith('.ids')) await writeFile(json(data, name), 'x'.repeat(40));
      return 'all';
    },
  },
  {
    name: 'record of gaps garbage',
    loses: 'nothing',
    apply: (data) => onFile(json(data, 'gaps.json'), (path) => writeFile(path, '{')),
  },
  {
    name: 'states of the folds deleted',
    loses: 'nothing',
    async apply(data) {
      for (const end of ['', '-wal', '-shm']) await rm(join(data, `folds.db${end}`), { force: true });
      return 'folds.db';
    },
  },
  {
    name: 'states of the folds garbage',
    loses: 'nothing',
    apply: (data) => onFile(join(data, 'folds.db'), (path) => writeFile(path, 'x'.repeat(5000))),
  },
  {
    name: 'store deleted and a segment too',
    loses: 'what neither has',
    async apply(data, random) {
      await rm(join(data, 'store'), { recursive: true, force: true });
      return deleteSegment(data, random, random.chance(0.5));
    },
  },
  {
    name: 'part deleted and cursor too',
    loses: 'what neither has',
    async apply(data, random) {
      await rm(cursor(data), { force: true });
      return deletePart(data, random);
    },
  },
  {
    name: 'part deleted and the end of the journal cut off',
    loses: 'what neither has',
    async apply(data, random) {
      const last = (await segmentsOf(data)).at(-1);
      if (last !== undefined) await truncate(last, random.below((await stat(last)).size));
      return deletePart(data, random);
    },
  },
  {
    name: 'installation-secret emptied',
    loses: 'nothing',
    refused: true,
    apply: (data) => onFile(join(data, 'installation-secret'), (path) => truncate(path)),
  },
  {
    name: 'control data deleted',
    loses: 'nothing',
    refused: true,
    async apply(data) {
      for (const end of ['', '-wal', '-shm']) await rm(join(data, `control.db${end}`), { force: true });
      return 'control.db';
    },
  },
];

/** A copy of the folder of a server that runs and takes events in: part by part, in an order that fits nothing. */
export async function slowCopy(
  from: string,
  to: string,
  random: Random,
  pause: () => Promise<void>,
): Promise<void> {
  await mkdir(to, { recursive: true });
  const names = (await readdir(from)).filter((name) => name !== 'lock' && !name.startsWith('lock-'));
  for (const name of names.toSorted(() => random.below(3) - 1)) {
    await copyTree(join(from, name), join(to, name));
    await pause();
  }
}

/** What vanishes meanwhile is left out, as a copying program does that goes on after an error. */
async function copyTree(from: string, to: string): Promise<void> {
  const info = await stat(from).catch(() => undefined);
  if (info === undefined) return;
  if (!info.isDirectory()) {
    await cp(from, to, { verbatimSymlinks: true }).catch(() => {});
    return;
  }
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) await cp(source, target, { verbatimSymlinks: true }).catch(() => {});
    else await copyTree(source, target);
  }
}

/** Puts the folder `kept` in the place of `data`. */
export async function putBack(kept: string, data: string): Promise<void> {
  await rm(data, { recursive: true, force: true });
  await rename(kept, data);
}
