import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Refusal } from '../core/ingest.ts';
import type { Result } from '../core/result.ts';
import { type Body, readBody } from './body.ts';
import { Gathered } from './gathered.ts';
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
    const body = await readBody(request, 'a', room, limits);
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

const empty0 = Buffer.alloc(0);
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
    [
      'zstd in frames',
      Buffer.concat([text.subarray(0, 9), empty0, text.subarray(9)].map((part) => zstdCompressSync(part))),
      'zstd',
    ],
    [
      'gzip with zeros between',
      Buffer.concat([
        gzipSync(text.subarray(0, 9)),
        Buffer.alloc(600),
        gzipSync(text.subarray(9)),
        Buffer.alloc(600),
      ]),
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
    const followed = await post(port, Buffer.concat([whole, Buffer.from('{"a":1}')]), encoding);
    expect(followed.status).toBe(400);
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

/** Sends the head of a request and then a piece every `every` milliseconds, until the connection ends; what was answered. */
async function dribble(
  port: number,
  headers: string,
  pieces: Iterator<string | Buffer, unknown>,
  every: number,
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes: Buffer) => {
    answer += bytes.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`);
  const sending = setInterval(() => socket.write((pieces.next().value ?? '') as Buffer), every);
  await closed;
  clearInterval(sending);
  return answer;
}

const bytesOf = (all: Buffer): Buffer[] => Array.from(all, (byte) => Buffer.from([byte]));

describe('a body that comes slowly', () => {
  const limits = { leastRate: 1_000, rateWindow: 200 };

  it.each([
    ['announced', 'content-length: 100000000', 'x'.repeat(1000)],
    ['in chunks', 'transfer-encoding: chunked', Array(1000).fill('1\r\nx\r\n')],
    ['compressed', 'content-encoding: gzip\r\ncontent-length: 100000000', bytesOf(gzipSync(text))],
  ])('is answered 408 that names the rate, and its connection is closed: %s', async (_, headers, pieces) => {
    const { port, room } = await open(limits);
    const answer = await dribble(port, headers, pieces[Symbol.iterator](), 50);
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('1000 bytes a second');
    expect(room.held).toBe(0);
  });

  it('is taken as long as it keeps the rate', async () => {
    const { port, read, next } = await open(limits);
    const done = next();
    const sent = dribble(port, 'content-length: 4000', Array(1000).fill(Buffer.alloc(100)).values(), 20);
    await done;
    expect(read[0]?.ok).toBe(true);
    server?.closeAllConnections();
    await sent;
  });

  it.each(['deflate', 'gzip', 'zstd'])('is read in %s, a byte at a time', async (encoding) => {
    const { port, read, next } = await open();
    const encode = { deflate: deflateSync, gzip: gzipSync, zstd: zstdCompressSync }[
      encoding
    ] as typeof gzipSync;
    const pieces = bytesOf(encode(text));
    const done = next();
    const headers = `content-encoding: ${encoding}\r\ncontent-length: ${pieces.length}`;
    const sent = dribble(port, headers, pieces.values(), 1);
    await done;
    expect(read[0]?.ok && read[0].value.bytes.equals(text)).toBe(true);
    server?.closeAllConnections();
    await sent;
  });

  it('is not charged for the time in which there was no room to read it', async () => {
    const { port, room } = await open({ ...limits, inFlight: 400_000, wait: 5_000 });
    const other = room.enter('a');
    expect(await other.take(340_000)).toBe(true);
    const sent = post(port, Buffer.alloc(100_000));
    await new Promise((resolve) => setTimeout(resolve, 700));
    other.leave();
    expect((await sent).status).toBe(200);
  });

  it('takes room for what has come, whatever was announced', async () => {
    const { port, room } = await open();
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\nabc');
    await once(server as Server, 'request');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(room.held).toBeGreaterThan(0);
    expect(room.held).toBeLessThan(50_000);
    socket.destroy();
  });

  it('in tiny pieces takes little more memory than its bytes', async () => {
    const gathered = new Gathered(0, false);
    const before = process.memoryUsage();
    for (let n = 0; n < 400_000; n += 1) await gathered.add(Buffer.from([n % 256]));
    global.gc?.();
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4_000_000);
    const bytes = await gathered.bytes();
    expect(bytes.length).toBe(400_000);
    expect(bytes.every((byte, n) => byte === n % 256)).toBe(true);
  });
});

describe('pieces of any size', () => {
  it('come together as they were sent, announced or not, decoded or not', async () => {
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 4_000, max: 700_000 })),
    );
    const property = fc.asyncProperty(
      sizes,
      fc.boolean(),
      fc.boolean(),
      async (all, isAnnounced, isDecoded) => {
        const total = all.reduce((sum, size) => sum + size, 0);
        const whole = Buffer.alloc(total, '0123456789abcdefghijklmnopqrstuvwxyz');
        // As of a decoder: several in one memory.
        const memory = Buffer.concat([whole]);
        const gathered = new Gathered(isAnnounced && !isDecoded ? total : 0, isDecoded);
        let at = 0;
        for (const size of all) {
          const piece = memory.subarray(at, at + size);
          await gathered.add(isDecoded ? piece : Buffer.from(piece));
          at += size;
        }
        expect((await gathered.bytes()).equals(whole)).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

/** Milliseconds of processor time that this process uses for `work`. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
const repeated = (piece: Buffer, times: number): Buffer => Buffer.alloc(piece.length * times, piece);
const empty = gzipSync('');

describe('a body made to cost much', () => {
  it.each([
    ['gzip of gzip of empty members', gzipSync(repeated(empty, 5_000_000)), 'gzip, gzip'],
    ['deflate of gzip of empty members', deflateSync(repeated(empty, 5_000_000)), 'gzip, deflate'],
    ['zstd of gzip of empty members', zstdCompressSync(repeated(empty, 5_000_000)), 'gzip, zstd'],
    ['zstd of empty frames', repeated(zstdCompressSync(''), 100_000), 'zstd'],
    [
      'zstd of zstd of empty frames',
      zstdCompressSync(repeated(zstdCompressSync(''), 9_000_000)),
      'zstd, zstd',
    ],
    [
      'gzip of empty members between zeros',
      repeated(Buffer.concat([empty, Buffer.alloc(1)]), 100_000),
      'gzip',
    ],
    ['gzip of gzip of nothing but zeros', gzipSync(gzipSync(Buffer.alloc(200_000_000))), 'gzip, gzip'],
  ])('is refused by 413 that names the limit before it has: %s', async (_, body, encoding) => {
    const { port, room } = await open();
    const used = await timeOf(async () => {
      const answer = await post(port, body, encoding);
      expect(answer).toMatchObject({ status: 413, text: expect.stringContaining('100000000 bytes') });
    });
    expect(used).toBeLessThan(1_000);
    expect(room.held).toBe(0);
  });

  it('of which nothing comes out is bounded by what goes in', async () => {
    const { port } = await open({ body: 1_000_000 });
    const request = httpRequest({
      port,
      host: '127.0.0.1',
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
    });
    request.write(repeated(empty, 40_000));
    request.end(repeated(empty, 40_000));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    response.resume();
  });

  it('by a window larger than HTTP allows is refused by 400', async () => {
    const { port } = await open();
    const options = { params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 } };
    const wide = zstdCompressSync(Buffer.alloc(20_000_000), options);
    expect((await post(port, wide, 'zstd')).status).toBe(400);
  });
});
