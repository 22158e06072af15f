/**
 * No error text holds a piece of a record: damaged and refused records of every protocol are sent to a whole server,
 * each with a marker in it, and the marker is looked for in whatever the server then says: answers, the list of the
 * quarantine, senders, status, metrics, events of its own, its log, and the files that it writes beside the records.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../src/telemetry/log.ts';
import { fallback, vocabularies } from '../src/vocabularies/index.gen.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

/** Under a name that says so: hidden in the record too. */
const secret = 'abcdX9secretQ7';
/** Under any other name: it stays in the record, and nowhere else. */
const plain = 'plainZ4marker';

const whole = `{"time":"2026-11-30T12:00:00Z","path":"/${plain}","password":"${secret}","n":[1,{"x":"${plain}"}]}`;

/** One whole record, damaged in many ways. */
const damages: readonly string[] = [
  `{"args":token=${secret},`,
  `{"args":token=${secret},"path":"/${plain}"}`,
  `{"password":${secret}}`,
  `{"path":${plain}}`,
  `{"path":"/${plain}" "password":"${secret}"}`,
  `{"path" "${plain}"}`,
  `{${plain}:1}`,
  `{'password':'${secret}'}`,
  `{"path":"\\q${plain}"}`,
  `{"path":"${plain}\\u00g1"}`,
  `{"path":"${plain}\u0001"}`,
  `{"n":01${plain}}`,
  `{"n":-${plain}}`,
  `${whole} ${plain}`,
  `{"path":"/${plain}",}`,
  `{"${plain}":tru}`,
  `{"n":[1 ${plain}]}`,
  `[1, ${plain}]`,
  `["${plain}"]`,
  `"${plain}"`,
  `${plain} is no line that anybody reads`,
  `GET /?token=${secret} ${plain}`,
  `{"a":1,"a":"${plain}","password":"${secret}"`,
];
const cutShort = Array.from({ length: whole.length - 1 }, (_, length) => whole.slice(0, length + 1));

/** Records of every type in which one field after the other is of the wrong kind. */
const wrongKinds: readonly string[] = [...vocabularies, fallback]
  .flatMap(({ types }) => types)
  .flatMap(({ example }) =>
    Object.keys(example).flatMap((name) =>
      [[plain], { [plain]: plain }].map((wrong) => JSON.stringify({ ...example, [name]: wrong })),
    ),
  );

const conflicts = [0, 1].map((n) => `{"@id":"${plain}","@type":"GatewayEvent","n":${n}}`);

