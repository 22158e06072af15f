import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { PublicRoute } from '../access/route.ts';
import { elasticErrors } from '../receivers/elasticsearch.ts';
import { type Door, type DoorOptions, openDoor } from './door.ts';
import { start } from './http-server.fixture.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const doors: Door[] = [];
afterEach(() => Promise.all(doors.splice(0).map((door) => door.close())));

async function open(host = '127.0.0.1', port = 0, more: Partial<DoorOptions> = {}): Promise<Door> {
  const errorShapes = [elasticErrors];
  const door = await openDoor({ host, port, basePath: '/gate', log: silent, errorShapes, ...more });
  doors.push(door);
  return door;
}

test('a door with nobody behind it is live, and tells everybody else to come back', async () => {
  const { url } = await open();
  const live = await fetch(`${url}/livez?now`);
  expect([live.status, await live.json()]).toEqual([200, { status: 'live' }]);
  expect((await fetch(`${url}/livez`, { method: 'HEAD' })).status).toBe(200);
  for (const [path, init] of [
    ['/readyz', {}],
    ['/api/query', { method: 'POST', body: 'x'.repeat(1_000_000) }],
  ] as const) {
    const answer = await fetch(`${url}${path}`, init);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await answer.json()).toMatchObject({
      title: 'Not ready',
      status: 503,
      errors: [{ path: 'journal', reason: 'is recovering' }],
    });
  }
});

/** What a sender sees: a status with its body, or the code of a broken connection. */
async function send(url: string, userAgent: string, body = '{}\n'): Promise<unknown[]> {
  const headers = { 'user-agent': userAgent };
  const request = httpRequest(url, { method: 'POST', agent: false, headers });
  try {
    request.end(body);
    const [response] = await once(request, 'response');
    let text = '';
    for await (const piece of response) text += piece;
    return [response.statusCode, text === '' ? '' : JSON.parse(text), response.headers];
  } catch (error) {
    return [(error as NodeJS.ErrnoException).code];
  }
}

