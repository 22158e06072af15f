import { once } from 'node:events';
import { connect } from 'node:net';
import { Client as Client9 } from '@elastic/elasticsearch';
import { Client as Client8 } from '@elastic/elasticsearch-8';
import { Client as OpenSearchClient } from '@opensearch-project/opensearch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDoor, serve, type TestDoor } from './door.fixture.ts';
import { elasticErrors, elasticsearchReceiver } from './elasticsearch.ts';

let door: TestDoor;
let server: Awaited<ReturnType<typeof serve>>;
beforeEach(async () => {
  door = await openDoor();
  server = await serve(elasticsearchReceiver(door));
});
afterEach(async () => {
  await server.close();
  await door.close();
});

async function ask(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${server.url}/es${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  expect(answer.headers.get('x-elastic-product')).toBe('Elasticsearch');
  const text = await answer.text();
  return { status: answer.status, text, json: text === '' ? undefined : JSON.parse(text) };
}

interface BulkItem {
  readonly _index: string;
  readonly _type: string;
  readonly _id: string | null;
  readonly status: number;
  readonly result?: string;
  readonly error?: { readonly type: string; readonly reason: string };
}
const itemsOf = (json: { items: Record<string, BulkItem>[] }): [string, BulkItem][] =>
  json.items.map((item) => Object.entries(item)[0] as [string, BulkItem]);

/** What the tests use of a client; the OpenSearch client calls the operations body, and wraps its answers. */
interface OfficialClient {
  bulk(lines: readonly object[]): Promise<{ errors: boolean; items: Record<string, BulkItem>[] }>;
  bulkAll(documents: readonly object[]): Promise<{ total: number; failed: number }>;
  info(): Promise<unknown>;
  ping(): Promise<unknown>;
  close(): Promise<void>;
}
const elastic = (client: Client9 | Client8): OfficialClient => ({
  bulk: (operations) => (client as Client9).bulk({ operations: [...operations] }) as never,
  bulkAll: (datasource) =>
    (client as Client9).helpers.bulk({
      datasource: [...datasource],
      onDocument: () => ({ index: { _index: 'logs' } }),
    }),
  info: () => (client as Client9).info(),
  ping: () => (client as Client9).ping(),
  close: () => client.close(),
});
const openSearch = (client: OpenSearchClient): OfficialClient => ({
  bulk: async (body) => (await client.bulk({ body: [...body] as never })).body as never,
  bulkAll: (datasource) =>
    client.helpers.bulk({ datasource: [...datasource], onDocument: () => ({ index: { _index: 'logs' } }) }),
  info: () => client.info(),
  ping: () => client.ping(),
  close: () => client.close(),
});
const clients: readonly [string, () => OfficialClient][] = [
  ['@elastic/elasticsearch 9', () => elastic(new Client9({ node: `${server.url}/es` }))],
  ['@elastic/elasticsearch 8', () => elastic(new Client8({ node: `${server.url}/es` }))],
  ['@opensearch-project/opensearch', () => openSearch(new OpenSearchClient({ node: `${server.url}/es` }))],
];

describe.each(clients)('the official client %s', (_, create) => {
  it('sends in bulk and learns what became of each document', async () => {
    const client = create();
    const answer = await client.bulk([
      { index: { _index: 'logs', _id: 'a' } },
      { id: 1, status: 200 },
      { create: { _index: 'logs' } },
      { status: 'no number' },
    ]);
    expect(answer.errors).toBe(true);
    expect(itemsOf(answer).map(([, item]) => [item._id, item.status])).toEqual([
      ['1', 201],
      [null, 400],
    ]);
    await client.close();
  });

  it('indexes by its bulk helper, a second time without effect', async () => {
    const client = create();
    const documents = Array.from({ length: 250 }, (_, id) => ({ id, status: 200 }));
    expect(await client.bulkAll(documents)).toMatchObject({ total: 250, failed: 0 });
    expect(await client.bulkAll(documents)).toMatchObject({ total: 250, failed: 0 });
    expect(await door.events()).toHaveLength(250);
    await client.close();
  });

  it('is greeted and pings', async () => {
    const client = create();
    expect(await client.info()).toBeTruthy();
    expect(await client.ping()).toBeTruthy();
    await client.close();
  });
});

describe('_bulk', () => {
  const bulk = (body: string, path = '/_bulk', method = 'POST') =>
    ask(method, path, body, { 'content-type': 'application/x-ndjson' });

  it('answers with one item for each action, in order, in compact form', async () => {
    const { status, text } = await bulk(
      '{"index":{"_index":"otoroshi-events-2026-11-21"}}\n{"id":"7"}\n{"create":{"_index":"x","_id":"own"}}\n{"y":1}\n\n',
    );
    expect(status).toBe(200);
    expect(text.replace(/^\{"took":\d+/, '{"took":0')).toBe(
      '{"took":0,"errors":false,"items":[' +
        '{"index":{"_index":"otoroshi-events-2026-11-21","_type":"_doc","_id":"7","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,"status":201}},' +
        '{"create":{"_index":"x","_type":"_doc","_id":"own","_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,"status":201}}]}',
    );
  });

  it('sent twice is stored once', async () => {
    const body = '{"index":{}}\n{"id":1}\n{"index":{"_id":"own"}}\n{"x":1}\n';
    expect(itemsOf((await bulk(body, '/logs/_bulk')).json).map(([, item]) => item.status)).toEqual([
      201, 201,
    ]);
    const again = await bulk(body, '/logs/_bulk');
    expect(again.json.errors).toBe(false);
    expect(itemsOf(again.json).map(([, item]) => [item._index, item.status, item.result])).toEqual([
      ['logs', 200, 'noop'],
      ['logs', 200, 'noop'],
    ]);
    expect(await door.events()).toHaveLength(2);
  });

  it('says for each item why it was not taken, and takes the others', async () => {
    await bulk('{"index":{}}\n{"id":1}\n');
    const { json } = await bulk(
      '{"index":{}}\n{"id":1,"n":2}\n{"update":{"_id":"u"}}\n{"doc":{}}\n{"delete":{"_id":"d"}}\n{"index":{}}\n{"id":\n{"index":{}}\n{"id":2}\n',
    );
    expect(json.errors).toBe(true);
    expect(itemsOf(json).map(([operation, item]) => [operation, item.status, item.error?.type])).toEqual([
      ['index', 409, 'version_conflict_engine_exception'],
      ['update', 400, 'illegal_argument_exception'],
      ['delete', 400, 'illegal_argument_exception'],
      ['index', 400, 'document_parsing_exception'],
      ['index', 201, undefined],
    ]);
    expect(await door.reasons()).toEqual(['id-conflict', 'unreadable']);
  });

  it.each(['/_bulk', '//_bulk', '/idx/_bulk', '/idx/event/_bulk', '/_bulk?filter_path=errors&refresh=true'])(
    'is found at %s, by POST and PUT',
    async (path) => {
      for (const method of ['POST', 'PUT'])
        expect((await bulk('{"index":{}}\n{"x":1}\n', path, method)).json.errors).toBe(false);
    },
  );

  it('refuses a body that is none in the words of Elasticsearch', async () => {
    const { status, json } = await bulk('{"x":1}\n{"y":2}\n');
    expect(status).toBe(400);
    expect(json.error.root_cause[0].type).toBe('illegal_argument_exception');
    expect(json.error.reason).toContain('Malformed action/metadata line [1]');
    expect(json.status).toBe(400);
  });

  it('takes what Otoroshi sends, over one connection, handshake first', async () => {
    const { hostname, port } = new URL(server.url);
    const event = '{"id":"1541238890123456789","@type":"GatewayEvent"}';
    const body = `{"index":{"_index":"otoroshi-events-2026-11-21"}}\n${event}\n\n`;
    const request = (line: string, content = '') =>
      `${line} HTTP/1.1\r\nhost: ${hostname}\r\naccept: */*\r\nuser-agent: Otoroshi-ahc\r\n` +
      `content-type: application/x-ndjson\r\ncontent-length: ${Buffer.byteLength(content)}\r\n\r\n${content}`;
    const socket = connect(Number(port), hostname);
    let heard = '';
    const codes = () => [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);
    socket.setEncoding('utf8').on('data', (text) => {
      heard += text;
    });
    const answered = async (count: number) => {
      while (codes().length < count) await once(socket, 'data');
    };
    const steps = [
      request('GET /es/'),
      request('GET /es/_index_template/otoroshi-tpl'),
      request('POST /es/_index_template/otoroshi-tpl', '{"index_patterns":["otoroshi-events-*"]}'),
      request('POST /es//_bulk', body),
      request('GET /es/_index_template/otoroshi-tpl'),
      request('PUT /es/_index_template/otoroshi-tpl', '{"index_patterns":["otoroshi-events-*"]}'),
    ];
    for (const [index, step] of steps.entries()) {
      socket.write(step);
      await answered(index + 1);
    }
    socket.destroy();
    expect(codes()).toEqual(['200', '404', '200', '200', '200', '200']);
    expect((await door.events()).map((stored) => [stored.id, stored.raw])).toEqual([
      ['1541238890123456789', event],
    ]);
  });
});

describe('single documents', () => {
  it.each([
    ['POST', '/logs/_doc', 201],
    ['PUT', '/logs/_doc/a%2Fb', 201],
    ['POST', '/logs/_create/c', 201],
  ])('are taken by %s %s', async (method, path, status) => {
    const answer = await ask(method, path, '{\n  "x": 1\n}');
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ _index: 'logs', result: 'created' });
  });

  it('are stored once under their id', async () => {
    await ask('PUT', '/logs/_doc/a', '{"x":1}');
    expect((await ask('PUT', '/logs/_doc/a', '{"x":1}')).json).toMatchObject({ _id: 'a', result: 'noop' });
    expect((await ask('PUT', '/logs/_doc/a', '{"x":2}')).status).toBe(409);
    expect((await ask('PUT', '/logs/_doc/b', '{"x":')).status).toBe(400);
    expect((await ask('PUT', '/logs/_doc/b', '')).status).toBe(400);
    expect((await door.events()).map((event) => event.id)).toEqual(['a']);
  });
});

