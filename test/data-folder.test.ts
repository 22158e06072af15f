/**
 * A data folder that a start cannot use, met by the real program: each damage is answered by one sentence that names the
 * path, the reason and the remedy, with exit code 1, and the folder is left as it was. What can be mended is mended.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../src/core/frame.ts';
import { lockFolder } from '../src/journal/folder-lock.ts';
import { gatewayEvent } from '../src/vocabularies/otoroshi/gateway-event.ts';
import { startTestServer, testToken } from './started-server.ts';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const events = 40;
const isRoot = process.getuid?.() === 0;

let root: string;
/** A folder that a server used and left, with its events stored. */
let used: string;
let data: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gatescope-data-'));
  // Another user must be able to look for its data folder in it.
  await chmod(root, 0o755);
  used = join(root, 'used');
  const server = await startTestServer({}, used);
  const body = Array.from({ length: events }, (_, n) =>
    JSON.stringify({ ...gatewayEvent.example, '@id': `e${n}` }),
  );
  const answer = await fetch(`${server.url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testToken}` },
    body: body.join('\n'),
  });
  expect(await answer.json()).toMatchObject({ accepted: events });
  await server.stored();
  await server.stop(true);
  data = join(root, 'data');
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));
afterEach(async () => {
  await chmod(data, 0o700).catch(() => {});
  await rm(data, { recursive: true, force: true });
});

const copy = () => cp(used, data, { recursive: true, verbatimSymlinks: true });

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
}
const environment = { GATESCOPE_PORT: '0', GATESCOPE_ADMIN_TOKEN: testToken };

/** Runs the program to its end; a server that starts is stopped by SIGTERM. */
async function run(args: readonly string[], uid?: number): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: '/',
    env: { ...process.env, ...environment, GATESCOPE_DATA: data },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => {
    stdout += text;
    if (stdout.includes('Gatescope is at')) child.kill('SIGTERM');
  });
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** What a start that is refused says, without the lines of the log. */
async function refusal(uid?: number): Promise<string> {
  const { code, stderr, stdout } = await run(['serve'], uid);
  expect([code, stdout.includes('Gatescope is at')]).toEqual([1, false]);
  const lines = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{'));
  // One sentence, and nothing of our code.
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\bat .*\.ts|Error:|undefined/);
  return lines[0] as string;
}

/** Starts on the folder and asks for the events; the log of the start. */
async function startedOn(): Promise<{ count: unknown; log: string }> {
  let log = '';
  const say = (message: string, fields?: unknown) => {
    log += `${message} ${JSON.stringify(fields)}\n`;
  };
  const server = await startTestServer({}, data, { debug: say, info: say, warn: say, error: say });
  try {
    await server.ready();
    const query = { from: '2015-01-01', to: 'now+1d', filter: 'type:GatewayEvent', measures: ['count'] };
    const { totals } = await server.api<Frame>('/api/query', query);
    return { count: totals[0], log };
  } finally {
    await server.stop(true);
  }
}

describe('control data', () => {
  const control = () => join(data, 'control.db');
  const lose = async () => {
    for (const end of ['', '-wal', '-shm']) await rm(control() + end, { force: true });
  };

  it.each([
    ['deleted', lose],
    ['emptied', () => truncate(control(), 0)],
    [
      'copied without the file beside it that held all of them',
      async () => {
        await lose();
        const database = new DatabaseSync(control());
        database.exec('PRAGMA journal_mode = WAL');
        database.close();
      },
    ],
  ])('that are %s are refused with both ways out, and not begun anew', async (_, damage) => {
    await copy();
    await damage();
    const size = async () => (await stat(control()).catch(() => undefined))?.size;
    const before = await size();
    const said = await refusal();
    expect(said).toContain(control());
    expect(said).toContain('restore control.db from a backup');
    expect(said).toContain('gatescope user reset');
    expect(await size()).toBe(before);
  });

  it('that are no database are refused, and left as they are', async () => {
    await copy();
    await writeFile(control(), 'not a database '.repeat(500));
    const said = await refusal();
    expect(said).toContain(`${control()} is damaged`);
    expect(await readFile(control(), 'utf8')).toContain('not a database');
  });

  it('are begun anew on demand where they are lost, keeping the events; whole ones are not touched', async () => {
    await copy();
    const whole = await run(['user', 'reset']);
    expect([whole.code, whole.stderr]).toEqual([1, expect.stringContaining('is whole')]);
    await writeFile(control(), 'not a database '.repeat(500));
    const begun = await run(['user', 'reset']);
    expect([begun.code, begun.stderr]).toEqual([0, '']);
    expect(await readFile(`${control()}.damaged`, 'utf8')).toContain('not a database');
    expect((await startedOn()).count).toBe(events);
  });

  it('that are lost are not made by a command either', async () => {
    await copy();
    await lose();
    const listed = await run(['user', 'list']);
    expect([listed.code, listed.stderr]).toEqual([1, expect.stringContaining('reset')]);
    expect(existsSync(control())).toBe(false);
  });
});

