/** Expected outcomes are values; exceptions are bugs. */
export type Result<T, E = Problem> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** What is wrong, where, said so that a reader knows what to do. */
export interface Problem {
  /** Path of the field or place, such as `data.dataIn` or `line 3`; '' for the whole. */
  readonly path: string;
  readonly reason: string;
}

export const ok = <T>(value: T): Result<T, never> => ({ ok: true, value });
export const fail = <E>(error: E): Result<never, E> => ({ ok: false, error });
