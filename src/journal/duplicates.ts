/**
 * The duplicate index: hashes of the newest ids, the only state before the journal. Off heap, bounded, exact for
 * what it holds; what is older the store writer asks the store for (`oldestTime`).
 *
 * A record that is claimed and not yet durable is open: who meets its id meanwhile is answered with that record's
 * commit and fails with it.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Shard, shardCapacity } from './duplicates-shard.ts';

/**
 * `new`: not known, now claimed. `duplicate`: known with the same content. `conflict`: known with other content.
 */
export type ClaimVerdict = 'new' | 'duplicate' | 'conflict';

/** The claims of one payload. */
export interface Claims {
  /** Synchronous, under half a microsecond. A repetition within the payload is a duplicate too. */
  claim(idHash: bigint, contentHash: number): ClaimVerdict;
  /**
   * Must be called exactly once, as soon as the payload's own records are durable (true) or are known not to be
   * (false: their ids become free, at once when they are few). Never wait for {@link othersDurable} first: two payloads may wait for each other.
   */
  settle(durable: boolean): void;
  /**
   * Whether all those records of other payloads that a `duplicate` or `conflict` pointed at became durable. Resolves
   * when all are settled; at once when none was open. When false the payload as a whole must be refused.
   */
  othersDurable(): Promise<boolean>;
}

export interface RestoredIds {
  readonly idHashes: BigUint64Array;
  readonly contentHashes: Uint32Array;
  /** When they were received, microseconds. */
  readonly received: number;
}

export interface DuplicateIndex {
  /** Begins the claims of one payload received at `received` (microseconds). */
  begin(received: number): Claims;
  /** Puts durable ids in, oldest first: for the journal when it opens. */
  restore(ids: RestoredIds): void;
  /** Says that ids received up to `received` may be missing: what left the journal before it was opened. */
  missingTo(received: number): void;
  /**
   * Every id received after this time (microseconds) is here; 0 when none was ever forgotten. As an event is received
   * after it happened, one whose own `time` is later (by a margin for clocks) cannot be an unknown duplicate.
   */
  readonly oldestTime: number;
  /** Ids held, and bytes taken for them outside the heap. */
  readonly size: number;
  readonly bytes: number;
}

/** Ids that one turn of the event loop forgets. */
const forgottenAtOnce = 5_000;

class OpenClaims implements Claims {
  readonly #index: Index;
  readonly #received: number;
  readonly #ids: bigint[] = [];
  #lookup: Set<bigint> | undefined;
  #leaving = false;
  readonly #others = new Set<OpenClaims>();
  readonly #settled = Promise.withResolvers<boolean>();

  constructor(index: Index, received: number) {
    this.#index = index;
    this.#received = received;
  }

  claim(idHash: bigint, contentHash: number): ClaimVerdict {
    const verdict = this.#index.claim(idHash, contentHash, this.#received);
    if (verdict === 'new') {
      this.#ids.push(idHash);
      this.#lookup?.add(idHash);
      return verdict;
    }
    for (const other of this.#index.open) if (other !== this && other.holds(idHash)) this.#others.add(other);
    return verdict;
  }

  /** Built when first asked: most payloads are settled before anybody repeats them. */
  holds(idHash: bigint): boolean {
    this.#lookup ??= new Set(this.#ids);
    return this.#lookup.has(idHash);
  }

  settle(durable: boolean): void {
    if (this.#leaving) return;
    this.#leaving = true;
    if (durable) this.#close(true);
    else void this.#forget();
  }

  /** A little in each turn of the event loop; who meets one of the ids meanwhile fails with them. */
  async #forget(): Promise<void> {
    const ids = this.#ids;
    for (let from = 0; from < ids.length; from += forgottenAtOnce) {
      if (from > 0) await nextTurn();
      for (const idHash of ids.slice(from, from + forgottenAtOnce)) this.#index.forget(idHash);
    }
    this.#close(false);
  }

  #close(durable: boolean): void {
    this.#index.open.delete(this);
    this.#settled.resolve(durable);
  }

  async othersDurable(): Promise<boolean> {
    const outcomes = await Promise.all(Array.from(this.#others, (other) => other.#settled.promise));
    return outcomes.every(Boolean);
  }
}

// Reads the halves of a hash without making BigInts.
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);

class Index implements DuplicateIndex {
  readonly open = new Set<OpenClaims>();
  readonly #shards: Shard[];
  #missingTo = 0;

  constructor(capacity: number) {
    // Shards, so that growing and forgetting never hold the event loop: each grows by itself.
    let count = 1;
    while (capacity / count > shardCapacity) count *= 2;
    this.#shards = Array.from({ length: count }, () => new Shard(Math.ceil(capacity / count)));
  }

  begin(received: number): Claims {
    const claims = new OpenClaims(this, received);
    this.open.add(claims);
    return claims;
  }

  claim(idHash: bigint, contentHash: number, received: number): ClaimVerdict {
    whole[0] = idHash;
    const low = halves[0] as number;
    const high = halves[1] as number;
    const known = this.#shardOf(high).claim(low, high, contentHash, received);
    if (known === undefined) return 'new';
    return known === contentHash >>> 0 ? 'duplicate' : 'conflict';
  }

  forget(idHash: bigint): void {
    whole[0] = idHash;
    const high = halves[1] as number;
    this.#shardOf(high).forget(halves[0] as number, high);
  }

  restore(ids: RestoredIds): void {
    for (let i = 0; i < ids.idHashes.length; i++)
      this.claim(ids.idHashes[i] as bigint, ids.contentHashes[i] as number, ids.received);
  }

  missingTo(received: number): void {
    this.#missingTo = Math.max(this.#missingTo, received);
  }

  #shardOf(high: number): Shard {
    return this.#shards[high & (this.#shards.length - 1)] as Shard;
  }

  get oldestTime(): number {
    return this.#shards.reduce((latest, shard) => Math.max(latest, shard.evictedTo), this.#missingTo);
  }

  get size(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.size, 0);
  }

  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.bytes, 0);
  }
}

/** An empty index that holds the newest `capacity` ids; it takes memory only as it fills, about 18 bytes an id. */
export const createDuplicateIndex = (capacity = 8_000_000): DuplicateIndex => new Index(capacity);
