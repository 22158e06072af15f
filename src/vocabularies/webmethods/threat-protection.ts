/**
 * webMethods' ThreatProtection event: a rule against attacks matched a request, which was denied or only reported. The
 * fields are those of the alert that such a rule gives (Integration Server documentation, "alertSpec").
 */
import Type from 'typebox';
import type { EventType, GatewayRecord } from '../../core/spec.ts';
import { attributesReader, text, time } from '../fields.ts';
import { filled, isAddress, textOf } from '../reading.ts';
import { microsOfDate } from './dates.ts';
import { reasonIn } from './denial.ts';
import { envelope, originColumns } from './envelope.ts';

const fields = Type.Object({
  ...envelope,
  ruleName: text('Name of the rule.'),
  filterName: text('Filter of the rule that matched, such as DoSFilter, MsgSizeLimitFilter or OAuthFilter.'),
  alertAction: text('DENY or ALERT.', { attribute: true }),
  requestType: text('What the rule is for: ALL, SOAP, REST or INVOKE.', { attribute: true }),
  message: text('What was found, in a sentence.'),
  requestUser: text('User of the request.', { personal: true }),
  requestHost: text('Address or name of the caller.', { personal: true }),
  requestTime: time('When the request was made.'),
  resourcePath: text('Path that was asked for.'),
});
const readAttributes = attributesReader(fields.properties);

function normalise(record: GatewayRecord) {
  const columns = originColumns(record);
  const filter = textOf(record.filterName);
  const caller = textOf(record.requestHost);
  const message = textOf(record.message);
  const isDenied = record.alertAction === 'DENY';
  const isFlood = filter !== undefined && /^dos/i.test(filter);
  return filled({
    ...columns,
    time: columns.time ?? microsOfDate(record.requestTime),
    action: textOf(record.ruleName),
    severity: isDenied ? 'warning' : 'notice',
    outcome: isDenied ? 'denied' : 'unknown',
    user: textOf(record.requestUser),
    clientIp: isAddress(caller) ? caller : undefined,
    path: textOf(record.resourcePath),
    granted: isDenied ? false : record.alertAction === 'ALERT' ? true : undefined,
    denialReason: !isDenied
      ? undefined
      : isFlood
        ? 'rateOrQuotaExceeded'
        : (reasonIn([filter], undefined) ?? 'policyViolation'),
    nativeDenialReason: isDenied ? (filter ?? textOf(record.ruleName)) : undefined,
    errorOrigin: isDenied ? 'gateway' : undefined,
    message,
    attributes: readAttributes(record),
  });
}

export const threatProtection: EventType = {
  name: 'ThreatProtection',
  doc: 'A rule against attacks matched a request.',
  family: 'violation',
  identity: { by: 'position' },
  fields,
  example: {
    eventType: 'ThreatProtection',
    creationDate: 1795265391000,
    ruleName: 'limitMessageSize',
    filterName: 'MsgSizeLimitFilter',
    alertAction: 'DENY',
    requestType: 'REST',
    message: 'The message is larger than 5 MB',
    requestUser: 'Default',
    requestHost: '198.51.100.7',
    requestTime: '2026-11-21 12:49:50 UTC',
    resourcePath: '/gateway/Orders/2.1/orders',
  },
  normalise,
};
