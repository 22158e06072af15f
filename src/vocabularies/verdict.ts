/**
 * How a request ended, and why it was refused, the same for all vocabularies:
 *
 * | what the record says                                           | outcome     | severity |
 * |----------------------------------------------------------------|-------------|----------|
 * | refused by the gateway before the backend                      | denied      | warning  |
 * | cannot tell who answered, status 401, 403 or 429               | denied      | warning  |
 * | status 500 and above, or the gateway failed                    | failure     | error    |
 * | other status from 400 to 499                                   | clientError | notice   |
 * | other status                                                   | success     | info     |
 * | no status                                                      | unknown     | info     |
 */
import type { DenialReason, Outcome, Severity } from '../core/event.ts';

/** `refused`: whether the gateway refused the request before the backend, undefined when the record cannot tell. */
export function outcomeOf(status: number | undefined, refused: boolean | undefined): Outcome {
  if (refused === true) return 'denied';
  if (status === undefined) return 'unknown';
  if (refused === undefined && (status === 401 || status === 403 || status === 429)) return 'denied';
  if (status >= 500) return 'failure';
  return status >= 400 ? 'clientError' : 'success';
}

const severities: Readonly<Record<Outcome, Severity>> = {
  success: 'info',
  clientError: 'notice',
  failure: 'error',
  denied: 'warning',
  unknown: 'info',
};
export const severityOf = (outcome: Outcome): Severity => severities[outcome];

/** Words of the gateways in their messages; the first that matches decides, so the narrow ones come first. */
const wordsOf: readonly (readonly [DenialReason, RegExp])[] = [
  ['rateOrQuotaExceeded', /quota|rate.?limit|throttl|too (many|much)|exceeded|concurrent/],
  ['ipRestriction', /\bip\b|ip.?address/],
  ['timeRestriction', /time (restriction|window)|outside.*(time|hours)|not allowed at this time/],
  ['noAclGroups', /\bacl\b|\bgroups?\b/],
  ['policyViolation', /policy|\bwaf\b|maintenance|violation of/],
  ['routeNotAllowed', /route.*(not|allowed)|forbidden|not allowed|not authori[sz]ed/],
  ['invalidCredentials', /api.?key|token|jwt|credential|unauthori[sz]ed|password|certificate|expired|login/],
];

/** The reason in our words, from the gateway's own and the status. */
export function denialReasonOf(native: string | undefined, status: number | undefined): DenialReason {
  const text = native?.toLowerCase() ?? '';
  for (const [reason, words] of wordsOf) if (words.test(text)) return reason;
  if (status === 401) return 'invalidCredentials';
  return status === 429 ? 'rateOrQuotaExceeded' : 'other';
}
