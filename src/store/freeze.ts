/**
 * The store at one moment, while it goes on: the engine links the parts that every table has into a folder apart
 * (FREEZE; ClickHouse documentation, "ALTER TABLE … FREEZE PARTITION"), where no merge removes them. For the embedded
 * engine alone, whose folder is on this machine.
 */
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StoreClient } from './engine/client.ts';
import { database } from './schema.ts';

/** Paths are below the folder of the store. */
export interface FrozenTable {
  /** The statement that the engine reads at its start. */
  readonly definition: string;
  /** Where its parts belong, and where they lie until {@link FrozenStore.release}. */
  readonly home: string;
  readonly parts: string;
}

export interface FrozenStore {
  readonly tables: readonly FrozenTable[];
  /** The statement of the database, and the link that leads from its name to the statements of its tables. */
  readonly definition: string;
  readonly link: { readonly path: string; readonly target: string };
  /** Gives the parts free; must be called. */
  release(): Promise<void>;
}

const shadow = 'shadow';
const prefix = 'gatescope_backup_';

/**
 * Freezes the tables of the store in `folder`, each at one moment, in the order of their names. `id` (letters and
 * digits) names this act. Rejects when the engine cannot be asked; then nothing is left frozen.
 */
export async function freezeStore(client: StoreClient, folder: string, id: string): Promise<FrozenStore> {
  const name = `${prefix}${id}`;
  const release = (): Promise<void> => rm(join(folder, shadow, name), { recursive: true, force: true });
  try {
    const answer = await client.query({
      query: `SELECT name, toString(uuid) AS uuid, metadata_path AS definition FROM system.tables
        WHERE database = '${database}' AND engine LIKE '%MergeTree' ORDER BY name`,
      format: 'JSONEachRow',
    });
    const found = await answer.json<{ name: string; uuid: string; definition: string }>();
    if (found.length === 0) throw new Error('The store has no tables.');
    for (const table of found)
      await client.command({ query: `ALTER TABLE ${database}.${table.name} FREEZE WITH NAME '${name}'` });
    const tables = found.map(({ uuid, definition }) => {
      const home = join('store', uuid.slice(0, 3), uuid);
      return { definition, home, parts: join(shadow, name, home) };
    });
    const definitions = dirname((tables[0] as FrozenTable).definition);
    return {
      tables,
      definition: join('metadata', `${database}.sql`),
      link: { path: join('metadata', database), target: join('..', definitions) },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Gives free what a process froze that ended before it could. To be called when nothing is frozen. */
export async function releaseFrozen(folder: string): Promise<void> {
  const names = await readdir(join(folder, shadow)).catch(() => []);
  for (const name of names)
    if (name.startsWith(prefix)) await rm(join(folder, shadow, name), { recursive: true, force: true });
}
