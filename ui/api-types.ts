/** The answers of the API that the pages read, beside those in `src/core`. Times are RFC 3339. */
import type { ApiEvent } from '../src/core/frame.ts';

export interface Session {
  readonly user: string;
  readonly tenant: string;
  readonly tenants: readonly string[];
  readonly scopes: readonly string[];
  /** Null for a token, which needs none. */
  readonly csrf: string | null;
}

export interface FieldInfo {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
  readonly doc: string;
  readonly unit?: string;
  readonly personal?: boolean;
}
export interface MeasureInfo {
  readonly name: string;
  readonly doc: string;
  readonly unit?: string;
}
export interface Fields {
  readonly fields: readonly FieldInfo[];
  readonly measures: readonly MeasureInfo[];
}

export interface ValueCount {
  readonly value: string | number | boolean;
  readonly count: number;
}

/** One second of the live figures; durations in milliseconds a request. */
export interface LiveSample {
  readonly time: string;
  readonly requestsPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  readonly duration: number | null;
  readonly overhead: number | null;
  readonly concurrent: number;
  readonly concurrentAt: string;
  readonly totals: {
    readonly requests: number;
    readonly bytesIn: number;
    readonly bytesOut: number;
    readonly events: number;
  };
}

interface Counted {
  readonly count: number;
  readonly last?: string;
  readonly id?: string;
  readonly reason?: string;
}
/** Counts since the server started. */
export interface Sender {
  readonly sender: string;
  readonly receiver: string;
  readonly received: Counted;
  readonly pastRetention: number;
  readonly duplicates: Counted;
  readonly quarantined: Counted;
}

export interface QuarantineReason {
  readonly reason: string;
  readonly count: number;
  readonly kept: number;
  readonly replayed: number;
  readonly first: string;
  readonly last: string;
}
export interface QuarantineEntry {
  readonly id: string;
  readonly reason: string;
  readonly received: string;
  readonly receiver: string;
  readonly sender: string;
  readonly path: string;
  readonly detail: string;
  readonly vocabulary?: string;
  readonly replayed?: string;
}
export interface WholeQuarantineEntry extends QuarantineEntry {
  readonly body?: string;
  readonly bodyBase64?: string;
}
export interface Quarantine {
  readonly reasons: readonly QuarantineReason[];
  readonly entries: readonly QuarantineEntry[];
  readonly next: string | null;
}
export interface ReplayOutcome {
  readonly outcome: 'accepted' | 'duplicate' | 'quarantined';
  readonly id?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly quarantineId?: string;
}
export interface ReplayCounts {
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly remaining: number;
}

export interface Token {
  readonly id: string;
  readonly name: string;
  /** First characters of the secret; empty for one fixed in the settings. */
  readonly hint: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly created: string;
  readonly lastUsed?: string;
  readonly expires?: string;
  readonly revoked?: string;
}
/** The secret is in this answer and nowhere else, ever. */
export interface NewToken {
  readonly token: Token;
  readonly secret: string;
}

export interface Tenant {
  readonly name: string;
  readonly created?: string;
}

export interface SampleStatus {
  readonly running: boolean;
  readonly tenant: string;
  readonly sent?: number;
}

/** Figures of the installation are there for those who hold the scope `installation`. */
export interface Dropped {
  readonly retention: string;
  readonly because: 'age' | 'budget';
  readonly events: number;
  readonly bytes: number;
  readonly lastDay: string;
  readonly lastTime: string;
}
export interface RetentionClass {
  readonly retention: string;
  /** Seconds. */
  readonly age: number;
  readonly oldestDay?: string;
  readonly next?: {
    readonly day: string;
    readonly because: 'age' | 'budget';
    readonly time?: string;
    readonly events: number;
    readonly bytes: number;
  };
}
/** How long events are kept; `installation` for who runs it. */
export interface Retention {
  readonly checked?: string;
  readonly classes: readonly RetentionClass[];
  readonly dropped: readonly Dropped[];
  readonly installation?: {
    readonly bytes: number;
    readonly events: number;
    readonly budget: {
      readonly bytes: number | null;
      readonly events: number | null;
      readonly by: 'share' | 'spared' | 'bytes' | 'none';
      readonly overBytes: number;
      readonly overEvents: number;
    };
    readonly problem?: string;
    readonly dropped: readonly Dropped[];
  };
}

export interface Status {
  readonly version: string;
  readonly started: string;
  readonly tenant: string;
  readonly equation: {
    readonly received: number;
    readonly journalled: number;
    readonly quarantined: number;
    readonly duplicates: number;
    readonly replayed: number;
    readonly balanced: boolean;
  };
  readonly consumers: readonly {
    readonly name: string;
    readonly state: 'running' | 'failing' | 'stopped';
    readonly position?: number;
    readonly journalled: number;
    readonly pending: number;
    readonly delivered: number;
    readonly deadLettered: number;
    readonly expired: number;
    readonly lost: number;
    readonly balanced: boolean;
  }[];
  readonly lost: readonly {
    /** `?` where it is not known any more. */
    readonly tenant: string;
    readonly day: string;
    readonly retention: string;
    readonly events: number;
  }[];
  /** When store and journal were compared last. */
  readonly comparison: { readonly at: string } | null;
  readonly journal: {
    readonly oldest?: number;
    readonly end?: number;
    readonly segments?: number;
    readonly bytes?: number;
    readonly pressure: 'ok' | 'low' | 'full';
  };
  readonly store: { readonly ready: boolean; readonly reason?: string };
  readonly disk?: { readonly free: number; readonly total: number };
  readonly retention: Retention;
}

export type { ApiEvent };
