import { text } from 'node:stream/consumers';
import type { FastifyReply } from 'fastify';
import { expect, test } from 'vitest';
import { openEventStream } from './event-stream.ts';

function started() {
  const reply = { headers: () => reply } as unknown as FastifyReply;
  const closing = new AbortController();
  let may = true;
  const allowed = async () => may;
  const stream = openEventStream(reply, {
    closing: closing.signal,
    allowed,
    recheck: 60_000,
    capacity: 1_000,
  });
  return { stream, closing, revoke: () => (may = false) };
}

test('what waits for a slow reader does not reach one who was revoked meanwhile', async () => {
  const { stream, revoke } = started();
  for (let sent = 0; sent < 50; sent += 1) stream.send('event', { secret: 'x'.repeat(10) });
  expect(stream.room).toBe(false);
  revoke();
  const received = await text(stream.body);
  expect(received).not.toContain('xxx');
  expect(received).toMatch(/^event: error\ndata: .*401/);
  expect(stream.over.aborted).toBe(true);
});

test('what was sent before the end arrives, and the end with it', async () => {
  const { stream } = started();
  stream.send('event', { word: 'last' }, '7');
  stream.end();
  expect(await text(stream.body)).toMatch(/id: 7\nevent: event\ndata: \{"word":"last"\}\n\n$/);
});

test('a server that closes waits for no reader', () => {
  const { stream, closing } = started();
  for (let sent = 0; sent < 50; sent += 1) stream.send('event', { word: 'x'.repeat(100) });
  closing.abort();
  expect(stream.over.aborted).toBe(true);
});
