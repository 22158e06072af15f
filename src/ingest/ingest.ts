/**
 * The main street: from the bytes of a body to the answer that they are safe.
 *
 *     body ─▶ decode ─▶ redact ─▶ parse ─▶ recognise ─▶ check ─▶ normalise ─▶ name ─▶ claim ─▶ journal ─▶ receipt
 *               │ 400, 413         └────────────────┴──────┴─────────┴─────────┐  ├ duplicate        │ 503
 *               ▼                                                              ▼  ▼ id-conflict      ▼
 *            refusal                                                        quarantine            refusal
 *
 * Everything before the claim is pure (`read-record.ts`). Nothing is answered before all of it is on disk.
 */

import type { Family } from '../core/event.ts';
import { faultOf } from '../core/fault.ts';
import type { Accept, Payload, Receipt, Refusal, Verdict } from '../core/ingest.ts';
import type { Journal } from '../core/journal.ts';
import type { Log } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Horizons } from '../core/retention.ts';
import type { Decoded, Vocabulary } from '../core/spec.ts';
import type { Pressure } from '../journal/disk.ts';
import type { Claims, DuplicateIndex } from '../journal/duplicates.ts';
import { NotJournalled } from '../journal/frame-log.ts';
import { Gathering, type Rejected } from './gathering.ts';
import { createLane } from './lane.ts';
import { defaultLimits, type IngestLimits, retryAfter } from './limits.ts';
import type { PastRetentionTally } from './past-retention.ts';
import { createPackReading, type PackFacts } from './read-pack.ts';
import { headBytes } from './read-record.ts';
import type { ReadingThreads } from './reading-threads.ts';
import type { RedactionTally } from './redaction/counts.ts';
import type { Redaction } from './redaction/redact.ts';
import type { Senders } from './senders.ts';

export interface IngestOptions {
  readonly vocabularies: readonly Vocabulary[];
  /** Takes every object that no other vocabulary claims. */
  readonly fallback: Vocabulary;
  readonly journal: Pick<Journal, 'append'> & {
    /** `full`: nothing more may be written. */
    readonly pressure: Pressure;
  };
  readonly duplicates: Pick<DuplicateIndex, 'begin'>;
  /** Resolves with an id for each entry once they are durable. */
  readonly quarantine: { keep(entries: readonly Rejected[]): Promise<readonly string[]> };
  readonly redaction: Redaction;
  /** Told what was redacted in what is kept, once that is durable. */
  readonly tally?: Pick<RedactionTally, 'add'>;
  /** How long events are kept; what is past that is named in the receipt. */
  readonly horizons?: Horizons;
  /** Counts what is past its class, once that is durable. */
  readonly pastRetention?: Pick<PastRetentionTally, 'add'>;
  /** Families whose events are a retention class of their own. */
  readonly ownRetention?: readonly Family[];
  /** 64 bits of a text. */
  readonly hash: (text: string) => bigint;
  /** A new id that no other payload has. */
  readonly newId: () => string;
  readonly senders: Senders;
  readonly log: Log;
  readonly limits?: IngestLimits;
  /** Read the large bodies; without them those are read here, like all others. */
  readonly threads?: Pick<ReadingThreads, 'read'>;
}

/** Bodies from here on are large, in bytes: the most that redaction and parsing do in a few milliseconds. */
const largeBody = 32_000;
/** Bytes of records that are read together: here in a fraction of a millisecond, by a thread in a few. */
const packHere = 8_000;
const packThere = 200_000;
/** And records, however small they are. */
const packRecords = 500;

/** A record of which no more than its head is kept, so that the rest is not carried about. */
const headOf = ({ bytes, ...record }: Decoded): Decoded => ({
  ...record,
  bytes: bytes.subarray(0, headBytes),
  size: bytes.length,
});

const unread: Refusal = {
  status: 503,
  reason: 'it could not be read now; nothing of it was kept',
  retryAfter,
};

const unwritten: Refusal = {
  status: 503,
  reason: 'it could not be written; nothing of it was kept',
  retryAfter,
};
const unknown: Refusal = {
  status: 503,
  reason: 'it is not known whether it was written',
  retryAfter,
  outcomeUnknown: true,
};
const repeatsUnwritten: Refusal = {
  ...unknown,
  reason: 'a record that it repeats could not be written',
};

