/**
 * The calls that the gateway made to answer one request: to the native service and to service registries. Each is a
 * span with start, end and answer. The list stays whole in `raw`, with every number as it was sent; the event gets
 * what is asked for across events, a list for types, addresses and answers and the sum for the duration.
 */
import { list, number, text, time } from '../fields.ts';
import { listOf, microsOf, numberOf, objectOf, textOf } from '../reading.ts';

const joined = 'of each call, parted by commas.';

export const externalCalls = list('Calls that the gateway made for this request, as spans.', {
  members: {
    externalCallType: text(`NATIVE_SERVICE_CALL or SERVICE_REGISTRY_CALL ${joined}`, { attribute: true }),
    externalURL: text(`Address ${joined}`, { attribute: true }),
    callStartTime: time('Start of a call, in milliseconds since 1970.'),
    callEndTime: time('End of a call, in milliseconds since 1970.'),
    callDuration: number('Length of a call; the attribute is their sum.', { unit: 'ms', attribute: true }),
    responseCode: text(`HTTP status ${joined}`, { attribute: true }),
  },
});

/** Text is that of each call, parted by commas, `-` where a call lacks it. */
export interface ExternalCalls {
  readonly count: number;
  /** Calls to the native service; undefined when the record lists no calls. */
  readonly native: number | undefined;
  /** Microseconds of the calls to the native service. */
  readonly nativeDuration: number | undefined;
  /** Milliseconds of all calls. */
  readonly duration: number;
  readonly types: string;
  readonly urls: string;
  readonly codes: string;
}

const none: ExternalCalls = {
  count: 0,
  native: undefined,
  nativeDuration: undefined,
  duration: 0,
  types: '',
  urls: '',
  codes: '',
};

const append = (texts: string, value: unknown): string => {
  const text = textOf(value) ?? '-';
  return texts === '' ? text : `${texts}, ${text}`;
};

/** What `calls` say together. */
export function readExternalCalls(calls: unknown): ExternalCalls {
  const spans = listOf(calls);
  if (spans.length === 0) return none;
  let native = 0;
  let nativeDuration: number | undefined;
  let duration = 0;
  let types = '';
  let urls = '';
  let codes = '';
  for (const span of spans) {
    const { externalCallType, externalURL, callDuration, responseCode } = objectOf(span);
    const isNative = externalCallType === 'NATIVE_SERVICE_CALL';
    const micros = microsOf(callDuration);
    if (isNative) native += 1;
    if (isNative && micros !== undefined) nativeDuration = (nativeDuration ?? 0) + micros;
    duration += numberOf(callDuration) ?? 0;
    types = append(types, externalCallType);
    urls = append(urls, externalURL);
    codes = append(codes, responseCode);
  }
  return { count: spans.length, native, nativeDuration, duration, types, urls, codes };
}

/** Adds what can be asked for across events. */
export function addCallAttributes(calls: ExternalCalls, attributes: Record<string, string>): void {
  if (calls.count === 0) return;
  attributes['externalCalls.externalCallType'] = calls.types;
  attributes['externalCalls.externalURL'] = calls.urls;
  attributes['externalCalls.callDuration'] = String(calls.duration);
  attributes['externalCalls.responseCode'] = calls.codes;
}
