/**
 * What Envoy's response flags and response code details say of a request (Envoy documentation, "Access logging" and
 * "Response Code Details"). A flag that only notes something, such as an injected delay, is not here.
 */
import { blame, type Cause, refusal } from '../access-verdict.ts';
import { textOf } from '../reading.ts';

const upstream = blame('upstream');
const gateway = blame('gateway');
const client = blame('client');

const flags: ReadonlyMap<string, Cause> = new Map([
  ['RL', refusal('rateOrQuotaExceeded')],
  ['UAEX', refusal('policyViolation')],
  ['UH', upstream],
  ['UF', upstream],
  ['UT', upstream],
  ['UR', upstream],
  ['UC', upstream],
  ['UPE', upstream],
  ['URX', upstream],
  ['UMSDR', upstream],
  ['DF', upstream],
  ['UO', gateway],
  ['NC', gateway],
  ['LH', gateway],
  ['FI', gateway],
  ['OM', gateway],
  ['DO', gateway],
  ['RLSE', gateway],
  ['NFCF', gateway],
  ['NR', client],
  ['DC', client],
  ['DPE', client],
  ['IH', client],
]);

/** By their beginning; what stands in brackets or braces behind it is particular to the request. */
const details: ReadonlyMap<string, Cause> = new Map([
  ['rbac_access_denied', refusal('policyViolation')],
  ['rbac_access_denied_matched_policy', refusal('policyViolation')],
  ['ext_authz_denied', refusal('policyViolation')],
  ['csrf_origin_mismatch', refusal('policyViolation')],
  ['jwt_authn_access_denied', refusal('invalidCredentials')],
  ['request_rate_limited', refusal('rateOrQuotaExceeded')],
  ['local_rate_limited', refusal('rateOrQuotaExceeded')],
  ['ext_authz_error', gateway],
]);

/** The cause that flags such as `UF,URX` name: a refusal before anything else, else the first that is known. */
function flagged(names: string | undefined): Cause | undefined {
  if (names === undefined) return undefined;
  const only = flags.get(names);
  if (only !== undefined || !names.includes(',')) return only;
  const causes = names.split(',').map((name) => flags.get(name));
  return causes.find((cause) => cause?.denial !== undefined) ?? causes.find((cause) => cause !== undefined);
}

function detailed(text: string | undefined): Cause | undefined {
  if (text === undefined) return undefined;
  const end = text.search(/[[{(:]/);
  return details.get(end < 0 ? text : text.slice(0, end));
}

export interface Named {
  readonly cause: Cause | undefined;
  /** In Envoy's words. */
  readonly word: string | undefined;
}

/** The details say why, the flags what became of it: a refusal counts wherever it is said. */
export function causeOf(responseFlags: unknown, responseCodeDetails: unknown): Named {
  const flag = textOf(responseFlags);
  const detail = textOf(responseCodeDetails);
  const byFlag = flagged(flag);
  const byDetail = byFlag?.denial === undefined ? detailed(detail) : undefined;
  const isDetail = byDetail !== undefined && (byFlag === undefined || byDetail.denial !== undefined);
  return isDetail ? { cause: byDetail, word: detail } : { cause: byFlag, word: flag ?? detail };
}