describe('the handshake', () => {
  it.each([
    ['HEAD', '', 200],
    ['HEAD', '/', 200],
    ['GET', '', 200],
    ['GET', '//', 200],
    ['GET', '/_license?human=false', 200],
    ['GET', '/_xpack', 200],
    ['HEAD', '/_template/logstash', 404],
    ['PUT', '/_template/logstash', 200],
    ['GET', '/_ilm/policy', 200],
    ['PUT', '/_ilm/policy/p', 200],
    ['HEAD', '/alias', 200],
    ['PUT', '/%3Calias-%7Bnow%2Fd%7D-000001%3E', 200],
    ['GET', '/_data_stream/d', 200],
    ['PUT', '/_ingest/pipeline/p', 200],
    ['GET', '/_nodes/http', 200],
    ['GET', '/_nodes/_all/http', 200],
    ['GET', '/_cluster/health', 200],
    ['GET', '/otoroshi*/_count', 200],
    ['POST', '/otoroshi*/_search', 200],
    ['POST', '/_security/unknown', 400],
  ])('answers %s /es%s with %i', async (method, path, status) => {
    expect((await ask(method, path, method === 'PUT' ? '{}' : undefined)).status).toBe(status);
  });

  it('says of itself what clients look at', async () => {
    const { json } = await ask('GET', '/');
    expect(json).toMatchObject({
      version: { number: '8.19.0', build_flavor: 'default' },
      tagline: 'You Know, for Search',
    });
    expect((await ask('GET', '/_license')).json.license.status).toBe('active');
    expect((await ask('GET', '/x*/_count')).json.count).toBe(0);
    expect((await ask('POST', '/x*/_search')).json.hits.hits).toEqual([]);
  });

  it('tells a Beat its own version', async () => {
    const headers = { 'user-agent': 'Elastic-filebeat/9.1.2 (linux; amd64)' };
    expect((await ask('GET', '/', undefined, headers)).json.version.number).toBe('9.1.2');
  });

  it('remembers a template that was sent', async () => {
    const path = '/_index_template/otoroshi-tpl';
    expect((await ask('GET', path)).status).toBe(404);
    expect((await ask('POST', path, '{}')).json).toEqual({ acknowledged: true });
    expect((await ask('GET', path)).json.index_templates[0].name).toBe('otoroshi-tpl');
    expect((await ask('HEAD', path)).status).toBe(200);
    await ask('DELETE', path);
    expect((await ask('GET', path)).status).toBe(404);
  });

  it('writes the errors of the server in the words of Elasticsearch', () => {
    expect(elasticErrors.body({ status: 401, detail: 'who are you?' })).toEqual({
      error: {
        root_cause: [{ type: 'security_exception', reason: 'who are you?' }],
        type: 'security_exception',
        reason: 'who are you?',
      },
      status: 401,
    });
  });
});
