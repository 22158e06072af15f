import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Settings } from '../settings/settings.ts';
import type { CliContext } from './context.ts';
import { run } from './run.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-serve-'));
  await mkdir(join(folder, 'data'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs `gatescope serve` with a start of the test's own; it is asked to stop once it has said where to go. */
async function serve(startServer: CliContext['startServer'], args: readonly string[] = [], isTTY = false) {
  const [stdout, stderr] = [Object.assign(new PassThrough(), { isTTY }), new PassThrough()];
  const stopping = new AbortController();
  stdout.on('data', (chunk: Buffer) => {
    if (chunk.includes('Gatescope is at')) stopping.abort();
  });
  const said = text(stdout);
  const code = await run(['serve', ...args], {
    environment: { variables: {}, folder },
    stdout,
    stderr,
    stdin: new PassThrough(),
    fetch,
    clock: () => 0,
    newId: () => 'id',
    user: 'test',
    version: '1.2.3',
    stopping: stopping.signal,
    startServer,
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await said, stderr: await text(stderr) };
}

test('the first start says where to go and how to sign in, and ends cleanly when asked', async () => {
  let settings: Settings | undefined;
  let stops = 0;
  const { code, stdout } = await serve(
    async (given, { announce }) => {
      settings = given;
      await announce({ user: 'admin', password: 'swordfish' });
      return { url: 'http://127.0.0.1:4900', stop: async () => void stops++ };
    },
    ['--port', '4901'],
  );
  const file = join(folder, 'data', 'initial-password');
  expect([code, stops, settings?.port]).toEqual([0, 1, 4901]);
  expect(stdout).toBe(
    `Sign in as admin with the password in ${file}\nGatescope is at http://localhost:4900\n`,
  );
  expect(await readFile(file, 'utf8')).toBe('swordfish\n');
});

test('a terminal is shown the password itself', async () => {
  const { stdout } = await serve(
    async (_settings, { announce }) => {
      await announce({ user: 'admin', password: 'swordfish' });
      return { url: 'http://127.0.0.1:4900', stop: async () => undefined };
    },
    [],
    true,
  );
  expect(stdout).toContain('Sign in as admin with the password swordfish\n');
});

test('a later start names the file of the first password as long as it is there', async () => {
  const start: CliContext['startServer'] = async () => ({ url: 'http://h:1', stop: async () => undefined });
  expect((await serve(start)).stdout).toBe('Gatescope is at http://h:1\n');
  await serve(async (settings, { announce }) => {
    await announce({ user: 'admin', password: 'swordfish' });
    return start(settings, { announce } as never);
  });
  expect((await serve(start)).stdout).toContain(`password in ${join(folder, 'data', 'initial-password')}\n`);
});

test('a start that fails says what to do, and ends with 1', async () => {
  const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
  const { code, stdout, stderr } = await serve(() => Promise.reject(taken));
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain('GATESCOPE_PORT');
});

test('a Node that is too old is told so, and which one to take', async () => {
  const older = Object.assign(new Error('No such built-in module: node:sqlite'), {
    code: 'ERR_UNKNOWN_BUILTIN_MODULE',
  });
  const { code, stderr } = await serve(() => Promise.reject(older));
  expect([code, stderr]).toEqual([1, expect.stringContaining('install Node 24')]);
});
