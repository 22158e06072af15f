/**
 * The example for NGINX, run: a real NGINX proxies real requests to a real upstream, one member of which is dead; its
 * log is followed, rotated once, and the answers are compared with what was sent, request by request.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame } from '../../src/core/frame.ts';
import { type StartedServer, startTestServer } from '../started-server.ts';

const example = fileURLToPath(new URL('../../examples/nginx', import.meta.url));
const missing =
  spawnSync('nginx', ['-v']).error === undefined ? undefined : 'needs the Debian package nginx-light';

/** One request as its client saw it. */
interface Sent {
  readonly method: string;
  readonly path: string;
  readonly agent: string;
  readonly status: number;
  readonly body: number;
}

describe.skipIf(missing !== undefined)(`NGINX${missing === undefined ? '' : ` (${missing})`}`, () => {
  const sent: Sent[] = [];
  let folder: string;
  let upstream: Server;
  let nginx: ChildProcess;
  let gateway: string;
  let server: StartedServer;
  const began = Date.now() - 60_000;

  /** A free port, nobody listening on it. */
  async function freePort(): Promise<number> {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    return port;
  }

  async function request(method: string, path: string, body?: string): Promise<void> {
    const agent = `test/${sent.length} "quoted" \\ ä`;
    const headers = { 'user-agent': Buffer.from(agent).toString('latin1') };
    const answer = await fetch(`${gateway}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const length = (await answer.arrayBuffer()).byteLength;
    sent.push({ method, path, agent, status: answer.status, body: length });
  }

  async function drive(): Promise<void> {
    for (let index = 0; index < 10; index += 1) {
      await request('GET', `/orders/${index}?page=${index}`);
      await request('GET', '/status/404');
      await request('POST', '/orders', JSON.stringify({ index }));
      await request('GET', '/status/500');
      await request('DELETE', `/orders/${index}`);
      await request('GET', '/internal/keys');
    }
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatescope-nginx-'));
    await cp(example, folder, { recursive: true });
    await mkdir(join(folder, 'logs'), { recursive: true });
    upstream = createServer((request, response) => {
      request.resume();
      response.statusCode = Number(/^\/status\/(\d+)/.exec(request.url ?? '')?.[1] ?? 200);
      const text = `${request.method} ${request.url}`;
      // Without it NGINX would count the frames of chunks among the bytes of the body.
      response.setHeader('content-length', Buffer.byteLength(text));
      response.end(text);
    }).listen(0, '127.0.0.1');
    await once(upstream, 'listening');
    const port = await freePort();
    gateway = `http://127.0.0.1:${port}`;
    const config = (await readFile(join(example, 'nginx.conf'), 'utf8'))
      .replace('127.0.0.1:8080', `127.0.0.1:${port}`)
      .replace('127.0.0.1:9001', `127.0.0.1:${(upstream.address() as AddressInfo).port}`)
      .replace('127.0.0.1:9002', `127.0.0.1:${await freePort()}`);
    await writeFile(join(folder, 'nginx.conf'), `daemon off;\nmaster_process off;\n${config}`);
    server = await startTestServer({ GATESCOPE_CONFIG: join(folder, 'gatescope.yaml') });

    nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf'], { stdio: 'ignore' });
    while ((await fetch(`${gateway}/internal/`).catch(() => undefined)) === undefined) await sleep(20);
    await drive();
    const log = join(folder, 'logs/access.json');
    await rename(log, `${log}.1`);
    nginx.kill('SIGUSR1');
    while ((await stat(log).catch(() => undefined)) === undefined) await sleep(20);
    await drive();
    const all = (frame: Frame) => frame.totals[0];
    while (all(await ask({ filter: 'userAgent:test*', measures: ['count'] })) !== sent.length)
      await sleep(50);
  });
  afterAll(async () => {
    nginx?.kill('SIGTERM');
    await server?.stop();
    upstream?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = (query: object): Promise<Frame> =>
    server.api('/api/query', { from: began, to: 'now+1h', ...query });
  const filter = encodeURIComponent('userAgent:test*');
  const events = async () =>
    (
      await server.api<{ events: Record<string, unknown>[] }>(
        `/api/events?from=${began}&to=now%2B1h&filter=${filter}&limit=5000&order=oldest`,
      )
    ).events;

  const attemptsOf = (event: Record<string, unknown>): string[] =>
    (event.attributes as Record<string, string>).upstream_addr?.split(', ') ?? [];

  it('is answered for request by request: method, path, status and caller of each, once', async () => {
    const seen = (await events()).map(({ method, path, status, userAgent }) => ({
      method,
      path,
      status,
      userAgent,
    }));
    const byAgent = (a: { userAgent?: unknown }, b: { userAgent?: unknown }) =>
      String(a.userAgent) < String(b.userAgent) ? -1 : 1;
    expect(seen.sort(byAgent)).toEqual(
      sent
        .map(({ method, path, status, agent }) => ({ method, path, status, userAgent: agent }))
        .sort(byAgent),
    );
  });

  it('shows for each request who answered, how long that took and how often it was tried', async () => {
    let retried = 0;
    for (const event of await events()) {
      expect(event).toMatchObject({
        vocabulary: 'nginx',
        family: 'traffic',
        service: 'orders',
        clientIp: '127.0.0.1',
      });
      if (event.path === '/internal/keys') {
        expect(event).toMatchObject({ outcome: 'denied', granted: false });
        expect(event.upstreamDuration).toBeUndefined();
        continue;
      }
      // NGINX rounds each time by itself, to milliseconds.
      expect(event.upstreamDuration).toBeLessThanOrEqual(
        (event.duration as number) + 2000 * attemptsOf(event).length,
      );
      expect(event.attempts).toBe(attemptsOf(event).length);
      if (attemptsOf(event).length > 1) retried += 1;
    }
    expect(retried).toBeGreaterThan(0);
  });

  it('is counted as it was sent: by status, by path, denied and failed', async () => {
    const frame = await ask({
      filter: 'userAgent:test*',
      measures: ['requests', 'denied', 'errors'],
      by: ['status'],
      orderBy: 'status asc',
      limit: 100,
    });
    const count = (status: number) => sent.filter((one) => one.status === status).length;
    expect(frame.rows).toEqual([
      [200, count(200), 0, 0],
      [403, count(403), count(403), 0],
      [404, count(404), 0, 0],
      [500, count(500), 0, count(500)],
    ]);
    expect(frame.totals.slice(1)).toEqual([sent.length, count(403), count(500)]);
  });

  it('keeps each line as NGINX wrote it', async () => {
    const [first] = await events();
    const stored = await server.api<{ raw: string }>(`/api/events/${encodeURIComponent(String(first?.id))}`);
    const [line] = (await readFile(join(folder, 'logs/access.json.1'), 'utf8'))
      .split('\n')
      .filter((text) => text.includes('test/0 '));
    expect(stored.raw).toBe(line);
    expect(JSON.parse(stored.raw).body_bytes_sent).toBe(String(sent[0]?.body));
  });
});
