/** A newcomer with nothing to show: sample traffic, in a tenant of its own, there by one act and gone by one act. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missing, type Site, startSite } from './site.ts';

describe.skipIf(missing !== undefined)(
  `sample traffic${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let site: Site;
    beforeAll(async () => {
      site = await startSite();
    });
    afterAll(() => site?.stop());

    it('makes every page alive, and leaves nothing behind', { timeout: 400_000 }, async () => {
      const page = await site.open('/overview');
      page.on('dialog', (dialog) => void dialog.accept());
      await page.getByRole('button', { name: 'Show me with sample traffic' }).click();
      await page.waitForURL(/tenant=sample/);
      await page.getByText('This is sample traffic').waitFor();
      await page.getByRole('heading', { name: 'Top services' }).waitFor();
      await page.locator('.ranking-name', { hasText: 'orders-api' }).first().click();
      await page.locator('.event-row').first().waitFor();
      expect(new URL(page.url()).searchParams.get('q')).toContain('orders-api');
      await page.getByRole('button', { name: 'Remove sample traffic' }).click();
      await page.waitForURL((url) => !url.searchParams.has('tenant'), { timeout: 300_000 });
      await page.goto(`${site.url}/overview`);
      await page.getByRole('heading', { name: 'Point a gateway here' }).waitFor();
      await page.context().close();
    });
  },
);
