import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import type { Named } from '../core/named.ts';
import { ask } from './ask.ts';
import { certificate, startTestController, type TestController } from './openziti-controller.fixture.ts';
import { type ControllerOptions, createOpenzitiController } from './openziti-controller.ts';

let controller: TestController;
afterEach(() => controller.close());

const now = 1_795_262_400_000_000;
/** A client, and all that it has learned. */
async function open(options: Partial<ControllerOptions> = {}, secure = false) {
  controller = await startTestController(secure);
  const client = createOpenzitiController({
    url: controller.url,
    username: 'gatescope',
    password: 'let-me-in',
    ask,
    clock: () => now,
    ...options,
  });
  const learned: Named[] = [];
  const names = () => client.names((page) => void learned.push(...page), new AbortController().signal);
  return { names, learned };
}
const many = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `i${at}`, name: `till-${at}` }));

it('reads the names of identities, services and edge routers, with the time of their last change', async () => {
  const { names, learned } = await open();
  controller.lists = {
    identities: [{ id: 'i', name: 'till-17', updatedAt: '2026-11-20T08:15:30.25Z' }],
    services: [{ id: 's', name: 'ledger-db' }],
    'edge-routers': [{ id: 'r', name: 'edge-berlin' }],
  };
  expect(await names()).toEqual({ ok: true, value: 3 });
  expect(learned).toEqual([
    { kind: 'identity', id: 'i', name: 'till-17', since: 1_795_162_530_250_000 },
    { kind: 'service', id: 's', name: 'ledger-db', since: now },
    { kind: 'router', id: 'r', name: 'edge-berlin', since: now },
  ]);
});

it('reads long lists page by page', async () => {
  const { names, learned } = await open();
  controller.lists = { ...controller.lists, identities: many(1_203) };
  expect(await names()).toEqual({ ok: true, value: 1_203 });
  expect(new Set(learned.map(({ id }) => id)).size).toBe(1_203);
  expect(controller.asked).toEqual([
    'identities?limit=500&offset=0',
    'identities?limit=500&offset=500',
    'identities?limit=500&offset=1000',
    'services?limit=500&offset=0',
    'edge-routers?limit=500&offset=0',
  ]);
});

it('ends where the controller gives no further offset', async () => {
  const { names } = await open();
  controller.lists = { ...controller.lists, identities: many(101_000) };
  expect(await names()).toEqual({ ok: true, value: 100_500 });
});

it('keeps its session, and signs in again when it has ended', async () => {
  const { names } = await open();
  await names();
  await names();
  expect(controller.signIns).toBe(1);
  controller.forgetSessions();
  expect(await names()).toEqual({ ok: true, value: 0 });
  expect(controller.signIns).toBe(2);
});

it('says that the password is refused, and does not repeat it', async () => {
  const { names } = await open({ password: 'wrong-one' });
  expect(await names()).toEqual({ ok: false, error: 'user name or password are refused for gatescope' });
});

it('says what a user lacks whose new session is refused', async () => {
  const { names } = await open();
  controller.mayRead = false;
  expect(await names()).toEqual({
    ok: false,
    error: 'gatescope may not read /identities: it must be an administrator with one factor',
  });
  expect(controller.signIns).toBe(1);
});

it('says what a controller in trouble says', async () => {
  const { names } = await open();
  controller.state = 'down';
  expect(await names()).toEqual({
    ok: false,
    error: '/authenticate answered 503 (SERVER_UNAVAILABLE: Try again later)',
  });
});

it('says that nobody is there', async () => {
  const { names } = await open();
  await controller.close();
  expect(await names()).toMatchObject({ ok: false, error: expect.stringContaining('ECONNREFUSED') });
});

it('trusts the CA it was given, and nobody else', async () => {
  const ca = readFileSync(certificate, 'utf8');
  expect(await (await open({ ca }, true)).names()).toEqual({ ok: true, value: 0 });
  await controller.close();
  expect(await (await open({}, true)).names()).toEqual({
    ok: false,
    error: 'its certificate is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT): name its CA in `ca`',
  });
});
