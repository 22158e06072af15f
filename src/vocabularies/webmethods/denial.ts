/** Why webMethods refused a call, from the names of its policies, their messages and the status. */
import type { DenialReason } from '../../core/event.ts';

/** The first that matches decides. Every message begins with "A violation was detected for policy", which says nothing. */
const wordsOf: readonly (readonly [DenialReason, RegExp])[] = [
  ['rateOrQuotaExceeded', /hard.?limit|throttl|quota|rate.?limit|too many|concurren|limit exceeded/i],
  ['ipRestriction', /\bip\b|ip.?(address|range|list|filter)/i],
  ['timeRestriction', /time.?(window|restriction)|business hours/i],
  ['noAclGroups', /\bgroups?\b/i],
  [
    'invalidCredentials',
    /identif|anonymous|unknown.?policy|authenticat|credential|api.?key|token|jwt|oauth|saml|kerberos|certificate|password/i,
  ],
  ['routeNotAllowed', /authori[sz]|not allowed|forbidden|scope/i],
  ['policyViolation', /polic|schema|valid|payload|threat/i],
];

/** The reason in our words; `texts` are asked in their order, so the most telling comes first. */
export function reasonIn(
  texts: readonly (string | undefined)[],
  status: number | undefined,
): DenialReason | undefined {
  for (const text of texts) {
    if (text === undefined) continue;
    for (const [reason, words] of wordsOf) if (words.test(text)) return reason;
  }
  if (status === 401) return 'invalidCredentials';
  return status === 429 ? 'rateOrQuotaExceeded' : undefined;
}
