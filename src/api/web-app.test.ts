import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { start } from './http-server.fixture.ts';

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

describe('the web app', () => {
  const html = '<!doctype html><html><head></head><body><script>start()</script></body></html>';
  async function build(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'gatescope-web-'));
    folders.push(folder);
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), html);
    await writeFile(join(folder, 'assets', 'app-1a2b.js'), 'start()');
    return folder;
  }
  const asBrowser = { headers: { accept: 'text/html,application/xhtml+xml' } };

  test('its page is at the root and at every address a browser opens', async () => {
    const { call } = await start({ web: await build() });
    for (const path of ['/', '/events', '/events/otoroshi/1?q=status:500']) {
      const answer = await call(path, undefined, asBrowser);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toContain('start()');
      expect(answer.headers.get('cache-control')).toBe('no-cache');
      expect(answer.headers.get('content-security-policy')).toMatch(
        /script-src 'self' 'sha256-[A-Za-z0-9+/]+='/,
      );
    }
  });

  test('a program that asks for what is not there gets a problem, not a page', async () => {
    const { call } = await start({ web: await build() });
    expect((await call('/api/nothing')).status).toBe(404);
    expect((await call('/assets/missing.js')).status).toBe(404);
  });

  test('hashed files are kept for ever, the page is asked for again and costs a 304', async () => {
    const { call } = await start({ web: await build() });
    const asset = await call('/assets/app-1a2b.js');
    expect(asset.headers.get('cache-control')).toContain('immutable');
    expect(asset.headers.get('etag')).toBeTruthy();
    const etag = (await call('/', undefined, asBrowser)).headers.get('etag') as string;
    const again = await call('/', undefined, { headers: { ...asBrowser.headers, 'if-none-match': etag } });
    expect(again.status).toBe(304);
  });

  test('relative addresses of one build work under a base path at any depth', async () => {
    const { call } = await start({ web: await build(), basePath: '/scope' });
    const page = await (await call('/events/1', undefined, asBrowser)).text();
    expect(page).toContain('<base href="/scope/">');
    expect((await call('/assets/app-1a2b.js')).status).toBe(200);
  });

  test('a base that the page names itself, for development, gives way', async () => {
    const folder = await build();
    await writeFile(join(folder, 'index.html'), '<html><head><base href="/" /></head></html>');
    const { call } = await start({ web: folder, basePath: '/scope' });
    const page = await (await call('/', undefined, asBrowser)).text();
    expect(page).toBe('<html><head><base href="/scope/"></head></html>');
  });

  test('files outside the folder cannot be reached', async () => {
    const { call } = await start({ web: await build() });
    expect((await call('/..%2f..%2fetc/passwd')).status).not.toBe(200);
    expect((await call('/%2e%2e/%2e%2e/etc/passwd')).status).not.toBe(200);
  });
});
