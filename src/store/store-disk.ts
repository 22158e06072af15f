/** The disk that the store lies on, and what of it events must leave free. */
import { join } from 'node:path';
import { type DiskLimits, thresholds } from '../journal/disk.ts';
import { nodeFiles } from '../journal/files.ts';
import type { StoreClient } from './engine/client.ts';
import { serverDisk } from './partitions.ts';

export interface DiskSpace {
  /** Bytes of the disk. */
  readonly total: number;
  /** Bytes by which the events can still grow before the disk is nearly full, whoever fills it. */
  readonly room: number;
}

export interface StoreDisk {
  /** Undefined when the disk has no size, such as object storage. Rejects when it cannot be asked. */
  measure(): Promise<DiskSpace | undefined>;
  /** Bytes of a disk of `total` bytes that events must leave free. */
  spared(total: number): number;
}

/** A ClickHouse server has a disk of its own; the embedded engine shares that of the data folder with the journal. */
export function storeDisk({
  client,
  data,
  journal,
  retention,
  disk: limits,
}: {
  /** Of a ClickHouse server; undefined: the store lies in the data folder. */
  readonly client: StoreClient | undefined;
  readonly data: string;
  readonly journal: { stats(): { readonly bytes: number } };
  /** Share of the disk that the journal may take. */
  readonly retention: { readonly share: number };
  readonly disk: DiskLimits;
}): StoreDisk {
  if (client !== undefined) return { measure: () => serverDisk(client), spared: () => 0 };
  const low = (total: number): number => thresholds(total, limits).low;
  const spared = (total: number): number => total * retention.share + low(total);
  return {
    spared,
    async measure() {
      const { free, total } = await nodeFiles.space(join(data, 'store'));
      const journalGrowth = Math.max(0, total * retention.share - journal.stats().bytes);
      return { total, room: Math.max(0, free - low(total) - journalGrowth) };
    },
  };
}
