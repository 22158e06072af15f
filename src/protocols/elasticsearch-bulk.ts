/**
 * The body of Elasticsearch's `_bulk`: a line that says what to do, and a line that is the record. Lenient where real
 * senders are: blank lines (Otoroshi ends with two line feeds), carriage returns, a missing last line feed.
 * Source: Elasticsearch documentation, bulk API.
 */
import { fail, ok } from '../core/result.ts';
import type { Decoded, Protocol } from '../core/spec.ts';
import { cutLines } from './lines.ts';

const operations = ['index', 'create', 'update', 'delete'] as const;
export type BulkOperation = (typeof operations)[number];

/** What one action line asks for. */
export interface BulkAction {
  readonly operation: BulkOperation;
  readonly index: string | undefined;
  readonly id: string | undefined;
  /** Whether a record follows: updates and deletions give none, because events are never changed. */
  readonly record: boolean;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;

function readAction(line: Buffer): BulkAction | undefined {
  // An action line is short; a record in its place may not be.
  if (line.length > 10_000 || line[0] !== 0x7b) return undefined;
  let action: unknown;
  try {
    action = JSON.parse(line.toString());
  } catch {
    return undefined;
  }
  const [member, ...others] = Object.entries(action as Record<string, unknown>);
  if (member === undefined || others.length > 0) return undefined;
  const [name, meta] = member;
  const operation = operations.find((known) => known === name);
  if (operation === undefined || typeof meta !== 'object' || meta === null) return undefined;
  const { _index: index, _id: id } = meta as { _index?: unknown; _id?: unknown };
  const record = operation === 'index' || operation === 'create';
  return { operation, index: textOf(index), id: textOf(id), record };
}

const unreadable: BulkAction = { operation: 'index', index: undefined, id: undefined, record: true };

/** An update or a deletion: nothing to read, and counted all the same by who paces the reading. */
const noRecord = ({ bytes, line, byte }: Decoded): Decoded => ({ bytes: bytes.subarray(0, 0), line, byte });

/** Reads action lines; one that is the same as the last, as most are that give no id, is not read again. */
function actionReader(): (line: Buffer) => BulkAction | undefined {
  let last: { readonly line: Buffer; readonly action: BulkAction | undefined } | undefined;
  return function read(line) {
    if (last?.line.equals(line)) return last.action;
    last = { line, action: readAction(line) };
    return last.action;
  };
}

/** Records in order; `note` is told every action before its record is given. */
function* cut(body: Buffer, note: (action: BulkAction) => void): Generator<Decoded> {
  const read = actionReader();
  let action: BulkAction | undefined;
  let place = { line: 0, byte: 0 };
  const refuse = (bytes: Buffer, reason: string): Decoded => {
    note(unreadable);
    return { bytes, ...place, problem: { path: '', reason } };
  };
  for (const line of cutLines(body)) {
    if (line.bytes.length === 0) yield line;
    else if (action === undefined) {
      action = read(line.bytes);
      place = { line: line.line, byte: line.byte };
      if (action === undefined) yield refuse(line.bytes, 'not an action line of a bulk request');
      else if (action.operation === 'delete') {
        note(action);
        action = undefined;
        yield noRecord(line);
      }
    } else {
      note(action);
      if (!action.record) yield noRecord(line);
      else yield action.id === undefined ? line : { ...line, id: action.id };
      action = undefined;
    }
  }
  if (action?.record) yield refuse(body.subarray(place.byte), 'no record follows the last action line');
  else if (action !== undefined) note(action);
}

/** A bulk reader that tells `note` of every action in order, updates and deletions too. */
export const bulkNoting = (note: (action: BulkAction) => void): Protocol => ({
  ...elasticsearchBulk,
  decode(body) {
    for (const first of cutLines(body)) {
      // Nothing but blanks for a long while: whatever comes, the reading that follows deals with it.
      if (first.bytes.length === 0) break;
      if (readAction(first.bytes) !== undefined) break;
      const reason = `Malformed action/metadata line [${first.line}], expected index, create, update or delete`;
      return fail({ path: `line ${first.line}`, reason });
    }
    return ok(cut(body, note));
  },
});

export const elasticsearchBulk: Protocol = {
  name: 'elasticsearch-bulk',
  doc: 'Elasticsearch bulk requests: an action line before each record.',
  example: '{"index":{"_index":"access-2026.11.21"}}\n{"request_method":"GET","status":200}\n\n',
  decode: (body, headers) => bulkNoting(() => {}).decode(body, headers),
};
