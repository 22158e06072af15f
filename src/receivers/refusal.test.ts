import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { ApiError } from '../access/api-error.ts';
import type { Route } from '../access/route.ts';
import { createHttpServer, type HttpServer } from '../api/http-server.ts';
import type { Accept, Refusal } from '../core/ingest.ts';
import { defaultLimits } from '../ingest/limits.ts';
import { createRoom } from '../ingest/room.ts';
import { principal, quiet } from './door.fixture.ts';
import { elasticErrors, elasticsearchReceiver } from './elasticsearch.ts';
import { httpReceiver } from './http.ts';

const servers: HttpServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close(0))));

interface Causes {
  readonly accept?: Accept;
  readonly authenticate?: () => Promise<typeof principal>;
  readonly full?: boolean;
}

const statuses: number[] = [];

async function start({ accept, authenticate, full = false }: Causes): Promise<string> {
  const limits = { ...defaultLimits, inFlight: 10, wait: 10 };
  const room = createRoom(limits.inFlight, limits.wait);
  if (full) await room.enter('other').take(10);
  const never: Accept = async () => expect.fail('nothing was expected to be read');
  const way = { accept: accept ?? never, room, limits, clock: () => Date.now() * 1000 };
  const routes: readonly Route[] = [
    ...httpReceiver({ ...way, vocabularies: ['gateway'] }),
    ...elasticsearchReceiver(way),
  ];
  const server = await createHttpServer({
    routes,
    authenticate: authenticate ?? (async () => principal),
    log: quiet,
    newId: () => 'id',
    version: '1',
    basePath: '',
    trustedProxies: [],
    errorShapes: [elasticErrors],
    observe: ({ status }) => statuses.push(status),
    closing: new AbortController(),
  });
  servers.push(server);
  return server.listen({ port: 0, host: '127.0.0.1' });
}

/** All bytes that come back, until the server closes or has answered. */
function send(url: string, path: string, userAgent: string | undefined, body = '{"index":{}}\n{}\n') {
  const { hostname, port } = new URL(url);
  return new Promise<string>((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      const agent = userAgent === undefined ? '' : `user-agent: ${userAgent}\r\n`;
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: x\r\n${agent}content-length: ${body.length}\r\n\r\n${body}`,
      );
    });
    socket.on('data', (piece) => {
      answer += piece;
      if (answer.includes('\r\n\r\n') && answer.endsWith('}')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });
}

const refusing =
  (refusal: Refusal): Accept =>
  async () => ({ ok: false, error: refusal });
const tomorrow = { status: 503, retryAfter: 5 } as const;

/** Every cause for which a request that is good is not taken. */
const causes: Readonly<Record<string, Causes>> = {
  'a full disk': { accept: refusing({ ...tomorrow, reason: 'the disk is nearly full' }) },
  'a failed write': { accept: refusing({ ...tomorrow, reason: 'it could not be written' }) },
  'no room': { full: true },
  'a bug': {
    accept: async () => {
      throw new Error('a secret of the inside');
    },
  },
  'control data that cannot be read': {
    authenticate: async () => {
      throw new Error('database or disk is full');
    },
  },
  'a part that is down': {
    authenticate: async () => {
      throw new ApiError(503, 'Not now', 'Come back later.');
    },
  },
};

describe.each(Object.entries(causes))('%s', (_, cause) => {
  test('is no answer to a sender for which an answer is final, nor to an unknown one that takes us for Elasticsearch', async () => {
    const url = await start(cause);
    statuses.length = 0;
    expect(
      await Promise.all([
        send(url, '/es/_bulk', 'Otoroshi-ahc'),
        send(url, '/es/logs/_doc', 'Otoroshi-akka'),
        send(url, '/ingest', 'Otoroshi-ahc'),
        send(url, '/es/_bulk', undefined),
      ]),
    ).toEqual(['', '', '', '']);
    // It is counted as what it would have been.
    expect(statuses.every((status) => status >= 500)).toBe(true);
    expect(statuses).toHaveLength(4);
  });

  test('is 503 with a time to all others, in the form of Elasticsearch where they expect it', async () => {
    const url = await start(cause);
    const senders = [
      ['/ingest', undefined],
      ['/ingest/gateway', 'OpenTelemetry Collector/0.150.0'],
      ['/es/_bulk', 'Elastic-filebeat/9.1.2'],
    ] as const;
    const answers = await Promise.all(senders.map(([path, userAgent]) => send(url, path, userAgent)));
    for (const [index, answer] of answers.entries()) {
      expect(answer).toMatch(/^HTTP\/1.1 503 /);
      expect(answer).toMatch(/^retry-after: \d+\r$/im);
      expect(answer).not.toContain('secret of the inside');
      const body = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
      expect(body.status).toBe(503);
      expect('error' in body).toBe(senders[index]?.[0] === '/es/_bulk');
    }
  });
});

test.each([408, 429])('%i is temporary as well', async (status) => {
  const url = await start({
    authenticate: async () => {
      throw new ApiError(status, 'Too much', 'Come back later.');
    },
  });
  const [final, other] = await Promise.all([
    send(url, '/es/_bulk', 'Otoroshi-ahc'),
    send(url, '/es/_bulk', 'Elastic-filebeat/9.1.2'),
  ]);
  expect([final, other]).toEqual(['', expect.stringMatching(new RegExp(`^HTTP/1.1 ${status} `))]);
});

test('what may have been kept is answered to nobody', async () => {
  const reason = 'it is not known whether it was written';
  const url = await start({ accept: refusing({ ...tomorrow, reason, outcomeUnknown: true }) });
  expect(
    await Promise.all([send(url, '/ingest', undefined), send(url, '/es/_bulk', 'Elastic-filebeat/9.1.2')]),
  ).toEqual(['', '']);
});

test.each([
  ['a body that cannot be read', { status: 400, reason: 'x' }],
  ['a body that is too large', { status: 413, reason: 'x' }],
  ['an unknown encoding', { status: 415, reason: 'x' }],
] as const)('%s is answered to everybody: nothing becomes better by sending it again', async (_, refusal) => {
  const url = await start({ accept: refusing(refusal) });
  for (const userAgent of ['Otoroshi-ahc', undefined])
    expect(await send(url, '/es/_bulk', userAgent)).toContain(`HTTP/1.1 ${refusal.status} `);
});

test('a sender that goes away while it is being refused is forgotten', async () => {
  const url = await start({ accept: refusing({ ...tomorrow, reason: 'x' }) });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => {
    socket.write('POST /es/_bulk HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
    setTimeout(() => socket.destroy(), 100);
  });
  await sleep(300);
  await servers[0]?.close(5_000);
});

describe('errors under /es', () => {
  test.each([
    ['GET', '/es/%zz'],
    ['PATCH', '/es/_bulk'],
    ['OPTIONS', '/es'],
    ['POST', '/es/_security/unknown'],
    ['POST', '//es//_security/unknown'],
    ['POST', '/%65s/_security/unknown'],
  ])('%s %s are in the form of Elasticsearch', async (method, path) => {
    const url = await start({});
    const answer = await fetch(`${url}${path}`, { method });
    const error = { type: expect.any(String), reason: expect.any(String) };
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
    expect(await answer.json()).toMatchObject({ status: answer.status, error });
  });
});
