/** A real server with an empty data folder, and a real Chromium that looks at it. */
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import type { Log } from '../../src/core/ports.ts';
import { startTestServer } from '../started-server.ts';

const executablePath = '/usr/bin/chromium';
/** Why these tests cannot run here, or undefined when they can. */
export const missing = existsSync(executablePath) ? undefined : 'Chromium is missing (/usr/bin/chromium)';

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

export interface Site {
  readonly url: string;
  readonly browser: Browser;
  /** A window of its own, signed in; closed by {@link Site.stop}. */
  open(path: string, options?: Look): Promise<Page>;
  /** A window that is not signed in. */
  openStranger(path: string): Promise<Page>;
  /** Signs in as the first admin. */
  signIn(page: Page): Promise<void>;
  /** Sends records and waits until they can be asked for. */
  send(records: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  stop(): Promise<void>;
}

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

export async function startSite(): Promise<Site> {
  const server = await startTestServer({}, undefined, silent);
  await server.ready();
  const browser = await chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const url = server.url.replace(/\/$/, '');

  // A busy machine is slow, not wrong.
  const patience = 60_000;
  const newPage = async (options: BrowserContextOptions = {}) => {
    const context = await browser.newContext(options);
    context.setDefaultTimeout(patience);
    return context.newPage();
  };
  const signIn = async (page: Page) => {
    await page.getByLabel('User').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill(server.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached' });
  };
  // Signing in is slow on purpose (scrypt) and limited in number: windows share one session.
  let state: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;
  const sessionState = async () => {
    if (state !== undefined) return state;
    const page = await newPage();
    await page.goto(url);
    await signIn(page);
    state = await page.context().storageState();
    await page.context().close();
    return state;
  };

  return {
    url,
    browser,
    signIn,
    async openStranger(path) {
      const page = await newPage();
      await page.goto(url + path);
      return page;
    },
    async open(path, { width = 1440, height = 900, scheme = 'light' } = {}) {
      const page = await newPage({
        storageState: await sessionState(),
        viewport: { width, height },
        colorScheme: scheme,
        timezoneId: 'Europe/Paris',
      });
      await page.goto(url + path);
      return page;
    },
    async send(records) {
      const count = async () =>
        (await server.api<{ total: number }>('/api/events?total=true&limit=1&from=now-7d')).total;
      const before = await count();
      await server.api('/ingest', records);
      while ((await count()) < before + records.length) await sleep(50);
    },
    async stop() {
      await browser.close();
      await server.stop();
    },
  };
}

/** A call as Otoroshi reports it, so many seconds ago. */
export function call(id: number, secondsAgo: number, more: Readonly<Record<string, unknown>> = {}) {
  return {
    '@id': `${9_000_000_000 + id}`,
    '@timestamp': Date.now() - secondsAgo * 1000,
    '@type': 'GatewayEvent',
    '@product': 'otoroshi',
    '@serviceId': 'service_orders',
    '@service': 'orders',
    '@env': 'prod',
    reqId: `request-${id}`,
    status: 200,
    duration: 120,
    overhead: 2,
    method: 'GET',
    protocol: 'HTTP/1.1',
    from: '203.0.113.7',
    to: { scheme: 'https', host: 'api.example.com', uri: `/orders/${id}` },
    target: { scheme: 'http', host: '10.0.0.1:8080', uri: `/orders/${id}` },
    url: `https://api.example.com/orders/${id}`,
    data: { dataIn: 100, dataOut: 2000 },
    headers: [],
    headersOut: [],
    ...more,
  };
}
