/** Sending quarantined records again: through the main street like any other, named as what they are. */
import Type, { type Static } from 'typebox';
import { ApiError } from '../access/api-error.ts';
import type { Accept, Receipt } from '../core/ingest.ts';
import type { Clock } from '../core/ports.ts';
import type { Problem } from '../core/result.ts';
import type { Protocol } from '../core/spec.ts';
import { refusalError } from '../receivers/http.ts';

export interface KeptRecord {
  readonly id: string;
  readonly receiver: string;
  readonly sender: string;
  /** Microseconds since 1970. */
  readonly received: number;
  readonly reason: string;
  readonly problem: Problem;
  readonly vocabulary?: string;
  /** What came of it when it was sent again. */
  readonly replayed?: string;
}

/** The quarantine as the API reads it: always of one tenant. */
export interface QuarantineReader {
  summary(tenant: string): readonly {
    readonly reason: string;
    readonly count: number;
    readonly kept: number;
    readonly replayed: number;
    readonly first: number;
    readonly last: number;
  }[];
  list(
    tenant: string,
    options: { readonly reason?: string; readonly limit: number; readonly cursor?: string },
  ): Promise<{ readonly entries: readonly KeptRecord[]; readonly next?: string | null }>;
  get(tenant: string, id: string): Promise<(KeptRecord & { readonly bytes: Buffer }) | undefined>;
  /** Ids of what may be sent again, oldest first. */
  ids(tenant: string, reason: string): readonly string[] | Promise<readonly string[]>;
  /** Durable when it resolves. */
  replayed(tenant: string, id: string, outcome: string): Promise<void>;
}

export const ReplayOutcome = Type.Object({
  outcome: Type.Enum(['accepted', 'duplicate', 'quarantined']),
  id: Type.Optional(Type.String({ description: 'Id of the event.' })),
  reason: Type.Optional(Type.String({ description: 'Why it stays in quarantine.' })),
  detail: Type.Optional(Type.String()),
});
export type ReplayOutcome = Static<typeof ReplayOutcome>;

export const ReplayCounts = Type.Object({
  accepted: Type.Integer(),
  duplicates: Type.Integer(),
  quarantined: Type.Integer({ description: 'Not better this time: they stay.' }),
  next: Type.Union([Type.String(), Type.Null()], {
    description: 'When there are more: ask again with it as `after`.',
  }),
});
export type ReplayCounts = Static<typeof ReplayCounts>;

export interface Replay {
  /** Undefined when there is no such record. */
  one(tenant: string, id: string, sender: string, edited?: string): Promise<ReplayOutcome | undefined>;
  /** Up to 1 000 of one reason, oldest first, from the one after `after` on. */
  all(tenant: string, reason: string, sender: string, after?: string): Promise<ReplayCounts>;
}

export interface ReplayParts {
  readonly quarantine: Pick<QuarantineReader, 'get' | 'ids' | 'replayed'>;
  readonly accept: Accept;
  /** For records that are JSON, and for lines that are not. */
  readonly protocols: { readonly json: Protocol; readonly lines: Protocol };
  readonly clock: Clock;
}

const countOf = { accepted: 'accepted', duplicate: 'duplicates', quarantined: 'quarantined' } as const;
const aCall = 1_000;
// So many share a commit of the journal.
const together = 50;

/** JSON begins with a brace or bracket, whatever blanks come first. */
const looksLikeJson = (bytes: Buffer): boolean => /^\s*[[{]/.test(bytes.toString('latin1', 0, 256));

/** What is said of the record as a whole: the first verdict that is not the best one. */
function outcomeOf({ verdicts }: Receipt): ReplayOutcome {
  const kinds = verdicts.map(({ verdict }) => verdict);
  const refused = kinds.find((verdict) => verdict.kind === 'quarantined');
  if (refused?.kind === 'quarantined') {
    const { reason, problem } = refused;
    return { outcome: 'quarantined', reason, detail: problem.reason };
  }
  const accepted = kinds.find((verdict) => verdict.kind === 'accepted');
  if (accepted?.kind === 'accepted') return { outcome: 'accepted', id: accepted.id };
  const known = kinds[0];
  return known?.kind === 'duplicate' ? { outcome: 'duplicate', id: known.id } : { outcome: 'duplicate' };
}

export function createReplay({ quarantine, accept, protocols, clock }: ReplayParts): Replay {
  const one: Replay['one'] = async (tenant, id, sender, edited) => {
    const entry = await quarantine.get(tenant, id);
    if (entry === undefined) return undefined;
    const body = edited === undefined ? entry.bytes : Buffer.from(edited);
    const answer = await accept({
      tenant,
      receiver: entry.receiver,
      sender,
      received: clock(),
      body,
      headers: {},
      protocol: looksLikeJson(body) ? protocols.json : protocols.lines,
      ...(entry.vocabulary === undefined ? {} : { vocabulary: entry.vocabulary }),
      replayOf: id,
    });
    if (!answer.ok) {
      throw refusalError(answer.error);
    }
    if (answer.value.verdicts.length === 0) {
      throw new ApiError(
        400,
        'Nothing to send',
        'The body holds no record. Send one JSON object or one line.',
      );
    }
    const outcome = outcomeOf(answer.value);
    // What fails again stays as it is, to be edited and sent once more.
    if (outcome.outcome !== 'quarantined') await quarantine.replayed(tenant, id, outcome.outcome);
    return outcome;
  };

  return {
    one,
    async all(tenant, reason, sender, after) {
      const ids = await quarantine.ids(tenant, reason);
      const begin = after === undefined ? 0 : ids.indexOf(after) + 1;
      const now = ids.slice(begin, begin + aCall);
      const counts = { accepted: 0, duplicates: 0, quarantined: 0 };
      for (let first = 0; first < now.length; first += together) {
        const some = now.slice(first, first + together);
        const outcomes = await Promise.all(some.map((id) => one(tenant, id, sender)));
        for (const outcome of outcomes) if (outcome !== undefined) counts[countOf[outcome.outcome]] += 1;
      }
      const more = ids.length > begin + now.length;
      return { ...counts, next: more ? (now.at(-1) ?? null) : null };
    },
  };
}
