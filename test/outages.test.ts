/** What senders lose while events cannot be taken: nothing, as long as they have room themselves. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type SenderKind, TestSender } from '../bench/otoroshi-sender.ts';
import { restartTrial } from '../bench/outages.ts';
import { type Fault, ForgettingDisk, randomFrom } from '../src/journal/forgetting-disk.ts';
import { openDoor, serve } from '../src/receivers/door.fixture.ts';
import { elasticsearchReceiver } from '../src/receivers/elasticsearch.ts';

test('over restarts and kills of the real server every event is stored once', async () => {
  const report = await restartTrial(3, { seed: 7, rate: 30, bufferSize: 5_000 });
  expect(report).toMatchObject({ lost: 0, doubled: 0 });
  for (const { offered, acknowledged, dropped, givenUp, again } of Object.values(report.senders)) {
    expect([acknowledged, dropped, givenUp]).toEqual([offered, 0, {}]);
    expect(again.ECONNREFUSED).toBeGreaterThan(0);
  }
  expect(report.stored).toBe(report.senders.otoroshi.offered + report.senders.shipper.offered);
}, 300_000);

describe.each(['otoroshi', 'shipper'] as const)('a sender that behaves as %s', (kind: SenderKind) => {
  test.each([
    ['whose disk is full again and again', ['ENOSPC']],
    ['whose disk fails in every way', ['ENOSPC', 'EIO', 'short']],
  ] as const)(
    'loses and doubles nothing to a journal %s',
    async (_, faults: readonly Fault[]) => {
      const random = randomFrom(kind.length + faults.length);
      let fault: Fault | undefined;
      const disk = new ForgettingDisk(random, {
        fault: (operation) =>
          ['write', 'sync', 'truncate', 'open'].includes(operation) && random() < 0.7 ? fault : undefined,
      });
      const door = await openDoor({}, undefined, disk);
      const server = await serve(elasticsearchReceiver(door));
      const url = `${server.url}/es`;
      const sender = new TestSender({ kind, url, token: 't', bufferSize: 5_000, groupSize: 20, workers: 3 });
      for (let id = 1; id <= 600; id++) {
        sender.offer({ id: String(id), line: `{"id":${id}}` });
        if (id % 60 === 0) fault = faults[Math.floor(random() * faults.length)];
        if (id % 60 === 30) fault = undefined;
        await sleep(5);
      }
      fault = undefined;
      await sender.idle();
      const stored = (await door.events()).map((event) => Number(event.id));
      expect(sender.figures).toMatchObject({ offered: 600, acknowledged: 600, dropped: 0, givenUp: {} });
      expect(stored.sort((a, b) => a - b)).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
      await server.close();
      await door.close();
    },
    120_000,
  );
});

test('the sender of these tests loses what it is answered, so that they can fail', async () => {
  const door = await openDoor();
  const full: typeof door.accept = async () => ({ ok: false, error: { status: 413, reason: 'too much' } });
  const server = await serve(elasticsearchReceiver({ ...door, accept: full }));
  for (const kind of ['otoroshi', 'shipper'] as const) {
    const url = `${server.url}/es`;
    const sender = new TestSender({ kind, url, token: 't', bufferSize: 2, groupSize: 20, workers: 1 });
    for (let id = 1; id <= 5; id++) sender.offer({ id: String(id), line: `{"id":${id}}` });
    await sender.idle();
    expect(sender.figures).toMatchObject({ acknowledged: 0, dropped: 3, givenUp: { 413: 2 } });
  }
  await server.close();
  await door.close();
});
