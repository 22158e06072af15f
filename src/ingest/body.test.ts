import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { bytesOf, close, dribble, nextRequest, open, post, text } from './body.fixture.ts';

afterEach(close);

const nothing = Buffer.alloc(0);

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
      Buffer.concat([text.subarray(0, 9), nothing, text.subarray(9)].map((part) => zstdCompressSync(part))),
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
    await nextRequest();
    socket.destroy();
    await refused;
    expect(read[0]).toMatchObject({ ok: false, error: { status: 400 } });
    expect(room.held).toBe(0);
  });
});

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
    close();
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
    close();
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
    await nextRequest();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(room.held).toBeGreaterThan(0);
    expect(room.held).toBeLessThan(50_000);
    socket.destroy();
  });
});
