import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Door, openDoor } from './door.ts';
import { start } from './http-server.fixture.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const doors: Door[] = [];
afterEach(() => Promise.all(doors.splice(0).map((door) => door.close())));

async function open(host = '127.0.0.1', port = 0): Promise<Door> {
  const door = await openDoor({ host, port, basePath: '/gate', log: silent });
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
