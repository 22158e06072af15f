/**
 * Free space on the disk of the data folder, looked at before anything is written there.
 *
 * The engine acknowledges a change of a table while the disk is full and leaves an empty definition behind; SQLite and
 * the others fail halfway. So below {@link startRoom} nothing is made and no table is changed.
 */
import { statfs } from 'node:fs/promises';

/** Bytes that a start and the changes of tables need at most, several times over. */
export const startRoom = 4 << 20;

/** Bytes that this user may still write on the disk of `folder`. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Whether there is room for a start and for changes of tables. */
export const hasRoom = async (folder: string): Promise<boolean> => (await freeBytes(folder)) >= startRoom;

const units = [
  [1 << 30, 'GB'],
  [1 << 20, 'MB'],
  [1 << 10, 'KB'],
] as const;

/** Such as `40 KB`. */
export function sizeText(bytes: number): string {
  const [size, unit] = units.find(([least]) => bytes >= least) ?? [1, 'bytes'];
  return `${Math.floor(bytes / size)} ${unit}`;
}

/** What is wrong and what to do, for a disk without room. */
export const noRoom = (path: string, free: number): string =>
  `the disk of ${path} is full (${sizeText(free)} free): free at least ${sizeText(startRoom)} there`;
