/** A secret of this installation, made at the first start and kept for good: the key of whatever must be unguessable. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../core/ports.ts';
import { FolderProblem } from '../folder/problems.ts';

/** 32 bytes in base64url. */
const form = /^[A-Za-z0-9_-]{43}$/;
const consequence = 'Masked values differ from then on from those that were shown and exported before.';

/**
 * 32 random bytes in base64url, from `<data>/installation-secret` (mode 0600), which is made when it is missing; in an
 * `established` folder with a warning. One that is no such secret is refused with {@link FolderProblem}: a key that is
 * empty or cut could be guessed.
 */
export async function installationSecret(
  data: string,
  log?: Log,
  { established = false }: { readonly established?: boolean } = {},
): Promise<string> {
  const path = join(data, 'installation-secret');
  try {
    const secret = (await readFile(path, 'utf8')).trim();
    if (form.test(secret)) return secret;
    throw new FolderProblem(
      `${path} is ${secret === '' ? 'empty' : 'damaged'}, and it is a key: restore it from a backup, or delete it and a new one is created. ${consequence}`,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (established)
    log?.warn(`The installation secret was missing, and a new one is created. ${consequence}`, { path });
  await mkdir(data, { recursive: true, mode: 0o700 });
  const secret = randomBytes(32).toString('base64url');
  // By another name until it is whole: a crash or a full disk must not leave half a key.
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(`${secret}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  return secret;
}