describe('the installation secret', () => {
  it.each([
    ['', 'is empty'],
    ['abc\n', 'is damaged'],
    [`${'\0'.repeat(44)}`, 'is damaged'],
  ])('%j is refused with what a new one would mean', async (content, why) => {
    await copy();
    const path = join(data, 'installation-secret');
    await writeFile(path, content);
    const said = await refusal();
    expect(said).toContain(`${path} ${why}`);
    expect(said).toContain('delete it and a new one is created');
    expect(said).toContain('Masked values differ');
  });

  it('is made anew once it was deleted, with a word in the log', async () => {
    await copy();
    await rm(join(data, 'installation-secret'));
    expect((await startedOn()).log).toContain('installation secret was missing');
  });
});

describe.runIf(isRoot)('another user (needs root)', () => {
  const nobody = 65_534;
  const giveAll = async (folder: string) => {
    await chown(folder, nobody, nobody);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isSymbolicLink()) await chown(path, nobody, nobody);
    }
  };

  it('cannot start on a folder of somebody else, and reads whose it is', async () => {
    await copy();
    await chown(data, 1, 1);
    await chmod(data, 0o777);
    const said = await refusal(nobody);
    expect(said).toMatch(/belongs to user 1 and Gatescope runs as user 65534.*chown/);
  });

  it.each([
    'control.db',
    'folds.db',
    'lock',
    'installation-secret',
    'journal',
    'journal/VERSION',
    'quarantine/VERSION',
    'cursors/store.json',
    'dead-letters/store.ndjson',
    'store',
    'store/status',
    'store/metadata/gatescope.sql',
    'definitions',
  ])('is refused when %s in its folder is root’s', async (name) => {
    await copy();
    await giveAll(data);
    await chown(join(data, name), 0, 0);
    const said = await refusal(nobody);
    expect(said).toContain(join(data, name));
    expect(said).toMatch(/user 65534.*chown -R/);
  });

  it('may start in an empty folder of root’s that is open to it, as in a container', async () => {
    await mkdir(data);
    await chmod(data, 0o777);
    const { code, stderr } = await run(['serve'], nobody);
    expect([code, stderr]).toEqual([0, expect.stringContaining('belongs to another user')]);
    expect((await stat(join(data, 'control.db'))).mode & 0o777).toBe(0o600);
  });

  it('cannot hold the lock of a folder that was open to it before', async () => {
    await copy();
    await chmod(data, 0o755);
    await chmod(join(data, 'lock'), 0o644);
    const lock = lockFolder(data);
    if (lock.ok) lock.value.release();
    expect((await stat(join(data, 'lock'))).mode & 0o777).toBe(0o600);
  });
});

describe('the lock', () => {
  it('says which process holds it and since when', async () => {
    await copy();
    const lock = lockFolder(data);
    const said = await refusal();
    if (lock.ok) lock.value.release();
    expect(said).toMatch(new RegExp(`Another Gatescope \\(process ${process.pid}, since 20..-.*Z\\) uses`));
  });
});

