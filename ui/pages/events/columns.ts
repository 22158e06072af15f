/** The columns of the table of events: which, in what order and how wide; kept per person. */
import { columnByName } from '../../../src/core/event.ts';

export interface ColumnChoice {
  readonly names: readonly string[];
  /** Pixels, of the columns that a person has resized. */
  readonly widths: Readonly<Record<string, number>>;
}

/** Not a column of the event: what happened, in one line. */
export const summaryColumn = 'summary';

export const defaultColumns: ColumnChoice = {
  names: ['time', 'outcome', 'status', summaryColumn, 'service', 'consumer', 'duration'],
  widths: {},
};

const widths: Readonly<Record<string, number>> = {
  time: 196,
  received: 196,
  outcome: 116,
  status: 64,
  [summaryColumn]: 360,
  method: 72,
  path: 260,
  id: 160,
  requestId: 160,
  message: 300,
  error: 300,
  userAgent: 200,
};
const monospace = new Set([
  'id',
  'requestId',
  'parentRequestId',
  'traceId',
  'spanId',
  'entityId',
  'circuitId',
]);

export const widthOf = (name: string): number => widths[name] ?? 140;
export const isNumeric = (name: string): boolean => {
  const column = columnByName.get(name as never);
  return name === 'position' || (column?.kind === 'integer' && name !== 'status');
};
export const isMonospace = (name: string): boolean => monospace.has(name);

const key = 'gatescope:events-columns';

export function readColumns(storage: Pick<Storage, 'getItem'>): ColumnChoice {
  try {
    const kept = JSON.parse(storage.getItem(key) ?? 'null') as Partial<ColumnChoice> | null;
    if (!Array.isArray(kept?.names) || kept.names.length === 0) return defaultColumns;
    return { names: kept.names.map(String), widths: kept.widths ?? {} };
  } catch {
    return defaultColumns;
  }
}
export const writeColumns = (storage: Pick<Storage, 'setItem'>, choice: ColumnChoice): void =>
  storage.setItem(key, JSON.stringify(choice));

/** Shows a column at the end, or hides it; the last one stays. */
export function toggleColumn(choice: ColumnChoice, name: string): ColumnChoice {
  const names = choice.names.includes(name)
    ? choice.names.filter((other) => other !== name)
    : [...choice.names, name];
  return names.length === 0 ? choice : { ...choice, names };
}

/** Moves a column to the left (−1) or to the right (1). */
export function moveColumn(choice: ColumnChoice, name: string, by: -1 | 1): ColumnChoice {
  const from = choice.names.indexOf(name);
  const to = from + by;
  if (from < 0 || to < 0 || to >= choice.names.length) return choice;
  const names = choice.names.filter((other) => other !== name);
  return { ...choice, names: [...names.slice(0, to), name, ...names.slice(to)] };
}
