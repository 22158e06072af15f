/** What each sender last sent, for "Where is my event?": bounded, in memory, since the start of the program. */
import type { Problem } from '../core/result.ts';

/** Microseconds since 1970, and what was seen then. */
export interface LastSeen {
  readonly time: number;
  /** Id of the event; for quarantined records the id of the entry. */
  readonly id: string;
}

export interface SenderState {
  readonly sender: string;
  readonly receiver: string;
  readonly received: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Of the accepted, those past their retention class on arrival. */
  readonly pastRetention: number;
  /** Time of the last payload. */
  readonly lastSeen: number;
  readonly lastAccepted?: LastSeen;
  readonly lastDuplicate?: LastSeen;
  readonly lastQuarantined?: LastSeen & { readonly reason: string; readonly problem: Problem };
}

export interface Senders {
  note(tenant: string, state: SenderState): void;
  /** Of one tenant, latest first. */
  list(tenant: string): readonly SenderState[];
  forget(tenant: string): void;
}

/** Remembers the latest `most` senders of each tenant. */
export function createSenders(most = 1_000): Senders {
  const tenants = new Map<string, Map<string, SenderState>>();
  return {
    note(tenant, state) {
      const senders = tenants.get(tenant) ?? new Map<string, SenderState>();
      tenants.set(tenant, senders);
      const key = `${state.receiver}\0${state.sender}`;
      const before = senders.get(key);
      // Taken out and put in again: the first of the map is the one not heard of for longest.
      senders.delete(key);
      senders.set(key, {
        ...before,
        ...state,
        received: (before?.received ?? 0) + state.received,
        accepted: (before?.accepted ?? 0) + state.accepted,
        duplicates: (before?.duplicates ?? 0) + state.duplicates,
        quarantined: (before?.quarantined ?? 0) + state.quarantined,
        pastRetention: (before?.pastRetention ?? 0) + state.pastRetention,
      });
      if (senders.size > most) senders.delete(senders.keys().next().value as string);
    },
    list: (tenant) => [...(tenants.get(tenant)?.values() ?? [])].reverse(),
    forget: (tenant) => {
      tenants.delete(tenant);
    },
  };
}
