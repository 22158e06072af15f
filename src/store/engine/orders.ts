/** What the engine process is told when it starts, as one line of JSON. */

export interface Orders {
  /** Where the data lies; one process at a time. */
  readonly folder: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Command line arguments of ClickHouse, such as `--max_server_memory_usage=…`. */
  readonly args: readonly string[];
  /** Statements that may run at once. */
  readonly reads: number;
  readonly writes: number;
}

/** Threads for the addon's calls: more than the gates let in, or a full gate would block every other call. */
export const threadsFor = (orders: Pick<Orders, 'reads' | 'writes'>): number =>
  orders.reads + orders.writes + 4;
