/**
 * Whether and why Kong refused a request. Its records carry neither the plugin that refused nor the body that says so,
 * so the reason is worked out from the order in which Kong's own plugins run and the status each answers by default:
 *
 * | what the record shows                                   | the plugin it stands for         | reason              |
 * |---------------------------------------------------------|----------------------------------|---------------------|
 * | a custom field `denial_reason`                          | any                              | as its words say    |
 * | 429, or Retry-After beside a limit with nothing left    | rate-limiting and its kin        | rateOrQuotaExceeded |
 * | 401                                                     | an authentication plugin, or acl | invalidCredentials  |
 * | 403 for a consumer that was authenticated               | acl                              | noAclGroups         |
 * | 403 for anybody else                                    | ip-restriction, bot-detection    | ipRestriction       |
 * | 413                                                     | request-size-limiting            | policyViolation     |
 * | any other status from 400 to 499                        | no route, request-termination, … | other               |
 *
 * Two of these are likely and not certain: ip-restriction may refuse a known consumer as well, and bot-detection looks
 * at the user agent. Time windows are the work of custom plugins, so only `denial_reason` can tell of them.
 */
import type { DenialReason } from '../../core/event.ts';
import type { GatewayRecord } from '../../core/spec.ts';
import { text } from '../fields.ts';
import { textOf } from '../reading.ts';
import { denialReasonOf } from '../verdict.ts';

/** Headers by which Kong's plugins tell a caller why it was refused. */
export const limitHeaders = {
  'ratelimit-limit': text('Requests allowed in the window.', { attribute: true }),
  'ratelimit-remaining': text('Requests left in the window.', { attribute: true }),
  'ratelimit-reset': text('Seconds until the window ends.', { attribute: true }),
  'retry-after': text('Seconds until another attempt makes sense.', { attribute: true }),
  'www-authenticate': text('Scheme and error of the authentication plugin that refused.', {
    attribute: true,
  }),
};

/** A limit answers with 429 unless it is configured otherwise. */
const isLimit = (status: number | undefined, headers: GatewayRecord): boolean =>
  status === 429 || (headers['retry-after'] !== undefined && textOf(headers['ratelimit-remaining']) === '0');

/**
 * Whether a request that was not forwarded was refused. A caller that hung up (499) or was too slow (408) was not, and
 * an answer of 500 and above is a failure, unless a limit gave it.
 */
export function wasDenied(status: number | undefined, headers: GatewayRecord): boolean {
  if (status === undefined || status < 400 || status === 408 || status === 499) return false;
  return status < 500 || isLimit(status, headers);
}

/** `native`: the custom field `denial_reason`; `headers`: those of the answer. */
export function reasonOf(
  native: string | undefined,
  status: number | undefined,
  headers: GatewayRecord,
  isKnown: boolean,
): DenialReason {
  if (native !== undefined) return denialReasonOf(native, status);
  if (isLimit(status, headers)) return 'rateOrQuotaExceeded';
  if (status === 401) return 'invalidCredentials';
  if (status === 403) return isKnown ? 'noAclGroups' : 'ipRestriction';
  return status === 413 ? 'policyViolation' : 'other';
}
