/** A real store in a temp folder, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Event } from '../core/event.ts';
import type { Log } from '../core/ports.ts';
import { encodeRow } from '../core/row.fixture.ts';
import { openStoreClient, type StoreClient } from './engine/client.ts';
import { type Engine, startEngine } from './engine/engine.ts';
import { eventsTable, prepareSchema } from './schema.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export interface TestStore {
  readonly engine: Engine;
  readonly client: StoreClient;
  /** Position after the last event. */
  readonly end: () => number;
  /** Stores events as the writer does, from the next position on. */
  insert(events: readonly Event[]): Promise<void>;
  close(): Promise<void>;
}

export async function openTestStore(): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'store-'));
  const engine = await startEngine({ folder, log: silent, clock: () => Date.now() * 1000 });
  const client = openStoreClient(engine);
  const prepared = await prepareSchema(engine);
  if (!prepared.ok) throw new Error(prepared.error.reason);
  let end = 0;
  return {
    engine,
    client,
    end: () => end,
    async insert(events) {
      const rows = events.map((event, index) => `${end + index}\t${end}\t${encodeRow(event)}\n`);
      end += events.length;
      const { stream } = await client.exec({
        query: `INSERT INTO ${eventsTable} FORMAT TabSeparated`,
        values: Readable.from([Buffer.from(rows.join(''))], { objectMode: false }),
      });
      stream.resume();
    },
    async close() {
      await client.close();
      await engine.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
