/** Folds over a real journal in a temporary folder, behind the real street, with a clock that is set by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import xxhash from 'xxhash-wasm';
import type { StoredEvent } from '../core/event.ts';
import type { Accept } from '../core/ingest.ts';
import type { JournalBatch } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import { decodeRow } from '../core/row.ts';
import type { GatewayRecord } from '../core/spec.ts';
import { createIngest } from '../ingest/ingest.ts';
import { openQuarantine } from '../ingest/quarantine.ts';
import { createRedaction } from '../ingest/redaction/redact.ts';
import { createSenders } from '../ingest/senders.ts';
import { createDuplicateIndex } from '../journal/duplicates.ts';
import { openJournal } from '../journal/journal.ts';
import { json } from '../protocols/json.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { derivedVocabularies } from './derived.ts';
import type { Fold } from './fold.ts';
import { createFolding } from './folding.ts';
import { minute, start } from './play.fixture.ts';
import { openFoldStates } from './states.ts';

export interface TestFolding {
  readonly folder: string;
  readonly said: readonly string[];
  /** Passes the clock. */
  wait(micros: number): void;
  send(records: readonly GatewayRecord[], tenant?: string): Promise<void>;
  /** Gives the folds all that they have not had. */
  deliver(signal?: AbortSignal): Promise<string>;
  tick(): Promise<void>;
  figures: ReturnType<typeof createFolding>['figures'];
  forget(tenant: string): void;
  /** Events of the journal, and those that were derived. */
  events(): Promise<StoredEvent[]>;
  derived(): Promise<StoredEvent[]>;
  /** The equation over all tenants. */
  totals(): { readonly received: number; readonly journalled: number; readonly duplicates: number };
  quarantined(): Promise<readonly string[]>;
  /** As if the process had ended: nothing that is not on the disk is left. `meanwhile` happens to the disk. */
  restart(meanwhile?: () => void): Promise<TestFolding>;
  close(): Promise<void>;
}

export interface TestFoldingOptions {
  readonly folds: readonly Fold[];
  /** Stands before the street of derived events. */
  readonly before?: (accept: Accept) => Accept;
}

export async function openTestFolding(
  options: TestFoldingOptions,
  home?: string,
  begin = start,
): Promise<TestFolding> {
  const folder = home ?? (await mkdtemp(join(tmpdir(), 'gatescope-folds-')));
  let now = begin;
  const clock = () => now;
  const said: string[] = [];
  const log: Log = {
    debug() {},
    info() {},
    warn: (text) => said.push(text),
    error: (text) => said.push(text),
  };
  const duplicates = createDuplicateIndex(100_000);
  const journal = await openJournal({ folder, clock, log, duplicates, disk: { headroom: 0 } });
  const quarantine = await openQuarantine({ folder, clock, log });
  const { h64 } = await xxhash();
  let ids = 0;
  const street = {
    fallback,
    journal,
    duplicates,
    quarantine,
    redaction: createRedaction(),
    hash: h64,
    newId: () => `${begin}-${ids++}`,
    senders: createSenders(),
    log,
  };
  const accept = createIngest({ ...street, vocabularies });
  const own = createIngest({ ...street, vocabularies: derivedVocabularies(options.folds) });
  const states = openFoldStates(folder, log);
  const folding = createFolding({
    folds: options.folds,
    states,
    accept: options.before?.(own) ?? own,
    journal,
    clock,
    log,
    confirmation: 5 * minute,
  });
  const batches = async (from: number): Promise<JournalBatch[]> => {
    const found: JournalBatch[] = [];
    const { end } = journal;
    if (from >= end) return found;
    for await (const batch of journal.subscribe({ allTenants: true }, from, new AbortController().signal)) {
      found.push(batch);
      if (batch.first + batch.count >= end) break;
    }
    return found;
  };
  const events = async () => {
    const rows = (await batches(0)).flatMap(({ text, count }) => text.toString().split('\n').slice(0, count));
    return rows.map(decodeRow);
  };
  const close = async () => {
    states.close();
    await journal.close();
    await quarantine.close();
  };
  return {
    folder,
    said,
    wait: (micros) => {
      now += micros;
    },
    async send(records, tenant = 'default') {
      const body = Buffer.from(records.map((record) => JSON.stringify(record)).join('\n'));
      const taken = await accept({
        tenant,
        receiver: 'test',
        sender: 'test',
        received: now,
        body,
        headers: {},
        protocol: json,
      });
      if (!taken.ok) throw new Error(taken.error.reason);
    },
    async deliver(signal = new AbortController().signal) {
      const { consumer, cursor } = folding;
      const taken = await batches(cursor.position);
      const context = { begun: undefined, begin: async () => {}, signal };
      const outcome = await consumer.deliver(taken, context);
      const last = taken.at(-1);
      if (outcome.kind !== 'retry' && last !== undefined) await cursor.save(last.first + last.count, {});
      return outcome.kind;
    },
    tick: () => folding.tick(),
    figures: () => folding.figures(),
    forget: (tenant) => states.forget(tenant),
    events,
    derived: async () => (await events()).filter(({ causedBy }) => causedBy !== undefined),
    totals() {
      const all = [...journal.totals().values()];
      const sum = (name: 'received' | 'journalled' | 'duplicates') =>
        all.reduce((total, totals) => total + totals[name], 0);
      return {
        received: sum('received'),
        journalled: sum('journalled'),
        duplicates: sum('duplicates'),
      };
    },
    async quarantined() {
      const { entries } = await quarantine.list('default', { limit: 100 });
      return entries.map(({ reason }) => reason);
    },
    async restart(meanwhile) {
      await close();
      meanwhile?.();
      return openTestFolding(options, folder, now);
    },
    async close() {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
