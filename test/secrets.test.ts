/**
 * Secrets never reach the disk: every example of every type and every line of the fixtures is sent, whole and cut
 * short, with a secret for each rule planted in it; then journal, quarantine and store are read through their decoders
 * (compressed bytes match nothing), and the log. That the look is sharp enough shows when one rule is switched off.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import xxhash from 'xxhash-wasm';
import type { IngestAnswer } from '../src/core/frame.ts';
import type { Log } from '../src/core/ports.ts';
import { createIngest } from '../src/ingest/ingest.ts';
import { openQuarantine, type Quarantine } from '../src/ingest/quarantine.ts';
import { createRedaction, type RedactionOptions } from '../src/ingest/redaction/redact.ts';
import { redactionRules } from '../src/ingest/redaction/rules.ts';
import { createSenders } from '../src/ingest/senders.ts';
import { createDuplicateIndex } from '../src/journal/duplicates.ts';
import { type OpenJournal, openJournal } from '../src/journal/journal.ts';
import { json } from '../src/protocols/json.ts';
import { eventsTable } from '../src/store/schema.ts';
import { openStore } from '../src/store/store.ts';
import { createLog } from '../src/telemetry/log.ts';
import { fallback, own, vocabularies } from '../src/vocabularies/index.gen.ts';
import { openTextsOf, secretsOf } from './known-secrets.ts';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const linesOf = (ending: string): string[] =>
  readdirSync(fixtures, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .flatMap((name) => readFileSync(join(fixtures, name), 'utf8').split(/\r?\n/))
    .filter((line) => line.trim() !== '');

const examples = [...vocabularies, fallback, own]
  .flatMap(({ types }) => types)
  .flatMap(({ example, names = [] }) => [example, ...names.map((name) => name.example)]);
const planted = redactionRules.map(({ example }) => JSON.parse(example.record) as object);
const records = [
  ...examples.map((example) => JSON.stringify({ ...example, planted })),
  ...linesOf('.ndjson'),
  ...redactionRules.map(({ example }) => example.record),
];
const plantedLine =
  '203.0.113.9 - - [21/Nov/2026:12:00:00 +0000] "GET /a?token=hunter2 HTTP/1.1" 200 5 "-" "curl"';
const lines = [...linesOf('.log'), plantedLine];

/** Short ones stand in other words by chance, and an id that serves as a token is shown as the id. */
const known = new Set([
  ...redactionRules.map(({ example }) => example.secret),
  ...linesOf('.ndjson').flatMap((line) => {
    const record: unknown = JSON.parse(line);
    const open = openTextsOf(record);
    return secretsOf(record).filter((secret) => secret.length > 10 && !open.has(secret));
  }),
]);
const leaksIn = (text: string): string[] => [...known].filter((secret) => text.includes(secret));

const clock = () => Date.now() * 1000;
const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

async function journalText(journal: OpenJournal): Promise<string> {
  let text = '';
  if (journal.end === journal.oldest) return text;
  for await (const batch of journal.subscribe({ allTenants: true }, 0, new AbortController().signal)) {
    text += batch.text.toString();
    if (batch.first + batch.count >= journal.end) break;
  }
  return text;
}

async function quarantineText(quarantine: Quarantine): Promise<string> {
  let text = '';
  for (const { reason } of quarantine.summary('default'))
    for (const id of quarantine.ids('default', reason)) {
      const entry = await quarantine.get('default', id);
      text += `${JSON.stringify(entry)}\n${entry?.bytes.toString()}\n`;
    }
  return text;
}

