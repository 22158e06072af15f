import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { close, open, post } from './body.fixture.ts';

afterEach(close);

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
