import { mkdtemp, rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { messagesOf, take } from '../../test/event-source.ts';
import type { Authenticate } from '../access/authenticate.ts';
import type { Principal, Scope } from '../access/route.ts';
import { createSeal } from '../access/seal.ts';
import type { Event } from '../core/event.ts';
import type { Journal } from '../core/journal.ts';
import { encodeRow } from '../core/row.fixture.ts';
import { openJournal } from '../journal/journal.ts';
import { textRows } from '../journal/rows.fixture.ts';
import { createFields } from '../query/fields.ts';
import { createMask } from '../store/mask.ts';
import type { EventStreamOptions } from './event-stream.ts';
import { createHttpServer } from './http-server.ts';
import { tailRoute } from './tail.ts';

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const seal = createSeal('secret');
const idOf = (position: number) => seal.number('tail', 'default', position);

let moment = Date.parse('2026-03-01T10:00:00Z') * 1000;
const clock = () => moment;

const event = (id: string, fields: Partial<Event> = {}): Event => ({
  id,
  weight: 1,
  tenant: 'default',
  time: moment,
  received: moment,
  vocabulary: 'nginx',
  type: 'access',
  family: 'traffic',
  severity: 'info',
  outcome: 'success',
  retention: 'default',
  raw: `{"id":"${id}"}`,
  ...fields,
});

const principal = (tenant: string, scope: Scope): Principal => ({
  kind: 'token',
  id: `${tenant} ${scope}`,
  name: 'a token',
  tenant,
  scopes: [scope],
});

/** A journal on the disk, and a server that tails it. `Bearer <tenant> <scope>` is who asks. */
async function start({
  farBehind = 10_000,
  ...stream
}: Partial<EventStreamOptions> & { farBehind?: number } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'gatescope-tail-'));
  cleanups.push(() => rm(folder, { recursive: true }));
  const journal = await openJournal({ folder, clock, log: silent, diskEvery: 0 });
  cleanups.push(() => journal.close());
  const fields = createFields([]);
  const revoked = new Set<string>();
  const authenticate: Authenticate = async ({ headers: { authorization = '' } }) => {
    const [, tenant, scope] = authorization.split(' ');
    if (tenant === undefined || revoked.has(authorization)) return undefined;
    return principal(tenant, scope as Scope);
  };
  const closing = new AbortController();
  let end = (_tenant: string) => {};
  const ended = new Promise<string>((resolve) => {
    end = resolve;
  });
  async function* subscribe(...[scope, from, signal]: Parameters<Journal['subscribe']>) {
    yield* journal.subscribe(scope, from, signal);
    end('tenant' in scope ? scope.tenant : 'all');
  }
  const route = tailRoute({
    journal: {
      subscribe,
      get end() {
        return journal.end;
      },
      get oldest() {
        return journal.oldest;
      },
    },
    fields,
    mask: createMask(fields, 'secret'),
    authenticate,
    seal,
    clock,
    log: silent,
    closing: closing.signal,
    farBehind,
    stream,
  });
  const server = await createHttpServer({
    routes: [route],
    authenticate,
    log: silent,
    newId: () => 'id',
    version: '1',
    basePath: '',
    trustedProxies: [],
    closing,
  });
  cleanups.push(() => server.close());
  const url = await server.listen({ port: 0, host: '127.0.0.1' });

  const append = (...events: Event[]) =>
    journal.append({
      tenant: events[0]?.tenant ?? 'default',
      receiver: 'test',
      received: moment,
      rows: textRows(events.map(encodeRow)),
      times: events.map(({ time }) => time),
      idHashes: events.map((_, index) => BigInt(index)),
      contentHashes: events.map(() => 0),
      counts: { received: events.length, duplicates: 0, quarantined: 0, replayed: 0 },
    });
  const tail = async (query = '', as = 'Bearer default read', headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/api/tail?${query}`, { headers: { authorization: as, ...headers } });
    const messages = messagesOf(response);
    // The welcome is sent once the subscription stands.
    if (response.ok) await messages.next();
    return { response, messages };
  };
  return { url, append, tail, revoked, server, ended };
}

const idsOf = (messages: readonly { data: unknown }[]) =>
  messages.map(({ data }) => (data as { id: string }).id);

describe('live events', () => {
  test('arrive in order with an opaque id of the message, without raw and position', async () => {
    const { append, tail } = await start();
    const { messages, response } = await tail();
    await append(event('a'), event('b', { path: '/x', status: 0, userAgent: '' }));
    await append(event('c'));
    const got = await take(messages, 3);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(got.map(({ event: name, id }) => [name, id])).toEqual([
      ['event', idOf(0)],
      ['event', idOf(1)],
      ['event', idOf(2)],
    ]);
    expect(got[1]?.data).toMatchObject({
      id: 'b',
      path: '/x',
      status: 0,
      time: expect.stringMatching(/\.\d{6}Z$/),
    });
    expect(got[1]?.data).not.toHaveProperty('raw');
    expect(got[1]?.data).not.toHaveProperty('position');
    expect(got[1]?.data).not.toHaveProperty('userAgent');
  });

  test('are only those that pass the filter', async () => {
    const { append, tail } = await start();
    const { messages } = await tail(`filter=${encodeURIComponent('status:>=500')}`);
    await append(event('a', { status: 200 }), event('b', { status: 503 }), event('c'));
    await append(event('d', { status: 500 }));
    expect(idsOf(await take(messages, 2))).toEqual(['b', 'd']);
  });

  test('are only those of the tenant that asks', async () => {
    const { append, tail } = await start();
    const { messages } = await tail('', 'Bearer acme read');
    await append(event('theirs'));
    await append(event('ours', { tenant: 'acme' }));
    expect(idsOf(await take(messages, 1))).toEqual(['ours']);
  });

  test('are sent to every reader', async () => {
    const { append, tail } = await start();
    const readers = await Promise.all([tail(), tail(), tail()]);
    await append(event('a'));
    for (const { messages } of readers) expect(idsOf(await take(messages, 1))).toEqual(['a']);
  });
});

describe('personal data', () => {
  const person = { clientIp: '203.0.113.77', consumer: 'alice@example.com' };

  test('is masked for read and plain for read:raw', async () => {
    const { append, tail } = await start();
    const masked = await tail();
    const plain = await tail('', 'Bearer default read:raw');
    await append(event('a', person));
    expect((await take(masked.messages, 1))[0]?.data).toMatchObject({ clientIp: '203.0.113.x' });
    expect((await take(plain.messages, 1))[0]?.data).toMatchObject(person);
  });

  test('cannot be guessed by a filter without read:raw', async () => {
    const { tail } = await start();
    const filter = `filter=${encodeURIComponent('clientIp:203.0.113.77')}`;
    expect((await tail(filter)).response.status).toBe(403);
    expect((await tail(filter, 'Bearer default read:raw')).response.status).toBe(200);
  });
});

describe('a reader that comes back', () => {
  test('is sent what it missed, then what is new, each once', async () => {
    const { append, tail } = await start();
    await append(event('a'), event('b'), event('c'));
    const { messages } = await tail('', undefined, { 'last-event-id': '0' });
    await append(event('d'));
    expect(idsOf(await take(messages, 3))).toEqual(['b', 'c', 'd']);
  });

  test('is not sent more than a bound at once, and still gets everything', async () => {
    const { append, tail } = await start({ capacity: 2_000 });
    const all = Array.from({ length: 3_000 }, (_, index) => event(`e${index}`));
    await append(...all);
    const { messages } = await tail('', undefined, { 'last-event-id': '0' });
    expect(idsOf(await take(messages, 2_999))).toEqual(all.slice(1).map(({ id }) => id));
  });

  test('with a place that is yet to come starts with what is new', async () => {
    const { append, tail } = await start();
    await append(event('a'));
    for (const place of ['99999', 'nonsense', '-1']) {
      const { messages } = await tail('', undefined, { 'last-event-id': place });
      await append(event(place));
      expect(idsOf(await take(messages, 1))).toEqual([place]);
    }
  });
});

describe('too much', () => {
  /** A reader that takes nothing until it is told to. */
  const lazy = (url: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const options = { headers: { authorization: 'Bearer default read' } };
      get(`${url}/api/tail?rate=10000`, options, (response) => resolve(response.pause())).on('error', reject);
    });
  const large = (index: number) => event(`e${index}`, { message: 'x'.repeat(20_000) });

  test('a slow reader loses events with a count, and slows nobody', async () => {
    const { url, append, tail } = await start({ capacity: 100_000, farBehind: 200 });
    const slow = await lazy(url);
    const quick = await tail('rate=10000');
    const sent = 1_500;
    const seen = [];
    // The quick reader takes each batch before the next is there, however busy the machine is.
    for (let first = 0; first < sent; first += 50) {
      await append(...Array.from({ length: 50 }, (_, index) => large(first + index)));
      seen.push(...(await take(quick.messages, 50)));
    }
    expect(idsOf(seen)).toHaveLength(sent);

    const messages = messagesOf(new Response(ReadableStream.from(slow)));
    let got = 0;
    let skipped = 0;
    for await (const { event: name, data } of messages) {
      if (name === 'event') got += 1;
      if (name === 'skipped') skipped += (data as { n: number }).n;
      if (got + skipped === sent) break;
    }
    expect(skipped).toBeGreaterThan(0);
    expect(got + skipped).toBe(sent);
  });

  test('a rush is shown as a sample that says its rate, and all of it again afterwards', async () => {
    const { append, tail } = await start();
    const { messages } = await tail('rate=10');
    const rush = (name: string, count: number) =>
      append(...Array.from({ length: count }, (_, index) => event(`${name}${index}`)));
    moment += 1e6;
    await rush('a', 100);
    await take(messages, 100);
    moment += 1e6;
    await rush('b', 100);
    const second = await take(messages, 11);
    expect(second[0]).toMatchObject({ event: 'sampled', data: { rate: 0.1 } });
    expect(second.slice(1).every(({ event: name }) => name === 'event')).toBe(true);
    moment += 5e6;
    await rush('c', 3);
    expect(
      (await take(messages, 4)).map(({ event: name, data }) => [name, (data as { rate?: number }).rate]),
    ).toEqual([
      ['sampled', 1],
      ['event', undefined],
      ['event', undefined],
      ['event', undefined],
    ]);
  });
});

describe('the end', () => {
  test('a silent stream carries comments', async () => {
    const { tail } = await start({ pulse: 5 });
    const { messages } = await tail();
    expect((await messages.next()).value).toMatchObject({ event: 'comment', data: ': still here' });
  });

  test('a revoked token is told so and closed', async () => {
    const { tail, revoked } = await start({ recheck: 5 });
    const { messages } = await tail();
    revoked.add('Bearer default read');
    expect(await take(messages, 1)).toMatchObject([{ event: 'error', data: { status: 401 } }]);
    expect((await messages.next()).done).toBe(true);
  });

  test('a revoked token gets no event that was journalled afterwards, whenever it is looked at', async () => {
    const { tail, append, revoked } = await start({ recheck: 60_000 });
    const { messages } = await tail();
    await append(event('before'));
    expect(idsOf(await take(messages, 1))).toEqual(['before']);
    revoked.add('Bearer default read');
    await append(event('after'));
    expect(await take(messages, 1)).toMatchObject([{ event: 'error', data: { status: 401 } }]);
    expect((await messages.next()).done).toBe(true);
  });

  test('when the server closes the stream ends and the server is not held up', async () => {
    const { tail, server } = await start();
    const { messages } = await tail();
    await server.close(60_000);
    expect((await messages.next()).done).toBe(true);
  });

  test('a reader that goes away ends its subscription to the journal', async () => {
    const { url, ended } = await start();
    const leaving = new AbortController();
    const headers = { authorization: 'Bearer default read' };
    const response = await fetch(`${url}/api/tail`, { headers, signal: leaving.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    leaving.abort();
    expect(await ended).toBe('default');
  });

  test('a filter that cannot be read is a problem that names the place', async () => {
    const { tail } = await start();
    const { response } = await tail(`filter=${encodeURIComponent('status:(200')}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ title: 'Invalid query', errors: [{ path: 'filter' }] });
  });
});
