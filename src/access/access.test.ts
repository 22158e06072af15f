import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Access, openAccess } from './access.ts';
import type { Actor } from './audit.ts';
import { tellFirstPassword } from './first-password.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const actor: Actor = { kind: 'cli', id: 'test', name: 'test' };
const ends: (() => Promise<void>)[] = [];
let data: string;
let now: number;
let ids: number;

const open = async (): Promise<Access> => {
  const opened = await openAccess({ data, clock: () => now, log: quiet, newId: () => `id-${++ids}` });
  if (!opened.ok) throw new Error(opened.error.reason);
  let closed = false;
  const close = async () => {
    if (!closed) await opened.value.close();
    closed = true;
  };
  ends.push(close);
  return { ...opened.value, close };
};
const audit = async (access: Access) => {
  const records: Record<string, unknown>[] = [];
  await access.drainOutbox(async (entries) => {
    for (const { tenant, record } of entries) records.push({ tenant, ...JSON.parse(record) });
  });
  return records;
};

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'gatescope-access-'));
  now = 1_780_000_000_000_000;
  ids = 0;
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(data, { recursive: true });
});

describe('control data', () => {
  test('is readable by its owner alone', async () => {
    const access = await open();
    await access.tokens.create('default', { name: 'a', scopes: ['read'] }, actor);
    for (const file of ['control.db', 'control.db-wal'])
      expect((await stat(join(data, file))).mode & 0o777).toBe(0o600);
  });

  test('of a newer version is refused unharmed', async () => {
    await (await open()).close();
    const database = new DatabaseSync(join(data, 'control.db'));
    database.exec("insert into migrations (name, timestamp) values ('0999-later', '')");
    database.exec('pragma wal_checkpoint(truncate)');
    database.close();
    const before = await readFile(join(data, 'control.db'));
    const opened = await openAccess({ data, clock: () => now, log: quiet, newId: () => '' });
    expect(opened).toMatchObject({ ok: false, error: { path: 'control.db' } });
    expect(opened.ok ? '' : opened.error.reason).toContain('0999-later');
    expect(await readFile(join(data, 'control.db'))).toEqual(before);
  });

  test('is made once when two processes open a new folder together', async () => {
    const [a, b] = await Promise.all([open(), open()]);
    expect(await a.tenants.list()).toEqual(await b.tenants.list());
  });
});

describe('tokens', () => {
  test('the secret lets in, only its hash is kept', async () => {
    const access = await open();
    const { token, secret } = await access.tokens.create(
      'default',
      { name: 'nginx', scopes: ['ingest'] },
      actor,
    );
    expect(secret).toMatch(/^gs_[A-Za-z0-9_-]{43}$/);
    expect(await access.tokens.check(secret)).toEqual({
      kind: 'token',
      id: token.id,
      name: 'nginx',
      tenant: 'default',
      scopes: ['ingest'],
    });
    expect(await access.tokens.check(`${secret}x`)).toBeUndefined();
    await access.close();
    for (const file of ['control.db']) {
      const bytes = await readFile(join(data, file));
      expect(bytes.includes(token.id)).toBe(true);
      expect(bytes.includes(secret.slice(8))).toBe(false);
    }
  });

  test('a revoked token is out at once', async () => {
    const { tokens } = await open();
    const { token, secret } = await tokens.create('default', { name: 'a', scopes: ['read'] }, actor);
    await tokens.check(secret);
    expect(await tokens.revoke('default', token.id, actor)).toBe(true);
    expect(await tokens.check(secret)).toBeUndefined();
    expect(await tokens.revoke('default', token.id, actor)).toBe(false);
  });

  test('a token revoked by another process is out within two seconds', async () => {
    const [server, other] = [await open(), await open()];
    const { token, secret } = await server.tokens.create('default', { name: 'a', scopes: ['read'] }, actor);
    expect(await server.tokens.check(secret)).toBeDefined();
    await other.tokens.revoke('default', token.id, actor);
    now += 2_000_000;
    expect(await server.tokens.check(secret)).toBeUndefined();
  });

  test('a token ends when it expires, even while it is remembered', async () => {
    const { tokens } = await open();
    const expires = now + 1_000_000;
    const { secret } = await tokens.create('default', { name: 'a', scopes: ['read'], expires }, actor);
    expect(await tokens.check(secret)).toBeDefined();
    now = expires;
    expect(await tokens.check(secret)).toBeUndefined();
  });

  test('the last use is noted to the minute', async () => {
    const { tokens } = await open();
    const { secret } = await tokens.create('default', { name: 'a', scopes: ['read'] }, actor);
    const used = async () => (await tokens.list('default'))[0]?.lastUsed;
    expect(await used()).toBeUndefined();
    const first = now;
    await tokens.check(secret);
    now += 30_000_000;
    await tokens.check(secret);
    expect(await used()).toBe(first);
    now += 40_000_000;
    await tokens.check(secret);
    expect(await used()).toBe(now);
  });

  test('a tenant sees and revokes its own only', async () => {
    const { tokens, tenants } = await open();
    await tenants.create('acme', actor);
    const { token, secret } = await tokens.create('acme', { name: 'a', scopes: ['admin'] }, actor);
    expect(await tokens.list('default')).toEqual([]);
    expect(await tokens.revoke('default', token.id, actor)).toBe(false);
    expect((await tokens.check(secret))?.tenant).toBe('acme');
  });

  test('the admin token of the settings follows them', async () => {
    const { tokens } = await open();
    await tokens.fix('default', 'first-secret');
    expect(await tokens.check('first-secret')).toMatchObject({ tenant: 'default', scopes: ['admin'] });
    await tokens.fix('default', 'second-secret');
    expect(await tokens.check('first-secret')).toBeUndefined();
    expect(await tokens.check('second-secret')).toBeDefined();
    await tokens.fix('default', undefined);
    expect(await tokens.check('second-secret')).toBeUndefined();
    expect(await tokens.list('default')).toEqual([]);
  });
});