interface Sent {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

const json = { 'content-type': 'application/json' };
const cloud = { 'content-type': 'application/cloudevents+json' };
const bulk = (records: readonly string[]) =>
  `${records.map((record) => `{"index":{}}\n${record}`).join('\n')}\n`;

const requests: readonly Sent[] = [
  ...damages.flatMap((body): Sent[] => [
    { path: '/ingest', body },
    { path: '/ingest/kong', headers: json, body },
    {
      path: '/ingest',
      headers: cloud,
      body: `{"specversion":"1.0","id":"${plain}","source":"/","data":${body}}`,
    },
    { path: '/ingest', headers: cloud, body },
    { path: '/ingest', headers: { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/', ...json }, body },
    { path: '/ingest', body: `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${body}]}]}]}` },
    { path: '/es/_bulk', body: bulk([body]) },
    { path: '/es/_bulk', body: `${body}\n${body}\n` },
    { path: '/es/_bulk', body: `{"index":{}}\n${whole}\n${body}` },
    { path: '/es/logs/_doc/1', headers: json, body },
  ]),
  ...cutShort.map((body) => ({ path: '/ingest', body })),
  { path: '/ingest', body: damages.join('\n') },
  { path: '/es/_bulk', body: bulk([...damages, ...cutShort]) },
  { path: '/ingest', body: wrongKinds.join('\n') },
  { path: '/es/_bulk', body: bulk(wrongKinds) },
  ...conflicts.map((body) => ({ path: '/ingest', body })),
  { path: '/ingest', body: `{"path":"/${plain}${'x'.repeat(5_000_000)}"}` },
  {
    path: '/ingest',
    body: Buffer.concat([Buffer.from(`{"path":"${plain}`), Buffer.from([0xff, 0xfe, 0x22])]),
  },
  { path: '/ingest', headers: { 'content-encoding': 'gzip' }, body: `${plain}${secret}` },
  { path: '/ingest', headers: { 'content-encoding': 'zstd' }, body: `${plain}${secret}` },
  ...[
    '/api/query',
    '/api/session',
    '/api/tokens',
    '/api/quarantine/replay',
    '/api/quarantine/0/replay',
  ].flatMap((path) => damages.map((body) => ({ path, headers: json, body }))),
];

/** Requests under way at a time. */
const atOnce = 16;
const authorization = `Bearer ${testToken}`;

describe('a server that was sent damaged records', () => {
  let server: StartedServer;
  const logged: string[] = [];
  const said: string[] = [];
  const bodies: string[] = [];
  let quarantined = 0;

  beforeAll(async () => {
    const clock = () => Date.now() * 1000;
    const log = createLog({ level: 'debug', format: 'json', clock, write: (line) => void logged.push(line) });
    server = await startTestServer({}, undefined, log);
    const ask = async (path: string, init: RequestInit = {}) =>
      (await fetch(`${server.url}${path}`, { ...init, headers: { authorization, ...init.headers } })).text();

    for (let first = 0; first < requests.length; first += atOnce)
      await Promise.all(
        requests.slice(first, first + atOnce).map(async ({ path, headers = {}, body }) => {
          const answer = await ask(path, { method: 'POST', headers, body });
          // An id is given back to who sent it.
          said.push(answer.replaceAll(/"_id":"[^"]*"/g, ''));
        }),
      );
    await server.stored();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page: string = await ask(`/api/quarantine?limit=1000${cursor && `&cursor=${cursor}`}`);
      const { entries, next } = JSON.parse(page) as { entries: { id: string }[]; next: string | null };
      said.push(page);
      quarantined += entries.length;
      // One in forty is looked at as a whole.
      for (const { id } of entries.filter((_, index) => index % 40 === 0)) {
        const { body, bodyBase64, ...entry } = JSON.parse(await ask(`/api/quarantine/${id}`));
        said.push(JSON.stringify(entry));
        bodies.push(body ?? Buffer.from(bodyBase64, 'base64').toString());
        said.push(await ask(`/api/quarantine/${id}/replay`, { method: 'POST', headers: json, body: '{}' }));
      }
      cursor = next;
    }
    for (const path of [
      '/api/status',
      '/metrics',
      '/readyz',
      '/api/events?filter=vocabulary:gatescope&limit=5000',
    ])
      said.push(await ask(path));
    const senders = await ask('/api/senders');
    said.push(senders.replaceAll(/"id":"[^"]*"/g, ''));
    await server.stop(true);
    for (const name of await readdir(join(server.data, 'dead-letters')))
      said.push(await readFile(join(server.data, 'dead-letters', name), 'utf8'));
  }, 300_000);
  afterAll(() => rm(server.data, { recursive: true, force: true }));

  it('quarantined most of them', () => {
    expect(quarantined).toBeGreaterThan(damages.length * 5);
  });

  it.each([secret, plain])('says nothing of %s', (marker) => {
    const telling = said.filter((text) => text.includes(marker));
    expect(telling.map((text) => text.slice(Math.max(0, text.indexOf(marker) - 300)).slice(0, 400))).toEqual(
      [],
    );
  });

  it.each([secret, plain])('logs nothing of %s', (marker) => {
    expect(logged.filter((line) => line.includes(marker))).toEqual([]);
  });

  it('keeps the records, without what is secret by its name', () => {
    expect(bodies.some((body) => body.includes(plain))).toBe(true);
    expect(bodies.filter((body) => body.includes(secret))).toEqual([]);
  });
});
