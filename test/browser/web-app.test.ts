/** The web app in a real Chromium against a real server: what a person does, and what the page answers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, missing, type Site, startSite } from './site.ts';

describe.skipIf(missing !== undefined)(`the web app${missing === undefined ? '' : ` (${missing})`}`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site?.stop());

  it('lets nobody in without the password, and says so', async () => {
    const page = await site.openStranger('/events?q=status:500');
    await page.getByLabel('Password', { exact: true }).fill('wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('User and password do not match').waitFor();
    await site.signIn(page);
    expect(new URL(page.url()).pathname).toBe('/events');
    await page.getByRole('button', { name: /Sign out/ }).click();
    await page.getByRole('heading', { name: 'Sign in to Gatescope' }).waitFor();
    await page.context().close();
  });

  it('shows a newcomer how to point a gateway here, and the first event as soon as it is in', async () => {
    const page = await site.open('/overview');
    await page.getByRole('heading', { name: 'Point a gateway here' }).waitFor();
    await page.getByRole('tab', { name: 'Otoroshi' }).click();
    await page.getByText('"type": "elastic"').waitFor();
    const records = Array.from({ length: 40 }, (_, i) =>
      call(i, 60 + i * 30, i % 10 === 9 ? { status: 503 } : {}),
    );
    await site.send(records);
    await page.getByRole('heading', { name: 'Requests by outcome' }).waitFor();
    await page.locator('.tile', { hasText: 'Requests' }).nth(1).getByText('40').waitFor();
    await page.context().close();
  });

  it('leads from a number to the events behind it', async () => {
    const page = await site.open('/overview');
    await page.locator('.tile', { hasText: 'Error rate' }).click();
    await page.waitForURL(/\/events\?/);
    await page.getByText('4 events in').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('family:traffic outcome:failure');
    await page.goBack();
    await page.getByRole('heading', { name: 'Requests by outcome' }).waitFor();
    await page.context().close();
  });

  it('completes fields and values, runs on Enter, and keeps it all in the address', async () => {
    const page = await site.open('/events');
    await page.locator('.event-row').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('serv');
    await page
      .getByRole('option', { name: /^service\b/ })
      .first()
      .waitFor();
    await page.keyboard.press('Tab');
    await page.getByRole('option', { name: /orders/ }).click();
    await page.keyboard.type('status:>=500');
    await page.keyboard.press('Enter');
    await page.getByText('4 events in').waitFor();
    const other = await site.open(new URL(page.url()).pathname + new URL(page.url()).search);
    await other.getByText('4 events in').waitFor();
    await other.context().close();
    await page.context().close();
  });

  it('underlines what is wrong in a filter and says what was expected', async () => {
    const page = await site.open('/events?q=status:abc');
    await page.locator('.filter-problem', { hasText: 'status is a number' }).waitFor();
    expect(await page.locator('.filter-marks mark').textContent()).toBe('status:abc');
    await page.context().close();
  });

  it('opens one event under an address of its own, and leafs on with the keyboard', async () => {
    const page = await site.open('/events?q=family:traffic');
    await page.locator('.event-row').first().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: 'Record' }).click();
    await page.getByText('"GatewayEvent"').waitFor();
    const first = new URL(page.url()).searchParams.get('event');
    expect(first).toBe('9000000000');
    await page.keyboard.press('j');
    await page.waitForURL(/event=9000000001/);
    const link = await site.open(new URL(page.url()).pathname + new URL(page.url()).search);
    await link.getByText('GET /orders/1', { exact: true }).first().waitFor();
    await link.context().close();
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('event'));
    await page.context().close();
  });

  it('filters for a value that is pointed at', async () => {
    const page = await site.open('/events?q=family:traffic');
    await page
      .locator('.event-row td[data-field=status]', { hasText: '503' })
      .first()
      .click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Filter it out' }).click();
    await page.getByText('36 events in').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe('family:traffic -status:503');
    await page.context().close();
  });

  it('zooms where one drags and comes back the way one went', async () => {
    const page = await site.open('/overview');
    const plot = page.locator('.chart-overlay').first();
    await plot.waitFor();
    const box = (await plot.boundingBox()) as { x: number; y: number; width: number };
    await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForURL(/from=2/);
    await page.getByRole('button', { name: 'Undo zoom' }).click();
    await page.waitForURL((url) => !url.searchParams.has('from'));
    await page.context().close();
  });

  it('says which part of a filter removed all, and where the nearest events are', async () => {
    const page = await site.open('/events?q=service:orders+status:418');
    await page.getByText('removes all').waitFor();
    await page.locator('.empty-parts').getByText('40 events').waitFor();
    await page.goto(`${site.url}/events?from=2024-01-01T00:00:00Z&to=2024-01-02T00:00:00Z`);
    await page.getByRole('button', { name: 'Show the hour around it' }).click();
    await page.locator('.event-row').first().waitFor();
    await page.context().close();
  });

  it('follows what comes in', async () => {
    const page = await site.open('/events?live=1&from=now-15m');
    await page.getByText('Following what comes in').waitFor();
    await site.send([call(500, 0, { status: 429 })]);
    await page.locator('.event-row', { hasText: '/orders/500' }).waitFor();
    await page.context().close();
  });

  it('shows the secret of a token once, and revokes it after its name is typed', async () => {
    const page = await site.open('/settings');
    await page.getByRole('button', { name: 'Create a token' }).click();
    await page.getByLabel('Name').fill('gateway-eu-1');
    await page.getByRole('button', { name: 'Create token' }).click();
    const secret = await page.locator('[data-secret]').textContent();
    expect(secret).toMatch(/^gs_.{40,}/);
    const sent = await fetch(`${site.url}/ingest`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: 'not json',
    });
    expect(sent.status).toBe(200);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: 'Revoke gateway-eu-1' }).click();
    expect(await page.getByRole('button', { name: 'Revoke token' }).isDisabled()).toBe(true);
    await page.getByLabel('Type gateway-eu-1 to confirm').fill('gateway-eu-1');
    await page.getByRole('button', { name: 'Revoke token' }).click();
    await page.getByText(/^revoked/).waitFor();
    expect(await page.content()).not.toContain(secret);
    await page.context().close();
  });

  it('tells where an event is: received, or in quarantine to be mended and replayed', async () => {
    const page = await site.open('/receivers');
    await page.getByRole('region', { name: 'Senders' }).getByText('http').first().waitFor();
    const quarantine = page.getByRole('region', { name: 'Quarantine' });
    await quarantine.locator('td.mono button').first().click();
    await page.getByRole('textbox', { name: 'The record' }).fill(JSON.stringify(call(600, 5)));
    await page.getByRole('button', { name: 'Replay as edited' }).click();
    await page.getByText('It is an event now').waitFor();
    await page.context().close();
  });
});
