import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { Refusal } from '../core/ingest.ts';
import type { Result } from '../core/result.ts';
import { type Body, readBody } from './body.ts';
import { defaultLimits, type IngestLimits } from './limits.ts';
import { createRoom, type Room } from './room.ts';

let server: Server | undefined;
afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

interface Reading {
  readonly port: number;
  readonly room: Room;
  /** What was read, in the order of the requests. */
  readonly read: Result<Body, Refusal>[];
  /** Resolves when the next body was read or refused. */
  next(): Promise<void>;
}

/** A server that reads bodies and answers with their length; it holds them unless told to release. */
async function open(more: Partial<IngestLimits> = {}, keep = false): Promise<Reading> {
  const limits = { ...defaultLimits, ...more };
  const room = createRoom(limits.inFlight, limits.wait);
  const read: Result<Body, Refusal>[] = [];
  let seen = Promise.withResolvers<void>();
  server = createServer(async (request, response) => {
    const body = await readBody(request, room, limits);
    read.push(body);
    seen.resolve();
    seen = Promise.withResolvers();
    if (body.ok && !keep) body.value.release();
    response.statusCode = body.ok ? 200 : body.error.status;
    response.end(body.ok ? String(body.value.bytes.length) : body.error.reason);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, room, read, next: () => seen.promise };
}

async function post(port: number, body: Buffer | string, encoding?: string) {
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    ...(encoding === undefined ? {} : { headers: { 'content-encoding': encoding } }),
  });
  return { status: answer.status, text: await answer.text() };
}

const text = Buffer.from('{"a":1}\n'.repeat(50_000));

describe('a body', () => {
  it.each([
    ['as it is', text, undefined],
    ['identity', text, 'identity'],
    ['gzip', gzipSync(text), 'gzip'],
    ['x-gzip', gzipSync(text), 'X-GZIP'],
    ['deflate in zlib form', deflateSync(text), 'deflate'],
    ['deflate in raw form', deflateRawSync(text), 'deflate'],
    ['zstd', zstdCompressSync(text), 'zstd'],
    [
      'gzip in two members',
      Buffer.concat([gzipSync(text.subarray(0, 9)), gzipSync(text.subarray(9))]),
      'gzip',
    ],
    ['zstd within gzip', gzipSync(zstdCompressSync(text)), 'zstd, gzip'],
  ])('is read %s', async (_, body, encoding) => {
    const { port, room, read } = await open();
    expect(await post(port, body, encoding)).toEqual({ status: 200, text: String(text.length) });
    expect(read[0]?.ok && read[0].value.bytes.equals(text)).toBe(true);
    expect(room.held).toBe(0);
  });

  it('is read in chunks without a length', async () => {
    const { port } = await open();
    const request = httpRequest({ port, host: '127.0.0.1', method: 'POST' });
    request.write(text);
    request.end(text);
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(200);
    response.resume();
  });

  it('may be empty, whatever its encoding', async () => {
    const { port } = await open();
    expect(await post(port, '', 'gzip')).toEqual({ status: 200, text: '0' });
  });

  it.each([
    ['announced', Buffer.alloc(3000, 'x'), undefined],
    ['compressed', gzipSync(Buffer.alloc(3_000_000)), 'gzip'],
    ['compressed by zstd', zstdCompressSync(Buffer.alloc(3_000_000)), 'zstd'],
  ])('is refused by 413 that names the limit when too large: %s', async (_, body, encoding) => {
    const { port, room } = await open({ body: 2000 });
    const answer = await post(port, body, encoding);
    expect(answer.status).toBe(413);
    expect(answer.text).toContain('2000 bytes');
    expect(room.held).toBe(0);
  });

  it('that is a bomb is refused by 413 and leaves the connection of use', async () => {
    const { port } = await open({ body: 1_000_000 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const bomb = gzipSync(Buffer.alloc(300_000_000));
    const statuses: (number | undefined)[] = [];
    for (const [body, headers] of [[bomb, { 'content-encoding': 'gzip' }] as const, [text, {}] as const]) {
      const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', agent, headers });
      request.end(body);
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      await once(answer.resume(), 'end');
      statuses.push(answer.statusCode);
    }
    agent.destroy();
    expect(statuses).toEqual([413, 200]);
  });

  it('is refused by 415 in an unknown encoding', async () => {
    const { port } = await open();
    expect(await post(port, text, 'br')).toMatchObject({
      status: 415,
      text: expect.stringContaining('gzip'),
    });
    expect((await post(port, text, 'gzip, gzip, gzip')).status).toBe(415);
  });

  it.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['zstd', zstdCompressSync(text)],
  ])('is refused by 400 when cut short or no %s at all', async (encoding, whole) => {
    const { port, room } = await open();
    expect((await post(port, whole.subarray(0, whole.length - 20), encoding)).status).toBe(400);
    expect((await post(port, text, encoding)).status).toBe(400);
    expect(room.held).toBe(0);
  });

  it('whose connection breaks is refused and leaves its room', async () => {
    const { port, room, read, next } = await open();
    const socket = connect(port, '127.0.0.1');
    const refused = next();
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc');
    await once(server as Server, 'request');
    socket.destroy();
    await refused;
    expect(read[0]).toMatchObject({ ok: false, error: { status: 400 } });
    expect(room.held).toBe(0);
  });
});

describe('the room', () => {
  it('turns away by 503 who finds none in time', async () => {
    const { port } = await open({ inFlight: 1000, wait: 20 }, true);
    expect((await post(port, Buffer.alloc(800))).status).toBe(200);
    expect((await post(port, Buffer.alloc(300))).status).toBe(503);
    expect((await post(port, Buffer.alloc(200))).status).toBe(200);
  });

  it('lets who waits in as soon as another leaves, in the order they came', async () => {
    const room = createRoom(10, 60_000);
    const first = room.enter();
    expect(await first.take(10)).toBe(true);
    const order: string[] = [];
    const second = room.enter();
    const third = room.enter();
    const waits = [
      second.take(8).then(() => order.push('second')),
      third.take(4).then(() => order.push('third')),
    ];
    first.leave();
    await waits[0];
    expect(order).toEqual(['second']);
    second.leave();
    await waits[1];
    expect(room.held).toBe(4);
  });

  it('never stands still when all that is held belongs to bodies that wait for more', async () => {
    const room = createRoom(10, 60_000);
    const [first, second] = [room.enter(), room.enter()];
    await Promise.all([first.take(5), second.take(5)]);
    const more = first.take(5);
    const other = second.take(5);
    expect(await more).toBe(true);
    first.leave();
    expect(await other).toBe(true);
    second.leave();
    expect(room.held).toBe(0);
  });
});
