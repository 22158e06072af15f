/** Sending quarantined records again: through the main street like any other, named as what they are. */
import Type, { type Static } from 'typebox';
import { ApiError } from '../access/api-error.ts';
import type { Accept, Receipt } from '../core/ingest.ts';
import type { Clock } from '../core/ports.ts';
import type { Protocol } from '../core/spec.ts';
import type { Quarantine } from '../ingest/quarantine.ts';
import { formOf } from '../protocols/json.ts';
import { refusalError } from '../receivers/http.ts';

export const ReplayOutcome = Type.Object({
  outcome: Type.Enum(['accepted', 'duplicate', 'quarantined']),
  id: Type.Optional(Type.String({ description: 'Id of the event.' })),
  reason: Type.Optional(Type.String({ description: 'Why it stays in quarantine.' })),
  detail: Type.Optional(Type.String({ description: 'More of that; of an event, why it will not be kept.' })),
});
export type ReplayOutcome = Static<typeof ReplayOutcome>;

export const ReplayCounts = Type.Object({
  accepted: Type.Integer(),
  duplicates: Type.Integer(),
  quarantined: Type.Integer({ description: 'Not better this time: they stay.' }),
  remaining: Type.Integer({ description: 'Not sent in this call.' }),
  next: Type.Union([Type.String(), Type.Null()], {
    description: 'When there are more: ask again with it as `from`.',
  }),
});
export type ReplayCounts = Static<typeof ReplayCounts>;

export interface Replay {
  /** Undefined when there is no such record. */
  one(tenant: string, id: string, sender: string, edited?: string): Promise<ReplayOutcome | undefined>;
  /** Up to 1 000 of one reason, oldest first, from the one named `from` on. */
  all(tenant: string, reason: string, sender: string, from?: string): Promise<ReplayCounts>;
}

export interface ReplayParts {
  readonly quarantine: Pick<Quarantine, 'get' | 'ids' | 'replayed'>;
  readonly accept: Accept;
  /** For records that are JSON, and for lines that are not. */
  readonly protocols: { readonly json: Protocol; readonly lines: Protocol };
  readonly clock: Clock;
}

const countOf = { accepted: 'accepted', duplicate: 'duplicates', quarantined: 'quarantined' } as const;
const aCall = 1_000;
// So many share a commit of the journal.
const together = 50;

const nothingToSend = () =>
  new ApiError(400, 'Nothing to send', 'The body holds no record. Send one JSON object or one line.');

/** What is said of the record as a whole: the first verdict that is not the best one. */
function outcomeOf({ verdicts, pastRetention = [] }: Receipt): ReplayOutcome {
  const refused = verdicts.find((verdict) => verdict.kind === 'quarantined');
  if (refused?.kind === 'quarantined') {
    const { reason, problem } = refused;
    return { outcome: 'quarantined', reason, detail: problem.reason };
  }
  const accepted = verdicts.find((verdict) => verdict.kind === 'accepted');
  if (accepted?.kind === 'accepted') {
    const [past] = pastRetention;
    const { id } = accepted;
    return { outcome: 'accepted', id, ...(past === undefined ? {} : { detail: past.reason }) };
  }
  const [known] = verdicts;
  return known?.kind === 'duplicate' ? { outcome: 'duplicate', id: known.id } : { outcome: 'duplicate' };
}

export function createReplay({ quarantine, accept, protocols, clock }: ReplayParts): Replay {
  const one: Replay['one'] = async (tenant, id, sender, edited) => {
    const entry = await quarantine.get(tenant, id);
    if (entry === undefined) return undefined;
    if (edited?.trim() === '') throw nothingToSend();
    const body = edited === undefined ? entry.bytes : Buffer.from(edited);
    const answer = await accept({
      tenant,
      receiver: entry.receiver,
      sender,
      received: clock(),
      body,
      headers: {},
      protocol: formOf(body) === 'json' ? protocols.json : protocols.lines,
      ...(entry.vocabulary === undefined ? {} : { vocabulary: entry.vocabulary }),
      replayOf: id,
    });
    if (!answer.ok) throw refusalError(answer.error);
    if (answer.value.verdicts.length === 0) throw nothingToSend();
    const outcome = outcomeOf(answer.value);
    // What fails again stays as it is, to be edited and sent once more.
    if (outcome.outcome !== 'quarantined') await quarantine.replayed(tenant, id, outcome.outcome);
    return outcome;
  };

  return {
    one,
    async all(tenant, reason, sender, from) {
      const ids = quarantine.ids(tenant, reason);
      // What fails again stays in the list: a call goes on behind it. Sent by somebody else meanwhile: from the start.
      const begin = from === undefined ? 0 : Math.max(ids.indexOf(from), 0);
      const now = ids.slice(begin, begin + aCall);
      const counts = { accepted: 0, duplicates: 0, quarantined: 0 };
      for (let first = 0; first < now.length; first += together) {
        const some = now.slice(first, first + together);
        const outcomes = await Promise.all(some.map((id) => one(tenant, id, sender)));
        for (const outcome of outcomes) if (outcome !== undefined) counts[countOf[outcome.outcome]] += 1;
      }
      const remaining = ids.length - begin - now.length;
      return { ...counts, remaining, next: ids[begin + now.length] ?? null };
    },
  };
}
