/** Lines of the fixtures, and what the main street makes of a line: redacted, recognised, checked, normalised, named. */
import { readFileSync } from 'node:fs';
import type { Event } from '../../core/event.ts';
import { eventOf } from '../../core/row.ts';
import type { GatewayRecord } from '../../core/spec.ts';
import { createRecordReading, type ReadEvent } from '../../ingest/read-record.ts';
import { createRedaction } from '../../ingest/redaction/redact.ts';
import { fallback, vocabularies } from '../index.gen.ts';

export const linesOf = (name: 'capture' | 'types'): string[] =>
  readFileSync(new URL(`../../../test/fixtures/openziti/${name}.ndjson`, import.meta.url), 'utf8')
    .trim()
    .split('\n');

/** What a real controller sent. */
export const captured = linesOf('capture');
/** One record of each type and version, also of what was not captured. */
export const written = linesOf('types');

const readRecord = createRecordReading({
  vocabularies,
  fallback,
  redaction: createRedaction(),
  hash: () => 0n,
  largest: 1_000_000,
  onBug(error) {
    throw error;
  },
});

/** 2027-01-01, behind the time of every line. */
const received = 1_798_761_600_000_000;

/** A line as read at `byte` of a file; throws when it is refused. */
export function readLine(line: string, byte = 0): ReadEvent {
  const decoded = { bytes: Buffer.from(line), line: 1, byte };
  const read = readRecord(decoded, 0, {
    tenant: 'default',
    received,
    vocabulary: undefined,
    placeName: (at) => `events.json:${at.byte}`,
  });
  if (!('cells' in read)) throw new Error(`${read.reason}: ${read.problem.path} ${read.problem.reason}`);
  return read;
}

/** The event of a line, or of a record, without what is absent. */
export function stored(record: string | GatewayRecord): Event {
  return eventOf(readLine(typeof record === 'string' ? record : JSON.stringify(record)).cells);
}

/** The one line that has all these texts in it. */
export function lineWith(lines: readonly string[], ...texts: readonly string[]): string {
  const found = lines.filter((line) => texts.every((text) => line.includes(text)));
  if (found.length !== 1) throw new Error(`${found.length} lines with ${texts.join(' and ')}`);
  return found[0] as string;
}
/** Its event. */
export const storedWith = (lines: readonly string[], ...texts: readonly string[]): Event =>
  stored(lineWith(lines, ...texts));