describe('what is sent before events can be taken', () => {
  const taken: string[] = [];
  const sink: PublicRoute = {
    method: 'POST',
    url: '/es/_bulk',
    doc: 'Takes any bytes.',
    tag: 'test',
    access: { public: 'a test needs one.' },
    body: 'stream',
    handle: async ({ request }) => {
      let length = 0;
      for await (const piece of request.raw) length += piece.length;
      taken.push(String(length));
      return { length };
    },
  };

  test('is held, and gets its true answer once they can be, however large it is', async () => {
    const door = await open();
    const early = send(`${door.url}/es/_bulk`, 'Otoroshi-ahc', 'x'.repeat(5_000_000));
    const small = send(`${door.url}/es/_bulk`, 'curl/8.5.0');
    await sleep(100);
    expect(taken).toEqual([]);
    const { server } = await start({ basePath: '/gate', routes: [sink] });
    server.enter(door);
    expect((await early).slice(0, 2)).toEqual([200, { length: 5_000_000 }]);
    expect((await small)[0]).toBe(200);
  });

  test('is refused after a while, or when it is one too many: by a broken connection to whom an answer is final', async () => {
    const { url } = await open('127.0.0.1', 0, { holding: { most: 2, patience: 300 } });
    const held = [send(`${url}/es/_bulk`, 'Otoroshi-ahc'), send(`${url}/es/_bulk`, 'curl/8.5.0')];
    await sleep(100);
    expect(await send(`${url}/es/_bulk`, 'Otoroshi-ahc')).toEqual(['ECONNRESET']);
    expect((await send(`${url}/ingest`, 'Otoroshi-ahc'))[0]).toBe('ECONNRESET');
    expect((await send(`${url}/ingest/nginx`, 'node'))[0]).toBe(503);
    expect(await held[0]).toEqual(['ECONNRESET']);
    const [status, body, headers] = (await held[1]) as [number, unknown, Record<string, string>];
    expect([status, headers['retry-after'], headers['x-elastic-product']]).toEqual([
      503,
      '1',
      'Elasticsearch',
    ]);
    expect(body).toMatchObject({ status: 503, error: { type: 'es_rejected_execution_exception' } });
  });

  test('is refused without an answer over TLS too', async () => {
    const pem = (name: string) =>
      readFile(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
    const tls = { cert: await pem('cert'), key: await pem('key') };
    const { url } = await open('127.0.0.1', 0, { tls, holding: { most: 0, patience: 0 } });
    const failure = await new Promise<NodeJS.ErrnoException>((resolve, reject) => {
      const headers = { 'user-agent': 'Otoroshi-akka' };
      httpsRequest(`${url}/es/_bulk`, { method: 'POST', agent: false, ca: tls.cert, headers }, reject)
        .on('error', resolve)
        .end('{}');
    });
    expect(failure.code).toBe('ECONNRESET');
  });

  test('is let go when the server stops before it was ready', async () => {
    const door = await open();
    const held = send(`${door.url}/es/_bulk`, 'curl/8.5.0');
    await sleep(100);
    await door.close();
    expect(await held).toEqual(['ECONNRESET']);
  });
});

test('a door that closes drops new requests on open connections, and lets running ones have their answer', async () => {
  let finish = () => {};
  const begun = Promise.withResolvers<void>();
  const slow: PublicRoute = {
    method: 'POST',
    url: '/slow',
    doc: 'Slow.',
    tag: 'test',
    access: { public: 'a test needs one.' },
    handle: async () => {
      begun.resolve();
      await new Promise<void>((resolve) => (finish = resolve));
      return { done: true };
    },
  };
  const { server, url } = await start({ routes: [slow] });
  const { port } = new URL(url);
  let answers = '';
  const socket = connect(Number(port), '127.0.0.1', () => socket.write(request));
  const request = 'POST /slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n';
  socket.on('data', (piece) => (answers += piece));
  const ended = once(socket, 'close');
  await begun.promise;
  const closed = server.close();
  socket.write(request);
  await sleep(50);
  finish();
  await Promise.all([ended, closed]);
  expect(answers).toMatch(/^connection: close\r$/im);
  expect(answers.split('HTTP/1.1 ')).toEqual(['', expect.stringMatching(/^200 .*\{"done":true\}$/s)]);
});

test('a door that is handed over leads to the server, on the connections that are open too', async () => {
  const door = await open();
  expect((await fetch(`${door.url}/open`)).status).toBe(503);
  const { server } = await start({ basePath: '/gate' });
  server.enter(door);
  expect(await (await fetch(`${door.url}/open`)).json()).toEqual({ open: true });
  await server.close();
  await expect(fetch(`${door.url}/open`)).rejects.toThrow();
});

test('a port that is taken is the system’s error', async () => {
  const port = Number(new URL((await open()).url).port);
  await expect(open('127.0.0.1', port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
});

test('localhost is reached by its IPv4 address, and by the other where the machine has one', async () => {
  const { url } = await open('localhost');
  const { port } = new URL(url);
  expect(url).toBe(`http://localhost:${port}/gate`);
  expect((await fetch(`http://127.0.0.1:${port}/gate/livez`)).status).toBe(200);
});

test('a connection whose headers do not come is closed, whether it is silent or slow', async () => {
  const { port } = new URL((await open()).url);
  const began = performance.now();
  const lasting = ['', 'GET / HTTP/1.1\r\nhost: x\r\n'].map((head) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(head)).on('error', () => {});
    const dribbling = setInterval(() => head !== '' && socket.write('x'), 500);
    socket.resume();
    return new Promise((resolve) => socket.once('close', resolve)).finally(() => clearInterval(dribbling));
  });
  await Promise.all(lasting);
  // Bodies have five minutes.
  expect(performance.now() - began).toBeLessThan(60_000);
}, 90_000);
