/**
 * What a backup says of itself. `backup.json` is written last: a folder without it was not finished. The files are
 * listed beside it, one JSON object a line, and lie below `data/` as they did in the data folder.
 */
import { createHash } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { fail, ok, type Problem, type Result } from '../core/result.ts';
import { syncPath } from './transfer.ts';

/** Raised by a change that an older program could not restore. */
export const backupFormat = 1;

/** Below a folder: no way out of it, no empty step. */
const Path = Type.String({ pattern: '^(?!\\.{1,2}(/|$))[^/\\0]+(/(?!\\.{1,2}(/|$))[^/\\0]+)*$' });
const Count = Type.Integer({ minimum: 0 });
const Sha256 = Type.String({ pattern: '^[0-9a-f]{64}$' });

const Manifest = Type.Object({
  /** Versions of the backup and, within it, of journal and store. */
  format: Count,
  journal: Count,
  store: Type.Union([Count, Type.Null()]),
  id: Type.String({ minLength: 1 }),
  /** Of the program, and when it began, RFC 3339. */
  version: Type.String(),
  created: Type.String(),
  /** Every event before it is in the backup, in the journal or in the store. */
  position: Count,
  /** The backup that this one was compared with. */
  since: Type.Optional(Type.Object({ id: Type.String(), created: Type.String() })),
  /** Other backups that hold some of its files, and where they were. */
  needs: Type.Array(Type.Object({ id: Type.String(), folder: Type.String() })),
  /** Folders, as they may be empty, and symbolic links, which many ways of copying do not keep. */
  folders: Type.Array(Path),
  links: Type.Array(
    Type.Object({ path: Path, target: Type.String({ pattern: '^\\.\\./store/[0-9a-f]{3}/[0-9a-f-]{36}$' }) }),
  ),
  files: Count,
  bytes: Count,
  /** Checksum of the list of files, and of all that stands before it in this file, as JSON without white space. */
  list: Sha256,
  sum: Sha256,
});
/** `store` is null where the store was on a server elsewhere and is not in the backup. */
export type Manifest = Static<typeof Manifest>;

const BackupFile = Type.Object({
  path: Path,
  size: Count,
  sha256: Sha256,
  /** Id of the backup that holds it, when it is not this one. */
  in: Type.Optional(Type.String()),
});
export type BackupFile = Static<typeof BackupFile>;
const isManifest = Compile(Manifest);
const isFile = Compile(BackupFile);

export interface ReadBackup {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly files: readonly BackupFile[];
}

export const manifestName = 'backup.json';
export const listName = 'files.ndjson';
export const dataName = 'data';

/** Lines that are written, and read, in one turn of the event loop. */
const together = 1_000;

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** With its checksum. */
export const summed = (manifest: Omit<Manifest, 'sum'>): Manifest => ({
  ...manifest,
  sum: sha256(JSON.stringify(manifest)),
});

const isWhole = ({ sum, ...manifest }: Manifest): boolean => sha256(JSON.stringify(manifest)) === sum;

/** Writes both; resolves when they are durable, the list first. */
export async function writeManifest(
  folder: string,
  manifest: Omit<Manifest, 'files' | 'bytes' | 'list' | 'sum'>,
  files: readonly BackupFile[],
): Promise<Manifest> {
  const hash = createHash('sha256');
  const list = await open(join(folder, listName), 'wx', 0o600);
  try {
    for (let from = 0; from < files.length; from += together) {
      const lines = files.slice(from, from + together).map((file) => `${JSON.stringify(file)}\n`);
      const bytes = Buffer.from(lines.join(''));
      hash.update(bytes);
      await list.appendFile(bytes);
    }
    await list.sync();
  } finally {
    await list.close();
  }
  const whole = summed({
    ...manifest,
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    list: hash.digest('hex'),
  });
  const path = join(folder, manifestName);
  const file = await open(`${path}.new`, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(whole, undefined, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await syncPath(folder);
  await rename(`${path}.new`, path);
  await syncPath(folder);
  return whole;
}

const refuse = (path: string, reason: string): Result<never, Problem> => fail({ path, reason });
const damaged = (path: string) =>
  refuse(path, 'is damaged: this backup cannot be trusted; use another one, or copy it here again');

/** Reads and checks what the backup in `folder` says of itself; none of its files is looked at. */
export async function readBackup(folder: string): Promise<Result<ReadBackup, Problem>> {
  const path = join(folder, manifestName);
  let parsed: unknown;
  try {
    parsed = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR')
      return refuse(
        folder,
        `is no backup, or one that was not finished, as it has no ${manifestName}: name the folder that gatescope backup has made`,
      );
    return code === undefined ? damaged(path) : refuse(path, `cannot be read: ${(error as Error).message}`);
  }
  const { format } = (parsed ?? {}) as { readonly format?: unknown };
  if (typeof format === 'number' && format > backupFormat)
    return refuse(
      folder,
      `is a backup of format ${format}, and this program knows ${backupFormat}: use a newer Gatescope`,
    );
  if (!isManifest.Check(parsed) || !isWhole(parsed)) return damaged(path);
  const files = await readList(join(folder, listName), parsed);
  return files === undefined ? damaged(join(folder, listName)) : ok({ folder, manifest: parsed, files });
}

/** Undefined when it is not the list that the manifest was written for. */
async function readList(path: string, manifest: Manifest): Promise<BackupFile[] | undefined> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0));
  if (sha256(bytes) !== manifest.list) return undefined;
  const files: BackupFile[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from);
    const file: unknown = JSON.parse(bytes.toString('utf8', from, end));
    if (!isFile.Check(file)) return undefined;
    files.push(file);
    from = end + 1;
    if (files.length % together === 0) await nextTurn();
  }
  return files.length === manifest.files ? files : undefined;
}

/**
 * Where each file of a backup lies. Refused when a backup that it needs is not where it was, or is another one.
 */
export async function locate({
  folder,
  manifest,
}: ReadBackup): Promise<Result<(file: BackupFile) => string, Problem>> {
  const folders = new Map([[manifest.id, folder]]);
  for (const needed of manifest.needs) {
    const there = await readBackup(needed.folder);
    if (!there.ok || there.value.manifest.id !== needed.id)
      return refuse(
        folder,
        `needs files of the backup ${needed.id}, which was in ${needed.folder} and is not there: put it there again`,
      );
    folders.set(needed.id, needed.folder);
  }
  return ok((file) => join(folders.get(file.in ?? manifest.id) ?? folder, dataName, file.path));
}
