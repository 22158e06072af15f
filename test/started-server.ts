/** The whole server in this process, on a free port over a folder of its own, for tests that go from door to answer. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../src/core/ports.ts';
import { startServer } from '../src/server.ts';
import { loadSettings } from '../src/settings/load.ts';

export interface StartedServer {
  readonly url: string;
  readonly data: string;
  /** Fixed token of the admin of the default tenant. */
  readonly token: string;
  /** First password of the user admin; empty when the folder was not new. */
  readonly password: string;
  /** Asks the API as the admin, again while it says to come back; throws with the answer when it is no 2xx. */
  api<T>(path: string, body?: unknown): Promise<T>;
  /** Resolves when it answers questions. */
  ready(): Promise<void>;
  /** Resolves when the store has everything that was taken in. */
  stored(): Promise<void>;
  /** Stops, and removes the folder unless it is kept. */
  stop(keep?: boolean): Promise<void>;
}

export const testToken = 'gs_for-tests-only-0123456789abcdef0123456789abc';
const quiet = () => {};

const complaints: Log = {
  debug: quiet,
  info: quiet,
  warn: quiet,
  error: (message, fields) => console.error(message, fields),
};

/** `settings`: GATESCOPE_* variables; `data`: a folder to go on with. */
export async function startTestServer(
  settings: Readonly<Record<string, string>> = {},
  data?: string,
  log: Log = complaints,
): Promise<StartedServer> {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'gatescope-test-')));
  const variables = {
    GATESCOPE_PORT: '0',
    GATESCOPE_DATA: folder,
    GATESCOPE_ADMIN_TOKEN: testToken,
    ...settings,
  };
  const loaded = loadSettings({ environment: { variables, folder } });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  let password = '';
  const server = await startServer(loaded.value, {
    log,
    clock: () => Math.round((performance.timeOrigin + performance.now()) * 1e3),
    newId: randomUUID,
    version: '0.0.0-test',
    announce: async (signIn) => {
      password = signIn.password;
    },
  });

  async function api<T>(path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${server.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${testToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status === 503) {
      await sleep(50);
      return api<T>(path, body);
    }
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  return {
    url: server.url,
    data: folder,
    token: testToken,
    password,
    api,
    async ready() {
      while (!(await fetch(`${server.url}/readyz`)).ok) await sleep(50);
    },
    async stored() {
      for (;;) {
        const { consumers } = await api<{ consumers: { pending: number }[] }>('/api/status');
        if (consumers.every(({ pending }) => pending === 0)) return;
        await sleep(20);
      }
    },
    async stop(keep = false) {
      await server.stop();
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
}
