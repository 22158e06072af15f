/**
 * The answer to a bulk request: one item for each action in order, without blanks and with the keys in Elasticsearch's
 * own order, because some senders look for pieces of it as text.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Verdict } from '../core/ingest.ts';
import type { BulkAction } from '../protocols/elasticsearch-bulk.ts';

/** Items written in one turn of the event loop. */
const writtenAtOnce = 5_000;

const stored = (result: string, status: number): string =>
  `"_version":1,"result":"${result}","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":0,"_primary_term":1,"status":${status}}}`;
const created = stored('created', 201);
const repeated = stored('noop', 200);

const refused = (status: number, type: string, reason: string): string =>
  `"status":${status},"error":${JSON.stringify({ type, reason })}}}`;
const appendOnly = refused(400, 'illegal_argument_exception', 'append-only: events are never changed');

/** Status, type and reason of a record that was not taken. */
export function elasticRefusal(verdict: Extract<Verdict, { kind: 'quarantined' }>): [number, string, string] {
  const { reason, problem, quarantineId } = verdict;
  const where = problem.path === '' ? '' : `${problem.path}: `;
  const text = `${where}${problem.reason} (${reason}; in quarantine as ${quarantineId})`;
  return reason === 'id-conflict'
    ? [409, 'version_conflict_engine_exception', text]
    : [400, 'document_parsing_exception', text];
}

/**
 * @param verdicts of the actions that carry a record, in their order
 * @param index the one in the address, for actions that name none
 * @param took milliseconds
 * @returns the answer in pieces, as that to a hundred thousand actions is too long to be written in one go
 */
export async function bulkAnswer(
  actions: readonly BulkAction[],
  verdicts: readonly Verdict[],
  index: string,
  took: number,
): Promise<readonly Buffer[]> {
  const names = new Map<string | undefined, string>();
  const nameOf = (own: string | undefined): string => {
    const name = names.get(own) ?? `"_index":${JSON.stringify(own ?? index)},"_type":"_doc",`;
    names.set(own, name);
    return name;
  };
  const pieces: Buffer[] = [];
  let items: string[] = [];
  let errors = false;
  let next = 0;
  for (const action of actions) {
    if (items.length === writtenAtOnce) {
      pieces.push(Buffer.from(`${items.join(',')},`));
      items = [];
      await nextTurn();
    }
    const verdict = action.record ? verdicts[next++] : undefined;
    let id: string | null = action.id ?? null;
    let outcome = appendOnly;
    if (verdict?.kind === 'accepted' || verdict?.kind === 'duplicate') {
      id = verdict.id;
      outcome = verdict.kind === 'accepted' ? created : repeated;
    } else {
      errors = true;
      if (verdict !== undefined) outcome = refused(...elasticRefusal(verdict));
    }
    items.push(`{"${action.operation}":{${nameOf(action.index)}"_id":${JSON.stringify(id)},${outcome}`);
  }
  const head = `{"took":${took},"errors":${errors},"items":[`;
  const tail = `${items.join(',')}]}`;
  if (pieces.length === 0) return [Buffer.from(head + tail)];
  return [Buffer.from(head), ...pieces, Buffer.from(tail)];
}
