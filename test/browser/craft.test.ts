/** What the web app promises whatever it shows: accessible, narrow enough, light enough, and honest when cut off. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, missing, type Site, startSite } from './site.ts';

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const pages = ['/overview', '/events', '/receivers', '/settings', '/settings?section=about'];
const looks = [
  { width: 1440, scheme: 'light' },
  { width: 1440, scheme: 'dark' },
  { width: 390, scheme: 'light' },
  { width: 390, scheme: 'dark' },
] as const;

interface Finding {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

async function findings(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axePath, 'utf8'));
  const found = (await page.evaluate('axe.run()')) as { violations: Finding[] };
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  );
}

describe.skipIf(missing !== undefined)(
  `the craft of the web app${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let site: Site;
    beforeAll(async () => {
      site = await startSite();
      await site.send(
        Array.from({ length: 60 }, (_, i) => call(i, i * 40, { status: [200, 404, 503, 429][i % 4] })),
      );
    });
    afterAll(() => site?.stop());

    describe.each(looks)('$width pixels wide, $scheme', (look) => {
      it.each(pages)('%s has nothing that axe finds and no sideways scroll', async (path) => {
        const page = await site.open(path, look);
        await page.getByRole('main').waitFor();
        await page.waitForLoadState('load');
        await page.locator('.skeleton').first().waitFor({ state: 'detached' });
        expect(await findings(page)).toEqual([]);
        const { scrollWidth, innerWidth } = (await page.evaluate(
          '({ scrollWidth: document.documentElement.scrollWidth, innerWidth })',
        )) as { scrollWidth: number; innerWidth: number };
        expect(scrollWidth).toBeLessThanOrEqual(innerWidth);
        await page.context().close();
      });
    });

    it('the drawer of an event has nothing that axe finds', async () => {
      const page = await site.open('/events');
      await page.locator('.event-row').first().click();
      await page.getByRole('tab', { name: 'Related' }).waitFor();
      expect(await findings(page)).toEqual([]);
      await page.context().close();
    });

    it('loads at most 300 KB of script before the first chart', async () => {
      const page = await site.open('/settings?section=password');
      await page.goto('about:blank');
      const scripts = new Set<string>();
      page.on('request', (request) => {
        if (request.resourceType() === 'script') scripts.add(request.url());
      });
      await page.goto(`${site.url}/overview`);
      await page.locator('.chart-canvas canvas').first().waitFor();
      await page.context().close();
      expect(scripts.size).toBeGreaterThan(3);
      const sizes = [...scripts].map(async (url) => {
        const script = await (await fetch(url)).arrayBuffer();
        return gzipSync(new Uint8Array(script)).length;
      });
      const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
      expect(total).toBeLessThan(300 * 1024);
    });

    it('has one stream of live figures however many tabs show them', async () => {
      const page = await site.open('/overview');
      const live = '.live .tile-number';
      await page.locator(live, { hasText: '/s' }).first().waitFor();
      const streams: string[] = [];
      page.context().on('request', (request) => {
        if (request.url().includes('/api/live')) streams.push(request.url());
      });
      const second = await page.context().newPage();
      await second.goto(`${site.url}/overview`);
      await second.locator(live, { hasText: '/s' }).first().waitFor();
      expect(streams).toEqual([]);
      await page.context().close();
    });

    it('says once that the connection is lost, and heals by itself', async () => {
      const page = await site.open('/events');
      await page.locator('.event-row').first().waitFor();
      await page.context().setOffline(true);
      await page.getByRole('button', { name: 'Refresh' }).click();
      await page.getByText('The connection to Gatescope is lost').waitFor();
      expect(await page.getByText('The connection to Gatescope is lost').count()).toBe(1);
      expect(await page.locator('.event-row').count()).toBeGreaterThan(0);
      await page.context().setOffline(false);
      await page.getByText('The connection to Gatescope is lost').waitFor({ state: 'detached' });
      await page.context().close();
    });
  },
);