describe('users', () => {
  test('the first start makes one admin and tells the password before it counts', async () => {
    const { users } = await open();
    let told = { user: '', password: '' };
    await users.ensureFirst(async (signIn) => {
      expect(await users.verify(signIn.user, signIn.password)).toEqual({ ok: false, error: 'unknown' });
      told = signIn;
    });
    expect(await users.verify(told.user, told.password)).toMatchObject({
      ok: true,
      value: { name: 'admin', tenant: 'default', scopes: ['admin'] },
    });
    expect(await users.verify(told.user, `${told.password}x`)).toEqual({
      ok: false,
      error: 'wrong password',
    });
    expect(await users.verify('nobody', told.password)).toEqual({ ok: false, error: 'unknown' });
    await users.ensureFirst(async () => expect.unreachable('there is an admin already'));
  });

  test('the password goes to a file of its owner when there is no terminal, and only then', async () => {
    const options = { data, user: 'admin', password: 'swordfish' };
    const path = join(data, 'initial-password');
    expect(await tellFirstPassword({ ...options, terminal: true })).toContain('swordfish');
    await expect(stat(path)).rejects.toThrow();
    const said = await tellFirstPassword({ ...options, terminal: false });
    expect(said).toContain(path);
    expect(said).not.toContain('swordfish');
    expect(await readFile(path, 'utf8')).toBe('swordfish\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });
});

describe('people', () => {
  test('a name is given once over all tenants, and each tenant lists its own', async () => {
    const { users, tenants } = await open();
    await tenants.create('acme', actor);
    const wanted = { password: 'a long password', scopes: ['read' as const] };
    await users.create('acme', { ...wanted, name: 'cid' }, actor);
    await users.create('acme', { ...wanted, name: 'bea' }, actor);
    expect(await users.create('default', { ...wanted, name: 'bea' }, actor)).toEqual({
      ok: false,
      error: 'taken',
    });
    expect((await users.list('acme')).map(({ name }) => name)).toEqual(['bea', 'cid']);
    expect(await users.list('default')).toEqual([]);
  });
});

describe('sessions', () => {
  const signedIn = async () => {
    const access = await open();
    const created = await access.users.create(
      'default',
      { name: 'ann', password: 'a long password', scopes: ['read'] },
      actor,
    );
    if (!created.ok) throw new Error(created.error);
    const user = created.value;
    return { ...access, user, secret: await access.sessions.open(user, '127.0.0.1') };
  };
  const hours = (count: number) => count * 3_600e6;

  test('a session lasts while it is used, at most a week', async () => {
    const { sessions, secret, user } = await signedIn();
    for (let passed = 0; passed < 7 * 24; passed += 8) {
      expect((await sessions.check(secret))?.user).toEqual(user);
      now += hours(8);
    }
    expect(await sessions.check(secret)).toBeUndefined();
  });

  test('an unused session ends after twelve hours', async () => {
    const { sessions, secret } = await signedIn();
    now += hours(12);
    expect(await sessions.check(secret)).toBeUndefined();
  });

  test('signing out ends it at once', async () => {
    const { sessions, secret } = await signedIn();
    expect(await sessions.check(secret)).toBeDefined();
    await sessions.close(secret, '127.0.0.1');
    expect(await sessions.check(secret)).toBeUndefined();
  });

  test('a new password ends every session of the user', async () => {
    const { sessions, users, secret, user } = await signedIn();
    await users.setPassword('default', user.id, 'another long password', actor);
    sessions.forget();
    expect(await sessions.check(secret)).toBeUndefined();
    expect(await users.verify('ann', 'another long password')).toEqual({ ok: true, value: user });
  });
});

describe('tenants', () => {
  test('one that is removed takes its tokens, users and sessions along, at once', async () => {
    const { tenants, tokens, users, sessions } = await open();
    await tenants.create('acme', actor);
    const { secret } = await tokens.create('acme', { name: 'a', scopes: ['read'] }, actor);
    const user = await users.create(
      'acme',
      { name: 'bob', password: 'a long password', scopes: ['read'] },
      actor,
    );
    if (!user.ok) throw new Error(user.error);
    const session = await sessions.open(user.value, '127.0.0.1');
    expect([await tokens.check(secret), await sessions.check(session)]).not.toContain(undefined);
    expect(await tenants.exists('acme')).toBe(true);
    expect(await tenants.remove('acme', actor)).toEqual({ ok: true, value: undefined });
    expect(await tenants.exists('acme')).toBe(false);
    expect(await tokens.check(secret)).toBeUndefined();
    expect(await sessions.check(session)).toBeUndefined();
    expect(await users.verify('bob', 'a long password')).toEqual({ ok: false, error: 'unknown' });
  });

  test('a name is given once, and the default tenant stays', async () => {
    const { tenants } = await open();
    await tenants.create('acme', actor);
    expect(await tenants.create('acme', actor)).toEqual({ ok: false, error: 'exists' });
    expect(await tenants.remove('default', actor)).toEqual({ ok: false, error: 'default' });
    expect(await tenants.remove('none', actor)).toEqual({ ok: false, error: 'absent' });
    expect((await tenants.list()).map(({ name }) => name)).toEqual(['acme', 'default']);
  });
});

describe('the outbox', () => {
  test('has a record of every change, in order, without a secret', async () => {
    const access = await open();
    const { token, secret } = await access.tokens.create('default', { name: 'a', scopes: ['read'] }, actor);
    await access.tokens.revoke('default', token.id, actor);
    await access.sessions.refused('mallory', '203.0.113.9');
    const records = await audit(access);
    expect(records.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['token.created', 'success'],
      ['token.revoked', 'success'],
      ['session.refused', 'denied'],
    ]);
    expect(records[2]).toMatchObject({ tenant: 'default', user: 'mallory', clientIp: '203.0.113.9' });
    expect(records[0]).toMatchObject({ time: '2026-05-28T20:26:40.000000Z', entityId: token.id });
    expect(JSON.stringify(records)).not.toContain(secret);
    expect(await audit(access)).toEqual([]);
  });

  test('a change whose record cannot be written does not happen', async () => {
    const access = await open();
    const database = new DatabaseSync(join(data, 'control.db'));
    database.exec('drop table outbox');
    database.close();
    await expect(access.tokens.create('default', { name: 'a', scopes: ['read'] }, actor)).rejects.toThrow();
    expect(await access.tokens.list('default')).toEqual([]);
  });

  test('what could not be delivered is delivered again', async () => {
    const access = await open();
    await access.tenants.create('acme', actor);
    await expect(access.drainOutbox(() => Promise.reject(new Error('full')))).rejects.toThrow('full');
    expect((await audit(access)).map(({ action }) => action)).toEqual(['tenant.created']);
  });
});
