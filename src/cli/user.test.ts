import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Access, openAccess } from '../access/access.ts';
import { firstPasswordFile, tellFirstPassword } from '../access/first-password.ts';
import { run } from './run.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const system = { kind: 'system', id: 'test', name: 'test' } as const;
let folder: string;
let data: string;
let access: Access;
let ids = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-user-'));
  data = join(folder, 'data');
  const clock = () => Date.now() * 1e3;
  const opened = await openAccess({ data, clock, log: quiet, newId: () => `id-${++ids}` });
  if (!opened.ok) throw new Error(opened.error.reason);
  access = opened.value;
});
afterEach(async () => {
  await access.close();
  await rm(folder, { recursive: true });
});

/** The command line of another process, as far as the open data is concerned: it opens the folder for itself. */
async function user(args: readonly string[], input = '') {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(['user', ...args], {
    environment: { variables: {}, folder },
    stdout,
    stderr,
    stdin: Readable.from([Buffer.from(input)]),
    fetch,
    clock: () => Date.now() * 1e3,
    newId: randomUUID,
    user: 'root',
    version: '1.2.3',
    stopping: new AbortController().signal,
    startServer: () => Promise.reject(new Error('not in this test')),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

test('a forgotten password is replaced while the server runs; its sessions end, and the trail tells', async () => {
  await access.users.ensureFirst(async (signIn) => {
    await tellFirstPassword({ data, terminal: false, ...signIn });
  });
  const [admin] = await access.users.list('default');
  const session = await access.sessions.open(admin!, '127.0.0.1');

  const { code, stdout } = await user(['password', 'admin', '-q']);
  expect(code).toBe(0);
  expect(await access.users.verify('admin', stdout.trim())).toEqual({ ok: true, value: admin });
  expect(await access.sessions.check(session)).toBeUndefined();
  await expect(stat(firstPasswordFile(data))).rejects.toThrow();
  const records: { action: string; identityType: string; user: string }[] = [];
  await access.drainOutbox(async (entries) => {
    for (const { record } of entries) records.push(JSON.parse(record));
  });
  expect(records.at(-1)).toMatchObject({ action: 'user.passwordChanged', identityType: 'cli', user: 'root' });
});

test('a password on standard input is taken and not repeated', async () => {
  const { code, stdout } = await user(
    ['create', 'ann', '--scope', 'read', '--stdin'],
    'correct horse battery\n',
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ user: { name: 'ann', tenant: 'default', scopes: ['read'] } });
  expect(stdout).not.toContain('horse');
  expect(await access.users.verify('ann', 'correct horse battery')).toMatchObject({
    ok: true,
    value: { name: 'ann' },
  });
  const short = await user(['password', 'ann', '--stdin'], 'short\n');
  expect([short.code, short.stderr]).toEqual([
    1,
    'The password on standard input must have 12 to 1024 characters.\n',
  ]);
  expect(await access.users.verify('ann', 'correct horse battery')).toMatchObject({ ok: true });
});

test('users belong to a tenant, and are listed there alone', async () => {
  await access.tenants.create('acme', system);
  const made = await user(['create', 'bea@acme.example', '--tenant', 'acme', '--scope', 'read,ingest']);
  const { password } = JSON.parse(made.stdout);
  expect(await access.users.verify('bea@acme.example', password)).toMatchObject({
    ok: true,
    value: { tenant: 'acme' },
  });
  expect((await user(['list'])).stdout).toBe('');
  expect((await user(['list', '--tenant', 'acme', '-o', 'table'])).stdout).toMatch(
    /bea@acme.example +read,ingest/,
  );
  const elsewhere = await user(['password', 'bea@acme.example']);
  expect([elsewhere.code, elsewhere.stdout]).toEqual([1, '']);
  expect(elsewhere.stderr).toContain('--tenant');
  const again = await user(['create', 'bea@acme.example', '--scope', 'read']);
  expect([again.code, again.stderr]).toEqual([
    1,
    'The name bea@acme.example is taken; names are unique over all tenants.\n',
  ]);
});
