/** For the tests of receivers: the real main street over a real journal in a temporary folder, behind a bare Fastify. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import Type from 'typebox';
import xxhash from 'xxhash-wasm';
import type { GuardedRoute, Principal } from '../access/route.ts';
import type { StoredEvent } from '../core/event.ts';
import type { Accept } from '../core/ingest.ts';
import type { Clock, Log } from '../core/ports.ts';
import { decodeRow } from '../core/row.ts';
import type { EventType, Vocabulary } from '../core/spec.ts';
import type { Rejected } from '../ingest/gathering.ts';
import { createIngest } from '../ingest/ingest.ts';
import { defaultLimits, type IngestLimits } from '../ingest/limits.ts';
import { createRedaction } from '../ingest/redact.ts';
import { createRoom } from '../ingest/room.ts';
import { createSenders } from '../ingest/senders.ts';
import { createDuplicateIndex } from '../journal/duplicates.ts';
import { type OpenJournal, openJournal } from '../journal/journal.ts';
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
  readonly kept: readonly Rejected[];
  /** All events that the journal holds. */
  events(): Promise<StoredEvent[]>;
  close(): Promise<void>;
}

/** @param folder of an earlier door, closed meanwhile; a new one is made otherwise. */
export async function openDoor(more: Partial<IngestLimits> = {}, folder?: string): Promise<TestDoor> {
  const home = folder ?? (await mkdtemp(join(tmpdir(), 'gatescope-door-')));
  const clock = () => Date.now() * 1000;
  const duplicates = createDuplicateIndex(100_000);
  const journal = await openJournal({ folder: join(home, 'journal'), clock, log: quiet, duplicates });
  const limits = { ...defaultLimits, ...more };
  const kept: Rejected[] = [];
  let ids = 0;
  const accept = createIngest({
    vocabularies: [gateway],
    fallback,
    journal,
    duplicates,
    quarantine: {
      keep: async (rejected) => rejected.map((entry) => `q-${kept.push(entry) - 1}`),
    },
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
    kept,
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
    async close() {
      await journal.close();
      if (folder === undefined) await rm(home, { recursive: true, force: true });
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
  app.setErrorHandler((error: Error & { status?: number; retryAfter?: number }, _request, reply) => {
    if (error.retryAfter !== undefined) reply.header('retry-after', String(error.retryAfter));
    reply.code(error.status ?? 500).send({ detail: error.message });
  });
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
