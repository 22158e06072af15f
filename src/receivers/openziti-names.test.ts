import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Named } from '../core/named.ts';
import { ask } from './ask.ts';
import { startTestController, type TestController } from './openziti-controller.fixture.ts';
import { type OpenzitiNames, type OpenzitiNamesOptions, startOpenzitiNames } from './openziti-names.ts';

let controller: TestController;
let naming: OpenzitiNames | undefined;
beforeEach(async () => {
  controller = await startTestController();
  controller.lists = { ...controller.lists, services: [{ id: 's', name: 'ledger-db' }] };
});
afterEach(async () => {
  await naming?.stop();
  await controller.close();
});

const now = 1_795_262_400_000_000;
/** Asks every 20 ms. */
function start(learn: OpenzitiNamesOptions['learn']) {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const log = { debug() {}, info: say, warn: say, error: say };
  const login = { username: 'gatescope', password: 'let-me-in', interval: 20_000 };
  const controllers = [{ url: controller.url, tenant: 'acme', ...login }];
  const running = startOpenzitiNames({ controllers, ask, learn, clock: () => now, log });
  naming = running;
  const until = async (state: string) => {
    while (running.status()[0]?.state !== state) await sleep(5);
  };
  return { running, until, said };
}

it('learns names for the tenant of the controller, again and again', async () => {
  const learned: [string, Named | undefined][] = [];
  const { running, until, said } = start((tenant, [name]) => {
    if (name !== undefined) learned.push([tenant, name]);
  });
  expect(running.status()).toEqual([{ url: controller.url, tenant: 'acme', state: 'waiting', names: 0 }]);
  await until('running');
  const told = { url: controller.url, tenant: 'acme', state: 'running', names: 1, asked: now };
  expect(running.status()).toEqual([told]);
  controller.lists = { ...controller.lists, services: [{ id: 's', name: 'accounts' }] };
  while (learned.at(-1)?.[1]?.name !== 'accounts') await sleep(5);
  expect(learned[0]).toEqual(['acme', { kind: 'service', id: 's', name: 'ledger-db', since: now }]);
  expect(said).toEqual(['An OpenZiti controller tells names.']);
});

it('says once that a controller fails and once that it works again, and keeps what it knew', async () => {
  const { running, until, said } = start(() => {});
  await until('running');
  controller.state = 'down';
  await until('failing');
  expect(running.status()).toMatchObject([
    { names: 1, asked: now, reason: '/identities answered 503 (SERVER_UNAVAILABLE: Try again later)' },
  ]);
  await sleep(60);
  controller.state = 'up';
  await until('running');
  expect(running.status()[0]?.reason).toBeUndefined();
  expect(said).toEqual([
    'An OpenZiti controller tells names.',
    'An OpenZiti controller tells no names; it is asked again.',
    'An OpenZiti controller tells names.',
  ]);
});

it('goes on when names could not be kept', async () => {
  let isFull = true;
  const { running, until } = start(() => {
    if (isFull) throw new Error('the disk is full');
  });
  await until('failing');
  expect(running.status()[0]?.reason).toBe('The names could not be kept: Error: the disk is full');
  isFull = false;
  await until('running');
});

it('stops while a controller is silent', async () => {
  controller.state = 'silent';
  const { running } = start(() => {});
  await sleep(20);
  await running.stop();
  expect(running.status()[0]?.state).toBe('waiting');
});
