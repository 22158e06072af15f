/** Values of a statement, kept apart from its text: nothing a person wrote is ever part of the SQL. */
import { TupleParam } from '@clickhouse/client';

export interface Params {
  /** The place of the value in the text, such as `{p3:String}`. Equal values share one. */
  add(type: ParamType, value: ParamValue): string;
  readonly values: Readonly<Record<string, unknown>>;
}

export type ParamType =
  | 'String'
  | 'Int64'
  | 'UInt64'
  | 'Float64'
  | 'Array(String)'
  | 'Array(Int64)'
  | `Array(Tuple(${string}))`;
export type ParamValue =
  | string
  | number
  | readonly (string | number)[]
  | readonly (readonly (string | number)[])[];

export function createParams(): Params {
  const values: Record<string, unknown> = {};
  const known = new Map<string, string>();
  return {
    values,
    add(type, value) {
      const key = `${type} ${JSON.stringify(value)}`;
      let name = known.get(key);
      if (name === undefined) {
        name = `p${known.size}`;
        known.set(key, name);
        values[name] = Array.isArray(value)
          ? value.map((item: unknown) => (Array.isArray(item) ? new TupleParam(item) : item))
          : value;
      }
      return `{${name}:${type}}`;
    },
  };
}

/** A moment in microseconds as the engine's DateTime64(6). */
export const momentSql = (micros: number, params: Params): string =>
  `fromUnixTimestamp64Micro(${params.add('Int64', micros)}, 'UTC')`;
