/** Calls to the HTTP API of a running Gatescope. Expected failures are values that say what to do. */
import type { Command } from 'commander';
import { Value } from 'typebox/value';
import { ProblemDetails } from '../core/frame.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { type CliContext, exit, type Failure } from './context.ts';

export interface ServerOptions {
  readonly url?: string;
  readonly token?: string;
}

export const addServer = (command: Command): Command =>
  command
    .option('--url <url>', 'address of Gatescope (GATESCOPE_URL; default http://127.0.0.1:4900)')
    .option('--token <token>', 'API token (GATESCOPE_TOKEN, which other users of the machine cannot see)');

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path with its query, such as `/api/query`. */
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Client {
  readonly url: string;
  /** Any answer at all is a response; only silence is a failure. */
  call(call: Call): Promise<Result<Response, Failure>>;
  /** The JSON of a successful answer; undefined when it has no content. */
  json<T>(call: Call): Promise<Result<T, Failure>>;
}

/** What a refusal says, in the words of its problem details where it has them. */
export async function failureOf(response: Response): Promise<Failure> {
  const text = await response.text().catch(() => '');
  const code = response.status === 401 || response.status === 403 ? exit.refused : exit.failed;
  const told = problemIn(text);
  const message =
    told === undefined
      ? `the server answered ${response.status}: ${text.slice(0, 200)}`
      : [
          `${told.title}: ${told.detail}`,
          ...(told.errors ?? []).map(({ path, reason }) => `  ${path}: ${reason}`),
        ].join('\n');
  return response.status === 401
    ? {
        code,
        message: `${message}\nGive a token in GATESCOPE_TOKEN or with --token; gatescope token create makes one.`,
      }
    : { code, message };
}

function problemIn(text: string): ProblemDetails | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Value.Check(ProblemDetails, parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const causeOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code ?? (cause instanceof Error ? cause.message : message);
};

export function createClient(context: CliContext, options: ServerOptions): Client {
  const { variables } = context.environment;
  const url = (options.url ?? variables.GATESCOPE_URL ?? 'http://127.0.0.1:4900').replace(/\/+$/, '');
  const token = options.token ?? variables.GATESCOPE_TOKEN;

  const call: Client['call'] = async ({ method, path, json, body, headers, signal }) => {
    const sent = json === undefined ? body : JSON.stringify(json);
    try {
      const response = await context.fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(sent === undefined ? {} : { body: sent }),
        ...(signal === undefined ? {} : { signal }),
      });
      return ok(response);
    } catch (error) {
      const message = `${url} does not answer (${causeOf(error)}); is gatescope serve running, and is --url right?`;
      return fail({ code: exit.unavailable, message });
    }
  };

  return {
    url,
    call,
    async json<T>(asked: Call) {
      const answer = await call(asked);
      if (!answer.ok) return answer;
      if (!answer.value.ok) return fail(await failureOf(answer.value));
      const text = await answer.value.text();
      return ok((text === '' ? undefined : JSON.parse(text)) as T);
    },
  };
}
