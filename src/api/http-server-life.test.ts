import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { PublicRoute } from '../access/route.ts';
import { servers, start } from './http-server.fixture.ts';
import { createHttpServer } from './http-server.ts';

describe('TLS', () => {
  const pem = (name: string) =>
    readFile(new URL(`../../test/fixtures/tls/${name}.pem`, import.meta.url), 'utf8');

  test('with a certificate it speaks HTTPS, and tells browsers to stay there', async () => {
    const { url } = await start({ tls: { cert: await pem('cert'), key: await pem('key') } });
    expect(url).toMatch(/^https:/);
    const ca = await pem('cert');
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      httpsGet(`${url}/open`, { ca, agent: false }, resolve).on('error', reject);
    });
    expect(answer.headers['strict-transport-security']).toMatch(/^max-age=\d+$/);
    expect(JSON.parse(await text(answer))).toEqual({ open: true });
  });
});

describe('closing', () => {
  test('a running request is finished before the server has closed', async () => {
    let finish = () => {};
    let begun = () => {};
    const running = new Promise<void>((resolve) => (begun = resolve));
    const slow: PublicRoute = {
      method: 'GET',
      url: '/slow',
      doc: 'Slow.',
      tag: 'test',
      access: { public: 'a test needs one.' },
      handle: async () => {
        begun();
        await new Promise<void>((resolve) => (finish = resolve));
        return { done: true };
      },
    };
    const { call, server } = await start({ routes: [slow] });
    const answer = call('/slow');
    await running;
    const closed = server.close();
    finish();
    expect(await (await answer).json()).toEqual({ done: true });
    await closed;
  });

  test('a request that never ends does not keep the server from closing', async () => {
    let begun = () => {};
    const running = new Promise<void>((resolve) => (begun = resolve));
    const endless: PublicRoute = {
      method: 'GET',
      url: '/endless',
      doc: 'Endless.',
      tag: 'test',
      access: { public: 'a test needs one.' },
      handle: () => {
        begun();
        return new Promise(() => {});
      },
    };
    const { url, server } = await start({ routes: [endless] });
    const cut = new Promise((resolve) => httpRequest(`${url}/endless`).on('error', resolve).end());
    await running;
    await server.close(10);
    expect(await cut).toBeInstanceOf(Error);
  });

  test('listening beyond this machine without TLS is warned of', async () => {
    const { server, lines } = await start();
    await server.close();
    expect(lines).toEqual([]);
    const other = await createHttpServer({
      routes: [],
      authenticate: async () => undefined,
      log: { debug: () => {}, info: () => {}, error: () => {}, warn: (message) => void lines.push(message) },
      newId: () => 'id',
      version: '1',
      basePath: '',
      trustedProxies: [],
      closing: new AbortController(),
    });
    servers.push(other);
    await other.listen({ port: 0, host: '0.0.0.0' });
    expect(lines).toEqual([expect.stringContaining('without TLS')]);
  });
});
