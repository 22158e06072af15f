/**
 * A server that answers as the Edge Management API of a controller is documented to: sessions by password, lists in
 * pages of 10 unless asked for more and of 500 at most, offsets of 100 000 at most, errors in its envelope.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** Of the certificate it has; it is valid for localhost. */
export const certificate = new URL('../../test/fixtures/tls/cert.pem', import.meta.url);
const key = new URL('../../test/fixtures/tls/key.pem', import.meta.url);

interface Entity {
  readonly id: string;
  readonly name: string;
  readonly updatedAt?: string;
}

export interface TestController {
  readonly url: string;
  readonly signIns: number;
  /** Paths of the lists that were asked for, with their queries. */
  readonly asked: readonly string[];
  lists: Readonly<Record<string, readonly Entity[]>>;
  password: string;
  /** Whether the user may read anything. */
  mayRead: boolean;
  /** `down` answers 503 to all, `silent` not at all. */
  state: 'up' | 'down' | 'silent';
  /** Ends all sessions. */
  forgetSessions(): void;
  close(): Promise<void>;
}

export async function startTestController(secure = false): Promise<TestController> {
  const sessions = new Set<string>();
  const asked: string[] = [];
  let signIns = 0;

  const answer = (response: ServerResponse, status: number, body: unknown): ServerResponse =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const refuse = (response: ServerResponse, status: number, code: string, message: string): ServerResponse =>
    answer(response, status, { error: { code, message, requestId: 'r1' }, meta: { apiVersion: '0.0.1' } });

  async function signIn(request: IncomingMessage, response: ServerResponse): Promise<ServerResponse> {
    const given = JSON.parse(await text(request)) as { username: string; password: string };
    if (given.username !== 'gatescope' || given.password !== controller.password)
      return refuse(response, 401, 'INVALID_AUTH', 'The authentication request failed');
    signIns += 1;
    const token = `session-${signIns}`;
    sessions.add(token);
    return answer(response, 200, { meta: {}, data: { id: 's1', token, expirationSeconds: 1800 } });
  }

  function list(
    request: IncomingMessage,
    response: ServerResponse,
    path: string,
    query: URLSearchParams,
  ): ServerResponse {
    const mayRead = controller.mayRead && sessions.has(String(request.headers['zt-session']));
    if (!mayRead) return refuse(response, 401, 'UNAUTHORIZED', 'The session is not authorized');
    const all = controller.lists[path];
    if (all === undefined) return refuse(response, 404, 'NOT_FOUND', 'The resource was not found');
    asked.push(`${path}${query.size === 0 ? '' : `?${query}`}`);
    const limit = Math.min(Number(query.get('limit') ?? 10), 500);
    const offset = Math.min(Number(query.get('offset') ?? 0), 100_000);
    const pagination = { limit, offset, totalCount: all.length };
    return answer(response, 200, {
      meta: { filterableFields: ['id', 'name'], pagination },
      data: all.slice(offset, offset + limit),
    });
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const path = url.pathname.replace('/edge/management/v1/', '');
    if (controller.state === 'silent') return undefined;
    if (controller.state === 'down') return refuse(response, 503, 'SERVER_UNAVAILABLE', 'Try again later');
    if (request.method === 'POST' && path === 'authenticate' && url.search === '?method=password')
      return signIn(request, response);
    return list(request, response, path, url.searchParams);
  };
  const server = secure
    ? createSecureServer({ cert: readFileSync(certificate), key: readFileSync(key) }, handle)
    : createServer(handle);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const controller: TestController = {
    url: secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    asked,
    get signIns() {
      return signIns;
    },
    lists: { identities: [], services: [], 'edge-routers': [] },
    password: 'let-me-in',
    mayRead: true,
    state: 'up',
    forgetSessions: () => sessions.clear(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return controller;
}
