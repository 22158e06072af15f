import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

const folders: string[] = [];
const folder = async () => {
  const made = await mkdtemp(join(tmpdir(), 'gatescope-lock-'));
  folders.push(made);
  return made;
};
afterEach(() => Promise.all(folders.splice(0).map((made) => rm(made, { recursive: true }))));

it('refuses a second server on one folder, naming the folder, until the first has gone', async () => {
  const data = await folder();
  const first = lockFolder(data);
  const second = lockFolder(data);
  expect(second).toMatchObject({ ok: false, error: { reason: expect.stringContaining(data) } });
  if (first.ok) first.value.release();
  const third = lockFolder(data);
  expect(third.ok).toBe(true);
  if (third.ok) third.value.release();
});

it('is free again when the process that held it was killed', async () => {
  const data = await folder();
  const module = fileURLToPath(new URL('./folder-lock.ts', import.meta.url));
  const script = `import { lockFolder } from ${JSON.stringify(module)};
    console.log(lockFolder(${JSON.stringify(data)}).ok); setInterval(() => {}, 1000);`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(holder.stdout, 'data')) as [Buffer];
  expect(said.toString().trim()).toBe('true');
  expect(lockFolder(data).ok).toBe(false);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const free = lockFolder(data);
  expect(free.ok).toBe(true);
  if (free.ok) free.value.release();
});