describe('a server that was sent everything', () => {
  let server: StartedServer;
  const logged: string[] = [];
  const answers: IngestAnswer[] = [];
  let metrics = '';

  beforeAll(async () => {
    const log = createLog({ level: 'debug', format: 'json', clock, write: (line) => void logged.push(line) });
    server = await startTestServer({}, undefined, log);
    const cut = records.map((record) => record.slice(0, -1));
    for (const body of [records, cut, lines]) {
      const answer = await fetch(`${server.url}/ingest`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testToken}` },
        body: body.join('\n'),
      });
      answers.push((await answer.json()) as IngestAnswer);
    }
    const headers = { authorization: `Bearer ${testToken}` };
    metrics = await (await fetch(`${server.url}/metrics`, { headers })).text();
    await server.stored();
    await server.stop(true);
  });
  afterAll(() => rm(server.data, { recursive: true, force: true }));

  it('took every record for one, and redacted in most of them', () => {
    // Exports of log records are more than one each.
    expect(answers[0]?.received).toBeGreaterThanOrEqual(records.length);
    expect(answers.slice(1).map(({ received }) => received)).toEqual([records.length, lines.length]);
    expect(answers[0]?.redacted).toBeGreaterThan(examples.length * redactionRules.length);
    expect(answers[1]).toMatchObject({ accepted: 0, quarantined: records.length });
    expect(known.size).toBeGreaterThan(15);
  });

  it('counted them by the rule that found them', () => {
    const counted = Array.from(
      metrics.matchAll(/^gatescope_redacted_total\{tenant="default",rule="(\w+)"\} (\d+)$/gm),
      ([, rule, count]) => [rule, Number(count)] as const,
    );
    const missing = redactionRules.filter(({ name }) => !counted.some(([rule]) => rule === name));
    // What JSON in a string holds is found there by another rule.
    expect(missing.map(({ name }) => name)).toEqual(['nested']);
    const total = answers.reduce((sum, { redacted }) => sum + redacted, 0);
    expect(counted.reduce((sum, [, count]) => sum + count, 0)).toBe(total);
  });

  it('has none in its journal', async () => {
    const duplicates = createDuplicateIndex(100_000);
    const journal = await openJournal({ folder: server.data, clock, log: silent, duplicates });
    const text = await journalText(journal);
    await journal.close();
    expect(text.split('\n').length).toBeGreaterThan(examples.length);
    expect(leaksIn(text)).toEqual([]);
  });

  it('has none in its quarantine', async () => {
    const quarantine = await openQuarantine({ folder: server.data, clock, log: silent });
    const text = await quarantineText(quarantine);
    await quarantine.close();
    expect(text.split('\n').length).toBeGreaterThan(records.length);
    expect(leaksIn(text)).toEqual([]);
  });

  it('has none in its store', async () => {
    const engine = { memory: 1_200_000_000, port: 0 };
    const store = await openStore({ engine, data: server.data, clock, log: silent });
    await store.prepared;
    const rows = await store.client.query({ query: `SELECT * FROM ${eventsTable}`, format: 'JSONEachRow' });
    const text = await rows.text();
    await store.close();
    expect(text.split('\n').length).toBeGreaterThan(examples.length);
    expect(leaksIn(text)).toEqual([]);
  });

  it('has none in its log', () => {
    expect(logged.join('')).toContain('"route":"/ingest"');
    expect(leaksIn(logged.join(''))).toEqual([]);
  });
});

describe('with one rule switched off', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatescope-secrets-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What is on the disk after the records of all rules were sent, whole and cut short. */
  async function leaksWith(name: string, options: RedactionOptions): Promise<string[]> {
    const home = join(folder, name);
    const duplicates = createDuplicateIndex(1_000);
    const journal = await openJournal({ folder: home, clock, log: silent, duplicates, diskEvery: 0 });
    const quarantine = await openQuarantine({ folder: home, clock, log: silent });
    let ids = 0;
    const accept = createIngest({
      vocabularies,
      fallback,
      journal,
      duplicates,
      quarantine,
      redaction: createRedaction(options),
      hash: (await xxhash()).h64,
      newId: () => `id-${ids++}`,
      senders: createSenders(),
      log: silent,
    });
    const sent = redactionRules.flatMap(({ example }) => [example.record, example.record.slice(0, -1)]);
    const taken = await accept({
      tenant: 'default',
      receiver: 'http',
      sender: 'test',
      received: clock(),
      body: Buffer.from(sent.join('\n')),
      headers: {},
      protocol: json,
    });
    expect(taken.ok && taken.value.received).toBe(sent.length);
    const text = (await journalText(journal)) + (await quarantineText(quarantine));
    await journal.close();
    await quarantine.close();
    return leaksIn(text);
  }

  it('nothing leaks while all are on', async () => {
    expect(await leaksWith('none', {})).toEqual([]);
  });

  for (const { name, example } of redactionRules)
    it(`the secret of ${name} is found on the disk`, async () => {
      expect(await leaksWith(name, { off: [name] })).toContain(example.secret);
    });
});
