/** A refusal by the HTTP API; the server writes it as problem details (RFC 9457). */
export class ApiError extends Error {
  readonly status: number;
  readonly title: string;
  /** What is wrong and what to do. */
  readonly detail: string;
  readonly errors: readonly { readonly path: string; readonly reason: string }[];
  /** Seconds after which to try again. */
  readonly retryAfter: number | undefined;
  /** Whether the request took effect is not known: any answer might be untrue, so its connection is closed without one. */
  readonly outcomeUnknown: boolean;

  constructor(
    status: number,
    title: string,
    detail: string,
    more: {
      errors?: readonly { path: string; reason: string }[];
      retryAfter?: number;
      outcomeUnknown?: boolean;
    } = {},
  ) {
    super(`${title}: ${detail}`);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.errors = more.errors ?? [];
    this.retryAfter = more.retryAfter;
    this.outcomeUnknown = more.outcomeUnknown === true;
  }
}
