/**
 * How a request of an access log ended and where its error arose, the same for every gateway that only logs. Three
 * things decide: the status, whether a backend was asked, and what the gateway's own word for it means.
 *
 * | the log says                                               | outcome            | errorOrigin         |
 * |------------------------------------------------------------|--------------------|---------------------|
 * | a word of refusal (Envoy RL, HAProxy PR)                   | denied             | gateway             |
 * | 401, 403 or 429, and no backend that could have said it    | denied             | gateway             |
 * | a word of failure, and no status                           | failure            | as the word says    |
 * | a status, with a word beside it (200 and "client aborted") | as the status says | as the word says    |
 * | 500 and above                                              | failure            | upstream if asked   |
 * | other 4xx                                                  | clientError        | client              |
 */
import type { DenialReason, Outcome, Severity } from '../core/event.ts';
import { denialReasonOf, outcomeOf, severityOf } from './verdict.ts';

export type Origin = 'gateway' | 'upstream' | 'client';

/** What a gateway's own word, such as a response flag, says of a request. */
export interface Cause {
  readonly origin: Origin;
  /** Why the gateway refused the request, for words that say so. */
  readonly denial?: DenialReason;
}
export const blame = (origin: Origin): Cause => ({ origin });
export const refusal = (denial: DenialReason): Cause => ({ origin: 'gateway', denial });

export interface Account {
  readonly status: number | undefined;
  /** Whether a backend was asked; undefined when the log cannot tell. */
  readonly forwarded: boolean | undefined;
  readonly cause?: Cause | undefined;
  /** The gateway's own word, kept beside a denial. */
  readonly word?: string | undefined;
}

/** Columns of an event. */
export interface Verdict {
  readonly outcome: Outcome;
  readonly severity: Severity;
  readonly granted: boolean | undefined;
  readonly denialReason: DenialReason | undefined;
  readonly nativeDenialReason: string | undefined;
  readonly errorOrigin: Origin | undefined;
}

function originOf(status: number | undefined, forwarded: boolean | undefined): Origin | undefined {
  if (status === undefined || status < 400) return undefined;
  if (status < 500) return 'client';
  return forwarded === undefined ? undefined : forwarded ? 'upstream' : 'gateway';
}

/** A status says more than a word that stands for several: authorisation elsewhere answers 401 as well as 403. */
function reasonOf({ status, cause, word }: Account): DenialReason {
  if (status === 401) return 'invalidCredentials';
  if (status === 429) return 'rateOrQuotaExceeded';
  return cause?.denial ?? denialReasonOf(word, status);
}

export function accessVerdict(account: Account): Verdict {
  const { status, forwarded, cause, word } = account;
  const isRefused = cause?.denial !== undefined ? true : forwarded === true ? false : undefined;
  const failed = status === undefined && cause !== undefined && cause.origin !== 'client';
  const outcome = failed && isRefused !== true ? 'failure' : outcomeOf(status, isRefused);
  const isDenied = outcome === 'denied';
  return {
    outcome,
    severity: severityOf(outcome),
    granted: isDenied ? false : forwarded === true ? true : undefined,
    denialReason: isDenied ? reasonOf(account) : undefined,
    nativeDenialReason: isDenied ? word : undefined,
    errorOrigin: isDenied ? 'gateway' : (cause?.origin ?? originOf(status, forwarded)),
  };
}

/** What a request took beyond its backend; undefined where one of them is not known. Microseconds. */
export const overheadOf = (duration: number | undefined, upstream: number | undefined): number | undefined =>
  duration === undefined || upstream === undefined ? undefined : Math.max(0, duration - upstream);