/** The main street, ready for payloads. They may come at the same time; each is answered when it is durable. */
export function createIngest(options: IngestOptions): Accept {
  const { journal, duplicates, quarantine, senders, log, threads } = options;
  const limits = options.limits ?? defaultLimits;
  const lane = createLane();
  const names = [...options.vocabularies, options.fallback].map((vocabulary) => vocabulary.name);
  const readPack = createPackReading({
    ...options,
    largest: limits.record,
    onBug: (error, type) => log.error('an event type failed', { type: type.name, error: faultOf(error) }),
  });

  const tooMany: Refusal = {
    status: 413,
    reason: `more than ${limits.records} records in one body: send fewer`,
  };
  const readHere: ReadingThreads['read'] = async (records, first, facts) => [readPack(records, first, facts)];

  /** Reads the body pack by pack. */
  async function gather(
    payload: Payload,
    decoded: Iterable<Decoded>,
    claims: Claims,
  ): Promise<Result<Gathering, Refusal>> {
    const gathering = new Gathering(payload, claims, options.horizons);
    const { tenant, received, vocabulary, source, idempotencyKey, replayOf } = payload;
    const place = { source, idempotencyKey, replayOf, unique: options.newId() };
    const facts: PackFacts = { tenant, received, vocabulary, place };
    const isLarge = threads !== undefined && payload.body.length >= largeBody;
    const read = isLarge ? threads.read : readHere;
    const packBytes = isLarge ? packThere : packHere;

    let isRead = true;
    async function take(records: readonly Decoded[], reading: ReturnType<typeof read>): Promise<void> {
      const packs = await reading;
      if (isLarge) await lane.turn(tenant);
      isRead &&= packs !== undefined;
      let from = 0;
      for (const each of packs ?? []) {
        gathering.take(records.slice(from, from + each.ids.length), each);
        from += each.ids.length;
      }
    }

    let pack: Decoded[] = [];
    let bytes = 0;
    let first = 0;
    let taking = Promise.resolve();
    /** In order: one pack is read while the next is cut. */
    async function send(): Promise<void> {
      const records = pack;
      const reading = read(records, first, facts);
      first += records.length;
      pack = [];
      bytes = 0;
      await taking;
      taking = take(records, reading);
    }

    await lane.turn(tenant);
    let pieces = 0;
    try {
      for (const record of decoded) {
        if (lane.over()) await lane.turn(tenant);
        // What gives no record costs time all the same.
        if (pieces === limits.records) return fail(tooMany);
        pieces += 1;
        if (record.bytes.length === 0 && record.problem === undefined) continue;
        pack.push(record.bytes.length > limits.record ? headOf(record) : record);
        bytes += Math.min(record.bytes.length, limits.record);
        if (bytes >= packBytes || pack.length === packRecords) await send();
      }
      if (pack.length > 0) await send();
    } finally {
      // Whatever is answered, nothing is claimed afterwards: an id claimed then would never be forgotten.
      await taking;
    }
    return isRead ? ok(gathering) : fail(unread);
  }

  /**
   * Resolves with the ids of the quarantined when all is durable. Quarantine first: what the journal counts as
   * quarantined is there. A record that was sent again has its entry already.
   */
  async function commit(payload: Payload, gathering: Gathering): Promise<readonly string[]> {
    const { rejected } = gathering;
    const { replayOf, source } = payload;
    const keep = rejected.length > 0 && replayOf === undefined;
    const ids = keep ? await quarantine.keep(rejected) : rejected.map(() => replayOf ?? '');
    if (gathering.verdicts.length > 0 || source !== undefined) await journal.append(gathering.entry());
    return ids;
  }

  function remember(payload: Payload, receipt: Receipt): void {
    const { tenant, sender, receiver, received: time } = payload;
    const lastOf = <K extends Verdict['kind']>(kind: K) =>
      receipt.verdicts.findLast((verdict) => verdict.kind === kind) as
        | Extract<Verdict, { kind: K }>
        | undefined;
    const { received, accepted, duplicates: repeated, quarantined } = receipt;
    const past = receipt.pastRetention ?? [];
    const taken = accepted > 0 ? lastOf('accepted') : undefined;
    const again = repeated > 0 ? lastOf('duplicate') : undefined;
    const held = quarantined > 0 ? lastOf('quarantined') : undefined;
    senders.note(tenant, {
      sender,
      receiver,
      received,
      accepted,
      duplicates: repeated,
      quarantined,
      pastRetention: past.reduce((sum, { count }) => sum + count, 0),
      lastSeen: time,
      ...(taken && { lastAccepted: { time, id: taken.id } }),
      ...(again && { lastDuplicate: { time, id: again.id } }),
      ...(held && {
        lastQuarantined: { time, id: held.quarantineId, reason: held.reason, problem: held.problem },
      }),
    });
  }

  return async function accept(payload): Promise<Result<Receipt, Refusal>> {
    if (journal.pressure === 'full')
      return fail({ status: 503, reason: 'the disk is nearly full: nothing can be kept', retryAfter });
    if (payload.vocabulary !== undefined && !names.includes(payload.vocabulary))
      return fail({
        status: 400,
        reason: `no vocabulary ${payload.vocabulary}; there are ${names.join(', ')}`,
      });
    const decoded = payload.protocol.decode(payload.body, payload.headers);
    if (!decoded.ok) return fail({ status: 400, reason: decoded.error.reason });

    const claims = duplicates.begin(payload.received);
    let durable = false;
    try {
      const gathered = await gather(payload, decoded.value, claims);
      if (!gathered.ok) return gathered;
      const gathering = gathered.value;
      const committed = await commit(payload, gathering).then(ok, (error: unknown) => {
        log.error('a payload could not be written', { receiver: payload.receiver, error: String(error) });
        return fail(error instanceof NotJournalled && error.code === 'unknown' ? unknown : unwritten);
      });
      if (!committed.ok) return committed;
      const quarantineIds = committed.value;
      durable = true;
      claims.settle(true);
      // Not before our own are settled: two payloads may wait for each other.
      // Its own records are on disk already: it may not be answered that they were not taken.
      if (!(await claims.othersDurable())) return fail(repeatsUnwritten);
      const receipt = gathering.receipt(quarantineIds);
      options.tally?.add(payload.tenant, gathering.redacted);
      options.pastRetention?.add(payload.tenant, receipt.pastRetention ?? []);
      remember(payload, receipt);
      return ok(receipt);
    } finally {
      if (!durable) claims.settle(false);
    }
  };
}
