import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli, startCli } from './cli-process.ts';

interface Taken {
  readonly url: string;
  readonly key: string;
  readonly authorization: string | undefined;
  readonly body: Buffer;
}
type Misbehave = (response: ServerResponse, request: IncomingMessage) => boolean;

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-sending-'));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(folder, { recursive: true });
});

/** A peer on a real socket that takes `POST /ingest`, or misbehaves where it is told to. */
async function startPeer(misbehave: Misbehave = () => false): Promise<{ url: string; taken: Taken[] }> {
  const taken: Taken[] = [];
  const server = createServer(async (request, response) => {
    if (misbehave(response, request)) return;
    const body = await buffer(request);
    const { authorization } = request.headers;
    taken.push({
      url: request.url ?? '',
      key: String(request.headers['idempotency-key']),
      authorization,
      body,
    });
    const received = body.toString().split('\n').filter(Boolean).length;
    const bad = body.includes('broken') ? 1 : 0;
    const problem = { index: 0, line: 2, byte: 9, path: '', reason: 'unreadable', quarantineId: 'q' };
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        received,
        accepted: received - bad,
        duplicates: 0,
        quarantined: bad,
        problems: bad === 1 ? [problem] : [],
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('not listening');
  return { url: `http://127.0.0.1:${address.port}`, taken };
}

const file = async (name: string, content: string | Buffer): Promise<string> => {
  await writeFile(join(folder, name), content);
  return name;
};
const gatescope = (url: string, args: readonly string[], input?: string) =>
  runCli(args, {
    folder,
    variables: { GATESCOPE_URL: url, GATESCOPE_TOKEN: 'gs_test' },
    ...(input === undefined ? {} : { input }),
  });

describe('ingest', () => {
  test('sends a large file in pieces that are the file, with the token', async () => {
    const { url, taken } = await startPeer();
    const text = `{"event":"${'x'.repeat(990)}"}\n`.repeat(20_000);
    const { code, stdout } = await gatescope(url, ['ingest', await file('events.ndjson', text)]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ received: 20_000, accepted: 20_000, quarantined: 0 });
    expect(taken.length).toBeGreaterThan(2);
    expect(
      Buffer.concat(taken.map(({ body }) => body)).equals(await readFile(join(folder, 'events.ndjson'))),
    ).toBe(true);
    expect(new Set(taken.map(({ key }) => key)).size).toBe(taken.length);
    expect(taken[0]).toMatchObject({ url: '/ingest', authorization: 'Bearer gs_test' });
  });

  test('takes gzip, zstd and standard input, and names the vocabulary', async () => {
    const { url, taken } = await startPeer();
    await file('a.gz', gzipSync('{"a":1}\n'));
    await file('b.zst', Buffer.concat(['{"b":', '1}\n'].map((frame) => zstdCompressSync(frame))));
    const { code } = await gatescope(
      url,
      ['ingest', '--vocabulary', 'nginx', 'a.gz', 'b.zst', '-'],
      '{"c":1}\n',
    );
    expect(code).toBe(0);
    expect(taken.map(({ body }) => body.toString())).toEqual(['{"a":1}\n', '{"b":1}\n', '{"c":1}\n']);
    expect(new Set(taken.map(({ url }) => url))).toEqual(new Set(['/ingest/nginx']));
  });

  test('sends a piece again under the same key when the server was full or the connection broke', async () => {
    let calls = 0;
    const { url, taken } = await startPeer((response, request) => {
      calls++;
      if (calls === 1) response.writeHead(503, { 'retry-after': '0' }).end();
      if (calls === 2) request.socket.destroy();
      return calls < 3;
    });
    const { code, stderr } = await gatescope(url, ['ingest', await file('a', '{"a":1}\n')]);
    expect([code, calls, taken.length]).toEqual([0, 3, 1]);
    expect(stderr).toContain('Trying again');
  });

  test('the same file sent again has the same keys, a file rotated to its name has not', async () => {
    const { url, taken } = await startPeer();
    await gatescope(url, ['ingest', await file('a', '{"a":1}\n')]);
    await gatescope(url, ['ingest', './a']);
    await gatescope(url, ['ingest', await file('b', '{"a":1}\n')]);
    await gatescope(url, ['ingest', await file('a', '{"a":2}\n')]);
    const [first, again, other, rotated] = taken.map(({ key }) => key);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
    expect(rotated).not.toBe(first);
  });

  test('what went to quarantine is named by file and line; only --strict makes it a failure', async () => {
    const { url } = await startPeer();
    await file('a', '{"a":1}\nbroken\n');
    const lenient = await gatescope(url, ['ingest', 'a']);
    expect([lenient.code, lenient.stderr]).toEqual([0, 'a:2: unreadable\n']);
    expect(JSON.parse(lenient.stdout)).toMatchObject({ received: 2, accepted: 1, quarantined: 1 });
    expect((await gatescope(url, ['ingest', '--strict', 'a'])).code).toBe(1);
  });

  test('a refusal, an absent file and a damaged archive end it at once', async () => {
    const { url, taken } = await startPeer((response) => {
      const problem = { type: 'about:blank', title: 'Not allowed', status: 403, detail: 'needs ingest' };
      response.writeHead(403, { 'content-type': 'application/problem+json' }).end(JSON.stringify(problem));
      return true;
    });
    const refused = await gatescope(url, ['ingest', await file('a', '{}\n')]);
    expect(refused.code).toBe(77);
    expect(refused.stderr).toContain('Not allowed: needs ingest');
    expect((await gatescope(url, ['ingest', 'absent'])).code).toBe(1);
    const damaged = await gatescope(url, ['ingest', await file('b.gz', gzipSync('{}\n').subarray(0, 15))]);
    expect([damaged.code, taken]).toEqual([1, []]);
    expect(damaged.stderr).toContain('b.gz');
  });

  test('it gives up when patience ends', async () => {
    const { url } = await startPeer((response) => {
      response.writeHead(503, { 'retry-after': '60' }).end();
      return true;
    });
    const { code } = await gatescope(url, ['ingest', '--patience', '1s', await file('a', '{}\n')]);
    expect(code).toBe(1);
  });
});

describe('tail', () => {
  const event = (position: number) =>
    `id: ${position}\nevent: event\ndata: ${JSON.stringify({ position, path: '/a', status: 200 })}\n\n`;

  test('shows events, and goes on after the last one where the connection broke', async () => {
    const asked: (string | undefined)[] = [];
    const { url } = await startPeer((response, request) => {
      asked.push(`${request.url} ${request.headers['last-event-id']}`);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (asked.length === 1)
        response.write(`: hello\n\n${event(1)}${event(2)}`, () => request.socket.destroy());
      else response.write(`event: skipped\ndata: {"n":3}\n\n${event(6)}`);
      return true;
    });
    const { code, stdout, stderr } = await gatescope(url, ['tail', '--filter', 'status:200', '-n', '3']);
    expect(code).toBe(0);
    const positions = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).position);
    expect(positions).toEqual([1, 2, 6]);
    expect(stderr).toContain('skipped: {"n":3}');
    expect(asked).toEqual(['/api/tail?filter=status%3A200 undefined', '/api/tail?filter=status%3A200 2']);
  });

  test('ends with 0 when it is interrupted', async () => {
    const { url } = await startPeer((response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: skipped\ndata: {"n":1}\n\n`);
      return true;
    });
    const tail = startCli(['tail', '--url', url], { folder });
    await tail.said('skipped');
    tail.stop('SIGINT');
    expect((await tail.ended).code).toBe(0);
  });
});
