/** The version of a journal folder: a newer one is refused before anything in it is touched. */
import { join } from 'node:path';
import type { JournalFiles } from './files.ts';
import { NewerFormat } from './recovery.ts';
import { readWhole, replaceFile } from './whole-file.ts';

export const folderVersion = 1;

/** Notes the version in a new folder; rejects with {@link NewerFormat} when the folder is not one of ours or newer. */
export async function checkVersion(folder: string, files: JournalFiles): Promise<void> {
  const path = join(folder, 'VERSION');
  const text = (await readWhole(files, path))?.toString().trim();
  if (text === undefined) {
    // Its name becomes durable with the first segment's: without any segment nothing depends on it.
    await replaceFile(files, path, Buffer.from(`${folderVersion}\n`), { file: 'version' });
    return;
  }
  const version = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(version <= folderVersion))
    throw new NewerFormat(
      `${folder} is a journal of version ${JSON.stringify(text)}, this program knows up to ${folderVersion}: ` +
        'start the newer Gatescope again, or give another data folder',
    );
}
