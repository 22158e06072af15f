/** The quarantine over HTTP: with the real main street before it and the real journal behind it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { afterEach, describe, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import type { Authenticate } from '../access/authenticate.ts';
import type { Scope } from '../access/route.ts';
import { createIngest } from '../ingest/ingest.ts';
import { openQuarantine } from '../ingest/quarantine.ts';
import { createRedaction } from '../ingest/redaction/redact.ts';
import { createSenders } from '../ingest/senders.ts';
import { createDuplicateIndex } from '../journal/duplicates.ts';
import { openJournal } from '../journal/journal.ts';
import { json } from '../protocols/json.ts';
import { lines } from '../protocols/lines.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { createHttpServer } from './http-server.ts';
import { quarantineRoutes } from './quarantine.ts';
import { createReplay, type ReplayCounts } from './replay.ts';
import { sendersRoute } from './senders.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
const clock = () => Date.now() * 1000;

/** `Bearer <tenant> <scope>` is who asks. */
async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-quarantine-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const duplicates = createDuplicateIndex(1_000);
  const journal = await openJournal({ folder, clock, log, duplicates, diskEvery: 0 });
  cleanups.push(() => journal.close());
  const quarantine = await openQuarantine({ folder, clock, log });
  cleanups.push(() => quarantine.close());
  const senders = createSenders();
  let ids = 0;
  const accept = createIngest({
    vocabularies,
    fallback,
    journal,
    duplicates,
    quarantine,
    redaction: createRedaction(),
    hash: (await xxhash()).h64,
    newId: () => `id-${++ids}`,
    senders,
    log,
  });
  const authenticate: Authenticate = async ({ headers: { authorization = '' } }) => {
    const [, tenant = '', scope] = authorization.split(' ');
    return { kind: 'token', id: 'id', name: 'eve', tenant, scopes: [scope as Scope] };
  };
  const replay = createReplay({ quarantine, accept, protocols: { json, lines }, clock });
  const routes = [...quarantineRoutes(quarantine, replay), sendersRoute(senders)];
  const server = await createHttpServer({
    routes,
    authenticate,
    log,
    newId: () => 'id',
    version: '1',
    basePath: '',
    trustedProxies: [],
    closing: new AbortController(),
  });
  cleanups.push(() => server.close());
  const url = await server.listen({ port: 0, host: '127.0.0.1' });

  const send = async (body: string | Buffer, tenant = 'acme') => {
    const receipt = await accept({
      tenant,
      receiver: 'http',
      sender: 'a gateway',
      received: clock(),
      body: Buffer.from(body),
      headers: {},
      protocol: json,
    });
    if (!receipt.ok) throw new Error(receipt.error.reason);
    return receipt.value.verdicts.map((verdict) =>
      verdict.kind === 'quarantined' ? verdict.quarantineId : '',
    );
  };
  async function call<T = Record<string, unknown>>(path: string, as = 'acme admin', body?: object) {
    const response = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T;
    const pattern = (path.split('?')[0] ?? '').replace(/quarantine\/(?!replay$)[^/]+/, 'quarantine/:id');
    const route = routes.find((one) => one.url === pattern && one.method === (body ? 'POST' : 'GET'));
    const schema = route?.schema?.response?.[200];
    if (response.ok) expect(schema && Compile(schema).Errors(answer)).toEqual([]);
    return { status: response.status, answer };
  }
  return { send, call, journal };
}

interface Listed {
  readonly reasons: { reason: string; count: number; kept: number; replayed: number }[];
  readonly entries: { id: string; reason: string; replayed?: string }[];
  readonly next: string | null;
}

const cut = '{"message":"cut short"';

describe('what is in quarantine', () => {
  test('is counted by reason and listed newest first, page by page', async () => {
    const { send, call } = await start();
    const [first] = await send(cut);
    const [second] = await send('{"other":');
    const { answer } = await call<Listed>('/api/quarantine?limit=1', 'acme read');
    expect(answer.reasons).toHaveLength(1);
    expect(answer.reasons[0]).toMatchObject({ count: 2, kept: 2, replayed: 0 });
    expect(answer.entries.map(({ id }) => id)).toEqual([second]);
    const next = await call<Listed>(`/api/quarantine?cursor=${encodeURIComponent(answer.next as string)}`);
    expect(next.answer.entries.map(({ id }) => id)).toEqual([first]);
    const none = await call<Listed>('/api/quarantine?reason=nothing');
    expect(none.answer.entries).toEqual([]);
  });

  test('is shown as it was received, to those who may see it raw', async () => {
    const { send, call } = await start();
    const [id] = await send(cut);
    expect((await call(`/api/quarantine/${id}`, 'acme read')).status).toBe(403);
    expect((await call(`/api/quarantine/${id}`, 'acme read:raw')).answer).toMatchObject({ id, body: cut });
  });

  test('comes in base64 where it is no text', async () => {
    const { send, call } = await start();
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0xfe]);
    const [id] = await send(bytes);
    expect((await call(`/api/quarantine/${id}`)).answer.bodyBase64).toBe(bytes.toString('base64'));
  });

  test('belongs to one tenant', async () => {
    const { send, call } = await start();
    const [id] = await send(cut, 'other');
    expect((await call<Listed>('/api/quarantine')).answer).toEqual({ reasons: [], entries: [], next: null });
    expect((await call(`/api/quarantine/${id}`)).status).toBe(404);
    expect((await call(`/api/quarantine/${id}/replay`, 'acme admin', {})).status).toBe(404);
  });
});