describe('the store', () => {
  const metadata = () => join(data, 'store', 'metadata');
  const definition = (name: string) => join(metadata(), 'gatescope', name);

  it.each(['events.sql', 'version.sql'])(
    'starts with an empty %s, from its copy or from the statements of the program',
    async (name) => {
      for (const forget of [false, true]) {
        await copy();
        if (forget) await rm(join(data, 'definitions'), { recursive: true });
        await truncate(definition(name), 0);
        const { count, log } = await startedOn();
        expect(count).toBe(events);
        expect(log).toContain(name);
        expect((await stat(definition(name))).size).toBeGreaterThan(100);
        await rm(data, { recursive: true });
      }
    },
    60_000,
  );

  it.each([
    ['emptied', () => truncate(join(metadata(), 'gatescope.sql'), 0)],
    ['deleted', () => rm(join(metadata(), 'gatescope.sql'))],
  ])('starts when the definition of the database is %s', async (_, damage) => {
    await copy();
    await rm(join(data, 'definitions'), { recursive: true });
    await damage();
    expect((await startedOn()).count).toBe(events);
  });

  it('starts with all definitions empty and no copies, each over its own folder', async () => {
    await copy();
    await rm(join(data, 'definitions'), { recursive: true });
    for (const name of ['events.sql', 'version.sql']) await truncate(definition(name), 0);
    expect((await startedOn()).count).toBe(events);
    const ids = await Promise.all(
      ['events.sql', 'version.sql'].map(async (name) =>
        (await readFile(definition(name), 'utf8')).slice(0, 60),
      ),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('starts when a first start came no further than the link of the database', async () => {
    await mkdir(metadata(), { recursive: true });
    await mkdir(join(data, 'store', 'store', 'abc', 'abcdefab-0000-4000-8000-000000000000'), {
      recursive: true,
    });
    await symlink('../store/abc/abcdefab-0000-4000-8000-000000000000', join(metadata(), 'gatescope'));
    expect((await startedOn()).count).toBe(0);
  });

  it('is not begun anew when its database is lost and tables are there', async () => {
    await copy();
    await rm(join(data, 'definitions'), { recursive: true });
    await rm(join(metadata(), 'gatescope.sql'));
    for (const name of ['events.sql', 'version.sql']) await rm(definition(name));
    const said = await refusal();
    expect(said).toContain(`${join(metadata(), 'gatescope.sql')} is damaged`);
    expect(said).toContain('restore the store from a backup');
  });

  it('starts with a copy that followed links, and has its link again', async () => {
    await cp(used, data, { recursive: true, dereference: true });
    expect((await lstat(join(metadata(), 'gatescope'))).isDirectory()).toBe(true);
    const { count, log } = await startedOn();
    expect(count).toBe(events);
    expect(log).toContain('copy that follows links');
    expect((await lstat(join(metadata(), 'gatescope'))).isSymbolicLink()).toBe(true);
    const tables = await readdir(join(data, 'store', 'data', 'gatescope'), { withFileTypes: true });
    // The engine works without these links; second copies of its tables would only take room.
    expect(tables.filter((table) => table.isDirectory())).toEqual([]);
  });

  it('changes no definition at a start that has nothing to change', async () => {
    await copy();
    await startedOn();
    const before = await stat(definition('events.sql'));
    await startedOn();
    const after = await stat(definition('events.sql'));
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
  });
});

describe('rights', () => {
  it('are the owner’s alone, of all that a server made', async () => {
    await copy();
    for (const entry of await readdir(data, { recursive: true, withFileTypes: true }))
      if (!entry.isSymbolicLink())
        await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
    await chmod(data, 0o755);
    // In a process of its own, which makes files by the mask of its user.
    expect((await run(['serve'])).code).toBe(0);
    await startedOn();
    await sleep(10);
    const open: string[] = [];
    for (const entry of await readdir(data, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      const mode = (await lstat(path)).mode & 0o777;
      const wanted = entry.isDirectory() ? 0o700 : 0o600;
      if (!entry.isSymbolicLink() && mode !== wanted) open.push(`${mode.toString(8)} ${path}`);
    }
    expect(open).toEqual([]);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
  });
});

it('a path that is no folder is named', async () => {
  await writeFile(data, '');
  expect(await refusal()).toContain(`${data} is not a folder`);
  await rename(data, `${data}-file`);
});
