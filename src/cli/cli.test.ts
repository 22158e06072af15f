import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Access, openAccess } from '../access/access.ts';
import { createHttpServer } from '../api/http-server.ts';
import { type Ended, runCli } from './cli-process.ts';
import { commands } from './commands.ts';
import { run } from './run.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const ends: (() => Promise<unknown>)[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-cli-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await rm(folder, { recursive: true });
});

const gatescope = (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> => runCli(args, { folder, variables });
const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** In this process, for what ends before it does anything. */
async function inProcess(args: readonly string[]): Promise<Ended> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(args, {
    environment: { variables: {}, folder },
    stdout,
    stderr,
    stdin: new PassThrough(),
    fetch,
    clock: () => 0,
    newId: () => 'id',
    user: 'test',
    version: '1.2.3',
    stopping: new AbortController().signal,
    startServer: () => Promise.reject(new Error('not in this test')),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

describe('the command line', () => {
  test('every command has help with an example', async () => {
    for (const { name, doc } of commands) {
      const { code, stdout } = await inProcess([name, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(doc);
      expect(stdout).toContain(`$ gatescope ${name}`);
    }
    const { stdout } = await inProcess(['--help']);
    for (const { name, doc } of commands) expect(stdout).toMatch(new RegExp(`^  ${name} .*${doc}$`, 'm'));
    expect((await inProcess(['help', 'query'])).stdout).toContain('--granularity');
  });

  test('a wrong command line ends with 2, on standard error', async () => {
    for (const args of [['bogus'], ['query', '--limit', 'x'], ['token', 'create'], ['ingest']]) {
      const { code, stdout, stderr } = await inProcess(args);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('error:');
    }
  });

  test('the version is that of the package', async () => {
    expect((await gatescope(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('a server that does not answer ends with 69, naming its address', async () => {
    const { code, stderr } = await gatescope(['query', '--url', 'http://127.0.0.1:9']);
    expect(code).toBe(69);
    expect(stderr).toContain('http://127.0.0.1:9');
  });
});

describe('config check', () => {
  test('names file, line and reason of each mistake and ends with 78', async () => {
    await writeFile(join(folder, 'gatescope.yaml'), 'host: 127.0.0.1\nprot: 1\nport: many\n');
    const { code, stdout } = await gatescope(['config', 'check']);
    expect(code).toBe(78);
    expect(stdout.replaceAll(`${folder}/`, '')).toBe(
      'gatescope.yaml:2: prot: is not a setting; did you mean port?\n' +
        'gatescope.yaml:3: port: must be integer, not many\n',
    );
    const json = await gatescope(['config', 'check', '-o', 'json']);
    expect(linesOf(json.stdout)[0]).toMatchObject({ line: 2, path: 'prot' });
  });

  test('says that all is fine, and with what', async () => {
    await writeFile(join(folder, 'mine.yaml'), 'port: 1234\n');
    const { code, stderr } = await gatescope(['config', 'check', '--config', 'mine.yaml']);
    expect(code).toBe(0);
    expect(stderr).toContain('mine.yaml');
  });

  test('serve does not start with mistakes', async () => {
    const { code, stderr } = await gatescope(['serve'], { GATESCOPE_PORT: 'x' });
    expect([code, stderr]).toEqual([78, 'GATESCOPE_PORT: port: must be integer, not x\n']);
  });
});

const openData = async (): Promise<Access> => {
  let ids = 0;
  const opened = await openAccess({
    data: join(folder, 'data'),
    clock: () => Date.now() * 1e3,
    log: quiet,
    newId: () => `id-${++ids}`,
  });
  if (!opened.ok) throw new Error(opened.error.reason);
  ends.push(() => opened.value.close());
  return opened.value;
};

describe('token', () => {
  test('works on the data folder, also while it is open elsewhere', async () => {
    const { tokens, drainOutbox } = await openData();
    const made = await gatescope([
      'token',
      'create',
      'ci',
      '--scope',
      'ingest,read',
      '--expires',
      '1d',
      '-q',
    ]);
    expect(made.code).toBe(0);
    const secret = made.stdout.trim();
    expect(await tokens.check(secret)).toMatchObject({ tenant: 'default', scopes: ['ingest', 'read'] });

    const [listed] = linesOf((await gatescope(['token', 'list'])).stdout);
    expect(listed).toMatchObject({ name: 'ci', scopes: ['ingest', 'read'] });
    expect((await gatescope(['token', 'list', '-o', 'table'])).stdout).toMatch(/^id .*\n.* ci .* until /);

    expect((await gatescope(['token', 'revoke', listed.id])).code).toBe(0);
    expect((await gatescope(['token', 'revoke', listed.id])).code).toBe(1);
    tokens.forget();
    expect(await tokens.check(secret)).toBeUndefined();
    const actions: string[] = [];
    await drainOutbox(async (entries) => {
      for (const { record } of entries) actions.push(JSON.parse(record).action);
    });
    expect(actions).toEqual(['token.created', 'token.revoked']);
  });

  test('does not make a data folder where there is none', async () => {
    const { code, stderr } = await gatescope(['token', 'list', '--data', 'elsewhere']);
    expect(code).toBe(1);
    expect(stderr).toContain(join(folder, 'elsewhere'));
  });

  test('refuses an unknown tenant', async () => {
    await openData();
    const { code, stderr } = await gatescope(['token', 'create', 'a', '--scope', 'read', '--tenant', 'none']);
    expect([code, stderr]).toEqual([1, 'There is no tenant none.\n']);
  });

  test('works by API where an address is given', async () => {
    const access = await openData();
    await access.tokens.fix('default', 'the-admin-token');
    const server = await createHttpServer({
      routes: access.routes(async () => undefined),
      authenticate: access.authenticate,
      log: quiet,
      newId: () => 'request',
      version: '0',
      basePath: '',
      trustedProxies: [],
      closing: new AbortController(),
    });
    ends.push(() => server.close());
    const GATESCOPE_URL = await server.listen({ port: 0, host: '127.0.0.1' });
    const admin = { GATESCOPE_URL, GATESCOPE_TOKEN: 'the-admin-token' };

    const [made] = linesOf((await gatescope(['token', 'create', 'ci', '--scope', 'read'], admin)).stdout);
    expect(await access.tokens.check(made.secret)).toMatchObject({ name: 'ci' });
    const listed = linesOf((await gatescope(['token', 'list'], admin)).stdout);
    expect(listed.map(({ name }) => name)).toContain('ci');
    expect((await gatescope(['token', 'revoke', made.token.id], admin)).code).toBe(0);
    expect(await access.tokens.check(made.secret)).toBeUndefined();

    const refused = await gatescope(['token', 'list'], { GATESCOPE_URL });
    expect([refused.code, refused.stdout]).toEqual([77, '']);
    expect(refused.stderr).toContain('GATESCOPE_TOKEN');
    const wrong = await gatescope(['token', 'revoke', 'none'], admin);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('No such token');
  });
});

describe('doctor', () => {
  const findings = async (variables: Readonly<Record<string, string>>) => {
    const { code, stdout } = await gatescope(['doctor'], { GATESCOPE_PORT: '0', ...variables });
    const found = linesOf(stdout) as { check: string; state: string; message: string }[];
    return { code, of: (check: string) => found.find((finding) => finding.check === check) };
  };
  const listen = (server: Server) =>
    new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });

  test('finds a machine fine, the embedded engine included', async () => {
    const { of } = await findings({});
    expect(of('engine')).toMatchObject({ state: 'ok' });
    expect(of('data')).toMatchObject({ state: 'ok' });
    expect(of('disk')?.message).toMatch(/GB free/);
  });

  test('names what is in the way, and ends with 1', async () => {
    const taken = createServer((socket) => socket.destroy());
    const port = await listen(taken);
    ends.push(() => new Promise((resolve) => taken.close(resolve)));
    for (const name of ['cert.pem', 'key.pem']) await writeFile(join(folder, name), 'not PEM');
    const { code, of } = await findings({
      GATESCOPE_PORT: String(port),
      GATESCOPE_TLS_CERT: 'cert.pem',
      GATESCOPE_TLS_KEY: 'key.pem',
      GATESCOPE_ADMIN_TOKEN: 'short',
      GATESCOPE_STORE_URL: 'http://127.0.0.1:9',
    });
    expect(code).toBe(1);
    expect(of('port')).toMatchObject({ state: 'fail', message: expect.stringContaining('taken') });
    expect(of('tls')).toMatchObject({ state: 'fail' });
    expect(of('adminToken')).toMatchObject({ state: 'warn' });
    expect(of('store')).toMatchObject({ state: 'fail', message: expect.stringContaining('127.0.0.1:9') });
  });

  test('warns of tokens in clear beyond this machine', async () => {
    const { of } = await findings({ GATESCOPE_HOST: '0.0.0.0' });
    expect(of('tls')).toMatchObject({ state: 'warn' });
  });

  test('tells mistakes in the settings, and ends with 78', async () => {
    const { code, of } = await findings({ GATESCOPE_PORT: 'x' });
    expect(code).toBe(78);
    expect(of('settings')).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('GATESCOPE_PORT'),
    });
  });
});