describe('sending again', () => {
  test('an edited record becomes an event, and its entry says so', async () => {
    const { send, call, journal } = await start();
    const [id] = await send(cut);
    const sent = await call(`/api/quarantine/${id}/replay`, 'acme admin', { body: `${cut}}` });
    expect(sent.answer).toMatchObject({ outcome: 'accepted', id: expect.any(String) });
    expect(journal.end).toBe(1);
    const { answer } = await call<Listed>('/api/quarantine');
    expect(answer.entries).toMatchObject([{ id, replayed: 'accepted' }]);
    expect(answer.reasons[0]).toMatchObject({ count: 1, replayed: 1 });
  });

  test('what fails again stays as it was, with the reason in the answer', async () => {
    const { send, call, journal } = await start();
    const [id] = await send(cut);
    const sent = await call(`/api/quarantine/${id}/replay`, 'acme admin', {});
    expect(sent.answer).toMatchObject({ outcome: 'quarantined', detail: expect.any(String) });
    expect(journal.end).toBe(0);
    const { answer } = await call<Listed>('/api/quarantine');
    expect(answer.entries.map(({ id: one, replayed }) => [one, replayed])).toEqual([[id, undefined]]);
  });

  test('an empty body is refused', async () => {
    const { send, call } = await start();
    const [id] = await send(cut);
    expect((await call(`/api/quarantine/${id}/replay`, 'acme admin', { body: ' ' })).status).toBe(400);
  });

  test('is counted beside the equation', async () => {
    const { send, call, journal } = await start();
    const [id] = await send(cut);
    await call(`/api/quarantine/${id}/replay`, 'acme admin', { body: `${cut}}` });
    const { received, journalled, quarantined, duplicates, replayed } = journal.totals().get('acme') ?? {};
    expect({ received, journalled, quarantined, duplicates, replayed }).toEqual({
      received: 1,
      journalled: 0,
      quarantined: 1,
      duplicates: 0,
      replayed: 1,
    });
  });

  test('all of one reason goes call by call through every record, also those that fail again', async () => {
    const { send, call } = await start();
    await Promise.all(Array.from({ length: 1_005 }, (_, index) => send(`{"cut":${index}`)));
    const { answer: listed } = await call<Listed>('/api/quarantine');
    const reason = listed.reasons[0]?.reason;
    type Counts = Static<typeof ReplayCounts>;
    const first = await call<Counts>('/api/quarantine/replay', 'acme admin', { reason });
    expect(first.answer).toMatchObject({ accepted: 0, quarantined: 1_000, remaining: 5 });
    const from = first.answer.next;
    const second = await call<Counts>('/api/quarantine/replay', 'acme admin', { reason, from });
    expect(second.answer).toEqual({ accepted: 0, duplicates: 0, quarantined: 5, remaining: 0, next: null });
  });

  test('needs the right to change things', async () => {
    const { send, call } = await start();
    const [id] = await send(cut);
    for (const scope of ['read', 'read:raw', 'ingest']) {
      expect((await call(`/api/quarantine/${id}/replay`, `acme ${scope}`, {})).status).toBe(403);
      expect((await call('/api/quarantine/replay', `acme ${scope}`, { reason: 'x' })).status).toBe(403);
    }
  });
});

describe('where is my event?', () => {
  test('each sender shows what it last sent and what became of it', async () => {
    const { send, call } = await start();
    await send('{"message":"one"}');
    const [id] = await send(cut);
    const { answer } = await call<{ senders: object[] }>('/api/senders', 'acme read');
    expect(answer.senders).toEqual([
      {
        sender: 'a gateway',
        pastRetention: 0,
        receiver: 'http',
        lastSeen: expect.stringMatching(/Z$/),
        received: { count: 2, last: expect.any(String), id: expect.any(String) },
        duplicates: { count: 0 },
        quarantined: {
          count: 1,
          last: expect.any(String),
          id,
          reason: expect.any(String),
          detail: expect.any(String),
        },
      },
    ]);
    expect((await call<{ senders: object[] }>('/api/senders', 'other read')).answer.senders).toEqual([]);
  });
});
