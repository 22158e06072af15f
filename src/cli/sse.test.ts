import { expect, test } from 'vitest';
import { readEvents, type ServerSentEvent } from './sse.ts';

const read = async (chunks: readonly (string | Uint8Array)[]): Promise<ServerSentEvent[]> => {
  async function* body() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(body())) events.push(event);
  return events;
};

test('names, data over several lines and ids are read, comments passed over', async () => {
  const text = ': hello\n\nid: 7\nevent: event\ndata: {"a":\ndata: 1}\n\ndata:x\n\n';
  expect(await read([text])).toEqual([
    { event: 'event', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'x', id: '7' },
  ]);
});

test('however the bytes are divided, the events are the same', async () => {
  const bytes = Buffer.from('event: event\r\nid: 1\r\ndata: "größe"\r\n\r\nevent: event\r\ndata: 2\r\n\r\n');
  const whole = await read([bytes]);
  expect(whole).toHaveLength(2);
  for (let at = 1; at < bytes.length; at++)
    expect(await read([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
});

test('an event that was cut off is not given', async () => {
  expect(await read(['data: 1\n\ndata: 2\n'])).toEqual([{ event: 'message', data: '1', id: undefined }]);
});
