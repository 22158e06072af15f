/**
 * Opens regular files by name, and nothing else that may lie there: a named pipe would wait for its writer for ever, a
 * device has no end. What lies there is asked of the open file, so that nothing can take its place in between.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** Something other than a regular file; the message says what, such as `is a named pipe, not a file`. */
export class NotAFile extends Error {
  override readonly name = 'NotAFile';
}

function check(found: Stats): void {
  if (found.isFile()) return;
  const what = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a named pipe'
      : found.isSocket()
        ? 'a socket'
        : 'a device';
  throw new NotAFile(`is ${what}, not a file`);
}

/** Without waiting for whoever writes to a pipe. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens for reading. Rejects with {@link NotAFile}, or as `open` does. */
export async function openRegular(path: string): Promise<FileHandle> {
  // First by name: to open a pipe and close it would end its writer.
  check(await stat(path));
  const file = await open(path, flags);
  try {
    check(await file.stat());
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The whole file. Rejects as {@link openRegular} does. */
export async function readRegular(path: string): Promise<Buffer> {
  await using file = await openRegular(path);
  return await file.readFile();
}

/** The whole file as text, read at once. Throws as {@link openRegular} rejects. */
export function readRegularText(path: string): string {
  check(statSync(path));
  const file = openSync(path, flags);
  try {
    check(fstatSync(file));
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
