/**
 * The judgement of the oracle: the store of a stopped server is opened with an engine of its own and compared with
 * what the producer knows.
 */
import { join } from 'node:path';
import { openStoreClient } from '../src/store/engine/client.ts';
import { startEngine } from '../src/store/engine/engine.ts';
import type { Sent } from './batches.ts';

export interface OracleVerdict {
  readonly acknowledged: number;
  readonly unknownFate: number;
  readonly stored: number;
  readonly faults: readonly string[];
}

interface StoredRow {
  readonly id: string;
  readonly vocabulary: string;
  readonly raw: string;
  readonly requestId: string;
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function verifyStore(data: string, sent: ReadonlyMap<string, Sent>): Promise<OracleVerdict> {
  const engine = await startEngine({
    folder: join(data, 'store'),
    log: silent,
    clock: () => Date.now() * 1000,
  });
  const client = openStoreClient(engine);
  const faults: string[] = [];
  const fault = (text: string): void => {
    if (faults.length < 20) faults.push(text);
  };
  const seen = new Map<string, number>();
  const answer = await client.query({
    query: "SELECT id, vocabulary, raw, requestId FROM events WHERE type != 'AuditRecord'",
    format: 'JSONEachRow',
    // Row by row, and streamed: everything at once is more than the engine may hold.
    clickhouse_settings: { max_threads: 1, max_block_size: '2000', wait_end_of_query: 0 },
  });
  let stored = 0;
  for await (const rows of answer.stream<StoredRow>()) {
    for (const row of rows) {
      const { id, vocabulary, raw, requestId } = row.json();
      const mark = vocabulary === 'nginx' ? requestId : id;
      const known = sent.get(mark);
      stored += 1;
      seen.set(mark, (seen.get(mark) ?? 0) + 1);
      if (known === undefined) fault(`never sent: ${vocabulary} ${mark}`);
      else if (known.raw !== raw) fault(`other bytes: ${mark}`);
    }
  }
  for (const [mark, count] of seen) if (count > 1) fault(`${count} times in the store: ${mark}`);
  let acknowledged = 0;
  for (const [mark, record] of sent) {
    if (!record.acknowledged) continue;
    acknowledged += 1;
    if (!seen.has(mark)) fault(`acknowledged and not in the store: ${mark}`);
  }
  for (const text of await rollupFaults(client)) fault(text);
  await client.close();
  await engine.stop();
  return { acknowledged, unknownFate: sent.size - acknowledged, stored, faults };
}

/** The same question answered with and without the projections: they must agree to the last digit. */
async function rollupFaults(client: ReturnType<typeof openStoreClient>): Promise<string[]> {
  const ask = async (projections: 0 | 1): Promise<string> => {
    const answer = await client.query({
      query: `SELECT toStartOfMinute(time) AS minute, service, outcome, sum(weight) AS count
        FROM events WHERE tenant = 'default' AND toStartOfMinute(time) >= toDateTime('2000-01-01 00:00:00', 'UTC')
        GROUP BY minute, service, outcome ORDER BY minute, service, outcome`,
      format: 'JSONCompact',
      clickhouse_settings: { optimize_use_projections: projections },
    });
    return JSON.stringify(((await answer.json()) as { data: unknown }).data);
  };
  return (await ask(0)) === (await ask(1)) ? [] : ['rollups differ from raw rows'];
}
