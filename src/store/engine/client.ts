/**
 * The one way to the store: the ClickHouse client, pointed at the engine process or at a ClickHouse server by URL.
 */
import { type ClickHouseClient, ClickHouseLogLevel, createClient } from '@clickhouse/client';

export type StoreClient = ClickHouseClient;

export interface StoreAddress {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Must exist. Default `gatescope`, which `prepareSchema` creates. */
  readonly database?: string;
}

/** The settings that hold for every statement; what a reader or the writer needs beside them it says itself. */
export function openStoreClient(address: StoreAddress): StoreClient {
  return createClient({
    url: address.url,
    username: address.username,
    password: address.password,
    database: address.database ?? 'gatescope',
    // Statements have their own time limit in the engine; this one is for an engine that has stopped answering.
    request_timeout: 120_000,
    max_open_connections: 32,
    // Every failure reaches the caller, who knows whether it matters.
    log: { level: ClickHouseLogLevel.OFF },
    compression: { request: false, response: false },
    clickhouse_settings: {
      async_insert: 0,
      date_time_input_format: 'basic',
      output_format_json_quote_64bit_integers: 0,
      wait_end_of_query: 1,
    },
  });
}
