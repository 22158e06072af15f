/**
 * The store as the server opens it: the engine process, or a ClickHouse server by URL, made ready in the background.
 * Events are taken in meanwhile; they wait in the journal.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Log } from '../core/ports.ts';
import { freeBytes, hasRoom, noRoom } from '../folder/space.ts';
import { isAsKept, keepDefinitions, mendDefinitions } from './definitions.ts';
import { openStoreClient, type StoreAddress, type StoreClient } from './engine/client.ts';
import { startEngine } from './engine/engine.ts';
import { isReadable, prepareSchema, schemaText } from './schema.ts';

export interface StoreOptions {
  /** A ClickHouse server; the engine process when absent. */
  readonly server?: StoreAddress;
  readonly engine: { readonly memory: number; readonly port: number };
  /** The data folder. */
  readonly data: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Store {
  readonly client: StoreClient;
  /** Resolves when the tables are there; rejects when this store is refused, such as one of a newer version. */
  readonly prepared: Promise<void>;
  /** Why the tables cannot be asked yet; undefined once they are there. */
  readonly unprepared: string | undefined;
  /** Called after each restart of the engine process, when it can be asked again. Returns the way to stop listening. */
  onRestart(listener: () => void): () => void;
  /** Why no question can be answered now; undefined when one can. Asks with a SELECT. */
  problem(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** Rejects when the engine process cannot be started at all; a server that does not answer is waited for. */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { log, clock, data } = options;
  const folder = join(data, 'store');
  const isEmbedded = options.server === undefined;
  if (isEmbedded) await mendDefinitions(data, log);
  const engine = isEmbedded ? await startEngine({ folder, ...options.engine, log, clock }) : undefined;
  const address = options.server ?? (engine as StoreAddress);
  const client = openStoreClient(address);
  const closing = new AbortController();
  let unprepared: string | undefined = 'The tables are not ready.';

  async function prepare(): Promise<void> {
    if (isEmbedded && (await isAsKept(data, schemaText()))) {
      unprepared = undefined;
      return;
    }
    for (let tries = 0; !closing.signal.aborted; tries++) {
      try {
        // The engine does not notice that the disk is full when it writes a definition.
        if (isEmbedded && !(await hasRoom(data))) {
          if (unprepared !== undefined && (await isReadable(address))) unprepared = undefined;
          throw new Error(`The tables wait for room: ${noRoom(data, await freeBytes(data))}.`);
        }
        const prepared = await prepareSchema(address);
        if (!prepared.ok)
          throw new StoreRefused(`The store is refused, and unharmed: ${prepared.error.reason}`);
        if (prepared.value.added.length > 0)
          log.info('The store has new columns.', { added: prepared.value.added });
        unprepared = undefined;
        if (isEmbedded) await keep();
        return;
      } catch (error) {
        if (error instanceof StoreRefused) {
          unprepared = 'The store is refused; the log says why.';
          throw error;
        }
        if (tries === 0) log.warn('The store is not ready; it is tried again.', { reason: String(error) });
        await sleep(1000, undefined, { signal: closing.signal }).catch(() => {});
      }
    }
  }

  /** Without the copies the next start compares again. */
  const keep = (): Promise<void> =>
    keepDefinitions(data, schemaText()).catch((error: unknown) =>
      log.warn('The definitions of the tables could not be copied.', { reason: String(error) }),
    );

  const prepared = prepare();
  return {
    client,
    prepared,
    get unprepared() {
      return unprepared;
    },
    onRestart: (listener) => engine?.onRestart(listener) ?? (() => {}),
    async problem() {
      if (unprepared !== undefined) return unprepared;
      const answer = await client.ping({ select: true });
      return answer.success ? undefined : 'The engine does not answer.';
    },
    async close() {
      closing.abort();
      await prepared.catch(() => {});
      await client.close();
      await engine?.stop();
    },
  };
}

/** The store cannot be used by this program; the message says why. */
export class StoreRefused extends Error {}
