/** From a controller to the answer: what is derived of events tells the names that the controller has told. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Frame } from '../src/core/frame.ts';
import { startTestController, type TestController } from '../src/receivers/openziti-controller.fixture.ts';
import { entityChange } from '../src/vocabularies/openziti/entity-change.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

let controller: TestController;
let server: StartedServer;
let folder: string;
beforeAll(async () => {
  controller = await startTestController(true);
  controller.lists = { ...controller.lists, identities: [{ id: 'kT4xQ0wEz', name: 'Mira Holt' }] };
  folder = await mkdtemp(join(tmpdir(), 'gatescope-names-'));
  const settings = `openziti:
  controllers:
    - url: ${controller.url}
      username: gatescope
      passwordFile: password
      ca: ${join(import.meta.dirname, 'fixtures/tls/cert.pem')}
`;
  await writeFile(join(folder, 'password'), 'let-me-in\n');
  await writeFile(join(folder, 'gatescope.yaml'), settings);
  server = await startTestServer({ GATESCOPE_CONFIG: join(folder, 'gatescope.yaml') });
});
afterAll(async () => {
  await server.stop();
  await controller.close();
  await rm(folder, { recursive: true });
});

interface Answer {
  readonly naming: readonly { readonly tenant: string; readonly state: string; readonly names: number }[];
}

it('names who made a change by the name that the controller has told', async () => {
  let status: Answer;
  do {
    await sleep(20);
    status = await server.api<Answer>('/api/status');
  } while (status.naming[0]?.state === 'waiting');
  expect(status.naming).toEqual([
    { url: controller.url, tenant: 'default', state: 'running', names: 1, asked: expect.any(String) },
  ]);

  const eventId = 'a1f0c2b4-0000-4000-8000-5d2e7b90aa01';
  const author = { type: 'identity', id: 'kT4xQ0wEz' };
  const timestamp = new Date().toISOString();
  const change = {
    ...entityChange.example,
    eventId,
    timestamp,
    metadata: { author, source: { type: 'rest' } },
  };
  const { event_src_id } = entityChange.example;
  const commit = { namespace: 'entityChange', event_src_id, eventId, timestamp };
  const answer = await fetch(`${server.url}/ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${testToken}` },
    body: `${JSON.stringify(change)}\n${JSON.stringify({ ...commit, eventType: 'committed' })}`,
  });
  expect(answer.status).toBe(200);
  const question = { from: 'now-1h', to: 'now', filter: 'type:change', measures: ['count'], by: ['user'] };
  let frame: Frame;
  do {
    await sleep(50);
    frame = await server.api<Frame>('/api/query', question);
  } while (frame.rows.length === 0);
  expect(frame.rows).toEqual([['Mira Holt', 1]]);
});
