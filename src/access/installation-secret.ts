/** A secret of this installation, made at the first start and kept for good: the key of whatever must be unguessable. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** 32 random bytes in base64url, from `<data>/installation-secret` (mode 0600), which is made when it is missing. */
export async function installationSecret(data: string): Promise<string> {
  const path = join(data, 'installation-secret');
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  await mkdir(data, { recursive: true });
  const secret = randomBytes(32).toString('base64url');
  const file = await open(path, 'wx', 0o600);
  await file.writeFile(`${secret}\n`);
  await file.sync();
  await file.close();
  return secret;
}
