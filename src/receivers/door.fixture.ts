/** For the tests of receivers: the real main street over a real journal in a temporary folder, behind a bare Fastify. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import Type from 'typebox';
import xxhash from 'xxhash-wasm';
import type { GuardedRoute, Principal } from '../access/route.ts';
import { answersTo } from '../api/failures.ts';
import type { StoredEvent } from '../core/event.ts';
import type { Accept } from '../core/ingest.ts';
import type { Clock, Log } from '../core/ports.ts';
import { decodeRow } from '../core/row.ts';
import type { EventType, Vocabulary } from '../core/spec.ts';
import { createIngest } from '../ingest/ingest.ts';
import { defaultLimits, type IngestLimits } from '../ingest/limits.ts';
import { openQuarantine } from '../ingest/quarantine.ts';
import { createRedaction } from '../ingest/redaction/redact.ts';
import { createRoom } from '../ingest/room.ts';
import { createSenders } from '../ingest/senders.ts';
import { createDuplicateIndex } from '../journal/duplicates.ts';
import type { JournalFiles } from '../journal/files.ts';
import { type OpenJournal, openJournal } from '../journal/journal.ts';
import { elasticErrors } from './elasticsearch.ts';
import type { HttpDoor } from './read-request.ts';

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** Named records and lines of one word a piece; the rest is anything. */
const eventType = (name: string, native: boolean): EventType => ({
  name,
  doc: 'A type for tests.',
  family: 'traffic',
  identity: native ? { by: 'native', paths: ['id'] } : { by: 'position' },
  fields: Type.Object({ status: Type.Optional(Type.Number()) }),
  example: {},
  normalise: (record) => ({
    time: undefined,
    ...(typeof record.status === 'number' ? { status: record.status } : {}),
  }),
});
const named = eventType('named', true);
const word = eventType('word', false);
const anything = eventType('anything', false);
const gateway: Vocabulary = {
  name: 'gateway',
  doc: 'A vocabulary for tests.',
  types: [named, word],
  recognise: (record) => ('id' in record ? named : 'word' in record ? word : undefined),
  parseLine: (line) => (/^\w+$/.test(line) ? { word: line } : undefined),
};
const fallback: Vocabulary = {
  name: 'generic',
  doc: 'Any object.',
  types: [anything],
  recognise: () => anything,
};

export interface TestDoor extends HttpDoor {
  readonly accept: Accept;
  readonly clock: Clock;
  readonly folder: string;
  readonly journal: OpenJournal;
  /** Why records are in quarantine, the oldest first. */
  reasons(): Promise<string[]>;
  /** All events that the journal holds. */
  events(): Promise<StoredEvent[]>;
  /** @param keep leaves the folder for another door */
  close(keep?: boolean): Promise<void>;
}

/**
 * @param folder of an earlier door, closed meanwhile; a new one is made otherwise
 * @param files of the journal; the real disk otherwise
 */
export async function openDoor(
  more: Partial<IngestLimits> = {},
  folder?: string,
  files?: JournalFiles,
): Promise<TestDoor> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'gatescope-door-')));
  const clock = () => Date.now() * 1000;
  const duplicates = createDuplicateIndex(100_000);
  const disk = files === undefined ? {} : { files, disk: { headroom: 0, low: 0, full: 0, fullBytes: 0 } };
  const journal = await openJournal({
    folder: join(home, 'journal'),
    clock,
    log: quiet,
    duplicates,
    ...disk,
  });
  const quarantine = await openQuarantine({ folder: home, clock, log: quiet });
  const limits = { ...defaultLimits, ...more };
  let ids = 0;
  const accept = createIngest({
    vocabularies: [gateway],
    fallback,
    journal,
    duplicates,
    quarantine,
    redaction: createRedaction(),
    hash: (await xxhash()).h64,
    newId: () => `${process.pid}.${Date.now()}.${ids++}`,
    senders: createSenders(),
    log: quiet,
    limits,
  });
  return {
    accept,
    clock,
    limits,
    room: createRoom(limits.inFlight, limits.wait),
    folder: home,
    journal,
    async events() {
      const events: StoredEvent[] = [];
      if (journal.end === journal.oldest) return events;
      for await (const batch of journal.subscribe({ allTenants: true }, 0, new AbortController().signal)) {
        const rows = batch.text.toString().split('\n').slice(0, batch.count);
        events.push(...rows.map(decodeRow));
        if (batch.first + batch.count >= journal.end) break;
      }
      return events;
    },
    async reasons() {
      const { entries } = await quarantine.list('default', { limit: 1000 });
      return entries.map((entry) => entry.reason).reverse();
    },
    async close(keep = false) {
      await journal.close();
      await quarantine.close();
      if (!keep) await rm(home, { recursive: true, force: true });
    },
  };
}

export const principal: Principal = {
  kind: 'token',
  id: 't-1',
  name: 'gateway-token',
  tenant: 'default',
  scopes: ['ingest'],
};

/** Serves `routes` to a fixed principal on a free port. */
export async function serve(
  routes: readonly GuardedRoute[],
): Promise<{ url: string; close(): Promise<void> }> {
  const app = Fastify({ routerOptions: { ignoreDuplicateSlashes: true }, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _body, done) => done(null));
  const shapes = [elasticErrors];
  const refused = { routes, shapes, basePath: '', log: quiet, webApp: undefined, onBroken() {} };
  app.setErrorHandler(answersTo(refused).toError);
  for (const { method, url, handle } of routes)
    app.route({
      method,
      url,
      exposeHeadRoute: false,
      handler: (request, reply) => handle({ principal, request, reply }),
    });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return { url, close: () => app.close() };
}
