/** How the password of the first admin reaches its reader: once on a terminal, else in a file only its owner can read. */
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';

export const firstPasswordFile = (data: string): string => join(data, 'initial-password');

/**
 * Returns what to say to the person who started the server. Without a terminal the password is written to
 * `<data>/initial-password` (mode 0600, on disk when this resolves) and only the path is said.
 */
export async function tellFirstPassword(options: {
  readonly data: string;
  readonly terminal: boolean;
  readonly user: string;
  readonly password: string;
}): Promise<string> {
  const { data, terminal, user, password } = options;
  if (terminal) return `Sign in as ${user} with the password ${password}\nIt is shown this once: keep it.`;
  const path = firstPasswordFile(data);
  const file = await open(path, 'w', 0o600);
  await file.chmod(0o600);
  await file.writeFile(`${password}\n`);
  await file.sync();
  await file.close();
  return `Sign in as ${user} with the password in ${path}`;
}

/** Once somebody has chosen a password, the file would only mislead. */
export const removeFirstPassword = (data: string): Promise<void> =>
  rm(firstPasswordFile(data), { force: true });
