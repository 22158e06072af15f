/**
 * The plain way in: `POST /ingest` takes JSON in every form, exports of OpenTelemetry logs, CloudEvents and access log
 * lines, and tells what became of each record. `POST /ingest/{vocabulary}` names the vocabulary.
 */
import Type from 'typebox';
import { ApiError } from '../access/api-error.ts';
import type { GuardedRoute } from '../access/route.ts';
import { IngestAnswer } from '../core/frame.ts';
import type { PastRetention, Receipt, Refusal } from '../core/ingest.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Protocol } from '../core/spec.ts';
import { carriesCloudEvents, cloudevents } from '../protocols/cloudevents.ts';
import { formOf } from '../protocols/json.ts';
import { lines } from '../protocols/lines.ts';
import { otlpJson } from '../protocols/otlp-json.ts';
import { type HttpDoor, takeIn } from './read-request.ts';

/** Problems told one by one; the rest are counted. */
const mostProblems = 100;

const titles: Readonly<Record<Refusal['status'], string>> = {
  400: 'Body not readable',
  408: 'Body too slow',
  413: 'Body too large',
  415: 'Encoding not understood',
  503: 'Try again later',
};

/** The refusal as an error of the API. */
export const refusalError = ({ status, reason, ...more }: Refusal): ApiError =>
  new ApiError(status, titles[status], reason, more);

const rfc3339 = (micros: number): string => new Date(micros / 1000).toISOString();
const apiPast = ({ before, oldest, ...past }: PastRetention) => ({
  ...past,
  before: rfc3339(before),
  oldest: rfc3339(oldest),
});

/** What `POST /ingest` answers. */
export function ingestAnswer(receipt: Receipt): IngestAnswer {
  const problems: IngestAnswer['problems'] = [];
  if (receipt.quarantined > 0) {
    for (const [index, verdict] of receipt.verdicts.entries()) {
      if (problems.length === mostProblems) break;
      if (verdict.kind !== 'quarantined') continue;
      const { line, byte, reason, problem, quarantineId } = verdict;
      problems.push({
        index,
        line,
        byte,
        path: problem.path,
        reason: `${reason}: ${problem.reason}`,
        quarantineId,
      });
    }
  }
  const { received, accepted, duplicates, quarantined, redacted, pastRetention } = receipt;
  const omitted = quarantined - problems.length;
  return {
    received,
    accepted,
    duplicates,
    quarantined,
    redacted,
    ...(pastRetention === undefined ? {} : { pastRetention: pastRetention.map(apiPast) }),
    problems,
    ...(omitted === 0 ? {} : { problemsOmitted: omitted }),
  };
}

/** By content first: senders say little of use in Content-Type. */
function protocolOf(body: Buffer, headers: Readonly<Record<string, string>>): Result<Protocol, Refusal> {
  const form = formOf(body);
  if (form === 'nothing')
    return fail({ status: 400, reason: 'the body is empty: send JSON objects or access log lines' });
  if (carriesCloudEvents(headers)) return ok(cloudevents);
  return ok(form === 'json' ? otlpJson : lines);
}

export interface HttpReceiver extends HttpDoor {
  /** Names of the vocabularies that may be asked for. */
  readonly vocabularies: readonly string[];
}

const doc = 'Takes events in and answers, once they are on disk, what became of each.';

export function httpReceiver(receiver: HttpReceiver): readonly GuardedRoute[] {
  const { vocabularies } = receiver;

  const take = async (call: Parameters<GuardedRoute['handle']>[0], vocabulary?: string) => {
    const receipt = await takeIn(receiver, 'http', call.principal, call.request, (body, headers) => {
      const protocol = protocolOf(body, headers);
      if (!protocol.ok) return protocol;
      return ok({ protocol: protocol.value, ...(vocabulary === undefined ? {} : { vocabulary }) });
    });
    if (!receipt.ok) throw refusalError(receipt.error);
    return ingestAnswer(receipt.value);
  };

  const common = {
    method: 'POST',
    tag: 'ingest',
    access: { scope: 'ingest' },
    body: 'stream',
  } as const;
  const response = { 200: IngestAnswer };
  return [
    { ...common, url: '/ingest', doc, schema: { response }, handle: (call) => take(call) },
    {
      ...common,
      url: '/ingest/:vocabulary',
      doc: `${doc} The vocabulary is named.`,
      schema: { params: Type.Object({ vocabulary: Type.String() }), response },
      handle: async (call) => {
        const { vocabulary } = call.request.params as { vocabulary: string };
        if (vocabularies.includes(vocabulary)) return take(call, vocabulary);
        call.request.raw.resume();
        const known = [...vocabularies].sort().join(', ');
        throw new ApiError(404, 'Unknown vocabulary', `There is no ${vocabulary}; known are ${known}.`);
      },
    },
  ];
}
