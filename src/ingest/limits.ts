/** How much is taken in at once. Bytes unless said otherwise. */

export interface IngestLimits {
  /** A body, decompressed. */
  readonly body: number;
  /** A record; of a larger one the head goes to quarantine. */
  readonly record: number;
  /** Records of one body: each costs memory until the body is durable, however small it is. */
  readonly records: number;
  /** Bodies being read and worked on, over all receivers. */
  readonly inFlight: number;
  /** Milliseconds for which a body waits for room. */
  readonly wait: number;
  /** Bytes a second that a body must arrive at, on average over `rateWindow`. */
  readonly leastRate: number;
  /** Milliseconds. Time in which the body waits for room is left out. */
  readonly rateWindow: number;
}

export const defaultLimits: IngestLimits = {
  body: 100_000_000,
  record: 4_000_000,
  records: 100_000,
  inFlight: 128_000_000,
  wait: 15_000,
  leastRate: 1_000,
  rateWindow: 30_000,
};

/** Seconds after which a sender that was turned away should try again. */
export const retryAfter = 5;
