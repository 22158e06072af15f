/** One question over HTTP to a server that an operator has named, and its answer; it trusts a CA of its own if asked to. */
import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { fail, ok, type Result } from '../core/result.ts';

export interface Question {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** PEM of the certificates that are trusted instead of those that come with Node. */
  readonly ca?: string;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** An answer of any status, or why there is none. Redirections are answers: nothing is sent where it was not meant to go. */
export type Ask = (question: Question) => Promise<Result<Answer, string>>;

/** Milliseconds until the whole answer must be here, and bytes that it may have. */
const patience = 30_000;
const largest = 32_000_000;

/** OpenSSL's words for a certificate that nobody trusted has signed (Node documentation, "X509 certificate error codes"). */
const untrusted: ReadonlySet<unknown> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

function reasonOf(error: unknown): string {
  const { code, name, message } = error as NodeJS.ErrnoException;
  if (untrusted.has(code)) return `its certificate is not trusted (${code}): name its CA in \`ca\``;
  if (name === 'AbortError' || name === 'TimeoutError')
    return `it has not answered within ${patience / 1000} s`;
  return message === '' ? String(code) : message;
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > largest) throw new Error(`its answer has more than ${largest / 1e6} MB`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

export const ask: Ask = async ({ method, url, headers, body, ca, signal }) => {
  const options = { method, headers, ca, signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === 'https:' ? overHttps : overHttp;
  try {
    send(url, options, resolve).on('error', reject).end(body);
    const answer = await promise;
    return ok({ status: answer.statusCode ?? 0, body: await textOf(answer) });
  } catch (error) {
    return fail(reasonOf(error));
  }
};
