/** What arrives as an argument instead of being reached for: clock, ids, log. */

/** Microseconds since 1970-01-01 UTC. */
export type Clock = () => number;

export interface Log {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}
