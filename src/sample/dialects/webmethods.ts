/** Sample calls as webMethods API Gateway tells of them, with its violations, errors and threats. */

import type { DenialReason } from '../../core/event.ts';
import { type Call, isAnonymous, statusOf } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { uuidAt, uuidOf } from '../ids.ts';
import { around, ofApi, ofNode } from './webmethods-around.ts';

/** Policies that refuse, and what they say. */
const policies: Readonly<Partial<Record<DenialReason, readonly [policy: string, message: string]>>> = {
  invalidCredentials: ['Unknown-Policy', 'the application could not be identified by its API key'],
  rateOrQuotaExceeded: ['Throttling Traffic Optimization', 'hard limit of 100 calls a minute exceeded'],
  routeNotAllowed: ['Authorize User', 'the application is not authorized for this resource'],
  ipRestriction: ['IP Address Range', 'the address is outside of the ranges that are allowed'],
  timeRestriction: ['Time Window', 'calls are taken in business hours only'],
  noAclGroups: ['Allowed Groups', 'the application is in none of the groups'],
};
const otherwise = ['Validate API Specification', 'the payload does not match the schema'] as const;

function records(call: Call): readonly string[] {
  const { route, consumer, backend, refusal } = call;
  const status = statusOf(call);
  const failed = status >= 500;
  const known = !isAnonymous(call);
  const began = call.time - call.duration;
  const ofCall = {
    creationDate: call.time,
    correlationID: `APIGW:${uuidAt(call.time, call.requestId)}:${call.sequence}`,
    ...ofNode(call.node),
    ...ofApi(route),
    applicationId: known ? uuidOf(consumer.id) : 'Unknown',
    applicationName: known ? consumer.name : 'Unknown',
    applicationIp: consumer.ip,
    httpMethod: call.method,
    responseCode: String(status),
  };
  const [policy, message] = (refusal && policies[refusal.reason]) ?? otherwise;
  const nativeURL = `https://${route.service}.internal:8443${call.uri}`;
  const transaction = {
    eventType: 'Transactional',
    ...ofCall,
    status: refusal === undefined && !failed ? 'SUCCESS' : 'FAILURE',
    errorOrigin: refusal === undefined ? (failed ? 'Nativeservice' : null) : policy,
    totalTime: call.duration,
    providerTime: backend ?? 0,
    gatewayTime: call.duration - (backend ?? 0),
    totalDataSize: call.bytesIn + call.bytesOut,
    cachedResponse: 'Not-Cached',
    ...(consumer.plan === ''
      ? {}
      : { packageName: route.product, planId: uuidOf(consumer.plan), planName: consumer.plan }),
    ...(backend === undefined ? {} : { nativeHttpMethod: call.method, nativeURL }),
    externalCalls:
      backend === undefined
        ? []
        : [
            {
              externalCallType: 'NATIVE_SERVICE_CALL',
              externalURL: nativeURL,
              callStartTime: began + call.overhead,
              callEndTime: began + call.overhead + backend,
              callDuration: backend,
              responseCode: String(status),
            },
          ],
    isCallbackRequest: false,
    queryParameters: {},
    requestHeaders: { Host: route.host, 'User-Agent': consumer.agent, Accept: 'application/json' },
    responseHeaders: { 'Content-Type': 'application/json', 'Content-Length': String(call.bytesOut) },
  };
  const about =
    refusal !== undefined
      ? {
          eventType: 'PolicyViolation',
          ...ofCall,
          alertType: 'PolicyViolation',
          alertSource: policy,
          alertDesc: `A violation was detected for policy (${policy}): ${message}`,
        }
      : { eventType: 'Error', ...ofCall, errorDesc: `Native service provider error. Code : ${status}` };
  const isBoth = refusal !== undefined || failed;
  return (isBoth ? [about, transaction] : [transaction]).map((record) => JSON.stringify(record));
}

export const webmethods: Dialect = { vocabulary: 'webmethods', share: 0.1, call: records, around };
