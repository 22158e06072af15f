import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openStoreClient } from './engine/client.ts';
import { startEngine } from './engine/engine.ts';
import { audited, openTestAccess, silent, store, stored, testParts } from './retention.fixture.ts';
import { dropOld } from './retention.ts';
import { prepareSchema } from './schema.ts';

const program = fileURLToPath(new URL('./retention-kill.fixture.ts', import.meta.url));
const clock = () => Date.now() * 1000;

test.each(['noted', 'dropped', 'counted'])(
  'a server that is killed when the second of three days is %s loses and doubles no count, and reports all',
  { timeout: 60_000 },
  async (step) => {
    const folder = await mkdtemp(join(tmpdir(), 'retention-kill-'));
    const engineFolder = join(folder, 'store');
    try {
      let engine = await startEngine({ folder: engineFolder, log: silent, clock });
      let client = openStoreClient(engine);
      expect(await prepareSchema(engine)).toMatchObject({ ok: true });
      await store(client, { tenant: 'a', age: 10, rows: 1 });
      await store(client, { tenant: 'a', age: 9, rows: 20, position: 1 });
      await store(client, { tenant: 'b', age: 9, rows: 300, position: 21 });
      await store(client, { tenant: 'b', age: 8, rows: 4000, position: 321 });
      await store(client, { tenant: 'a', age: 0, rows: 7, position: 4321 });
      await client.close();
      await engine.stop();

      const killed = spawn(process.execPath, [program, folder, step], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      expect(await once(killed, 'exit')).toEqual([null, 'SIGKILL']);

      engine = await startEngine({ folder: engineFolder, log: silent, clock });
      client = openStoreClient(engine);
      const access = await openTestAccess(folder);
      try {
        await dropOld(testParts(client, access, {}));
        expect(await stored(client)).toEqual([['default', 0, 7]]);
        expect(access.drops.totals.map(({ tenant, rows }) => [tenant, rows])).toEqual([
          ['a', 21],
          ['b', 4300],
        ]);
        expect((await audited(access)).map(([tenant, { message }]) => [tenant, message])).toEqual([
          ['a', expect.stringMatching(/^21 events of 2 days, 2026-11-10 to 2026-11-11/)],
          ['b', expect.stringMatching(/^4300 events of 2 days, 2026-11-11 to 2026-11-12/)],
        ]);
        expect(await access.drops.open()).toEqual([]);
      } finally {
        await access.close();
        await client.close();
        await engine.stop();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
