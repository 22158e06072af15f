/**
 * The door: the socket that listens from the first moment on. Until the server behind it has recovered what it took in
 * before, the door itself answers, so that orchestrators see a live process, and holds what senders send.
 *
 *     request ─▶ closing? ── yes ─▶ the connection is closed unread, as if nobody listened any more
 *                   │ no
 *                   ▼
 *               handed over? ─ yes ─▶ the routes of the HTTP server
 *                   │ no
 *                   ├─▶ /livez: 200
 *                   ├─▶ /ingest, /es: held until it is handed over; after 15 s, or beyond 256, refused
 *                   └─▶ everything else: 503 and Retry-After, as problem details
 */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Log } from '../core/ports.ts';
import { refusalManner, wayIn } from '../receivers/sender-behaviour/table.ts';
import { breakConnection } from './break-connection.ts';
import { type ErrorShape, shapeOf } from './failures.ts';
import { HeldRequests, type Holding, usualHolding } from './held-requests.ts';
import { problem, problemType } from './problems.ts';
import { standingHeaders } from './security-headers.ts';

export interface Address {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
}

export interface DoorOptions extends Address {
  /** PEM. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
  /** Empty, or such as `/gatescope`: no slash at the end. */
  readonly basePath: string;
  readonly log: Log;
  readonly errorShapes?: readonly ErrorShape[];
  /** Of requests that come before it is handed over; {@link usualHolding} unless a test says otherwise. */
  readonly holding?: Holding;
}

export interface Door {
  /** The URL that reaches it. */
  readonly url: string;
  /** From now on `answer` gets every request, those that are held first. */
  handOver(answer: RequestListener): void;
  /**
   * Takes no new connections and no new requests on those that are open, waits for running requests, at most `grace`
   * ms. May be called again.
   */
  close(grace?: number): Promise<void>;
}

/** Against clients that hold sockets open, in milliseconds. */
const limits = {
  /** The headers, from the first moment of a connection on: they fit into a few packets. */
  headersTimeout: 20_000,
  /** The whole request: 100 MB over a slow line. Bodies that are taken in have a least rate besides. */
  requestTimeout: 300_000,
  /** How often both are looked at. */
  connectionsCheckingInterval: 5_000,
};

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;

/** What the door itself does until it is handed over. */
function closedDoor(options: DoorOptions) {
  const { basePath, tls, errorShapes = [] } = options;
  const standing = standingHeaders(tls !== undefined);
  const send = (response: ServerResponse, status: number, type: string, body: unknown): void => {
    response.writeHead(status, { ...standing, 'content-type': type }).end(JSON.stringify(body));
  };
  const recovering = problem(
    503,
    'Not ready',
    'Gatescope is recovering what it took in before it was stopped. Try again in a moment.',
    [{ path: 'journal', reason: 'is recovering' }],
  );
  const pathOf = (url = ''): string => url.split('?', 1)[0] ?? '';
  const wayOf = (path: string) =>
    path.startsWith(basePath) ? wayIn(path.slice(basePath.length)) : undefined;

  const turnAway: RequestListener = (request, response) => {
    const path = pathOf(request.url);
    const way = wayOf(path);
    if (way !== undefined && refusalManner(way, request.headers['user-agent']) === 'break') {
      breakConnection(response);
      return;
    }
    response.setHeader('retry-after', '1');
    const shape = shapeOf(errorShapes, basePath, path);
    if (shape === undefined) return send(response, 503, problemType, recovering);
    for (const [name, value] of Object.entries(shape.headers)) response.setHeader(name, value);
    send(response, 503, 'application/json', shape.body(recovering));
  };
  const held = new HeldRequests(options.holding ?? usualHolding, turnAway);

  const answer: RequestListener = (request, response) => {
    const path = pathOf(request.url);
    if (path === `${basePath}/livez`)
      send(response, 200, 'application/json; charset=utf-8', { status: 'live' });
    else if (wayOf(path) !== undefined) held.hold(request, response);
    else turnAway(request, response);
  };
  return { answer, held };
}

function createListener(tls: DoorOptions['tls'], answer: RequestListener): Server {
  const server =
    tls === undefined ? createServer(limits, answer) : createTlsServer({ ...limits, ...tls }, answer);
  // Longer than the idle time-outs of usual load balancers (60 s), so that they close first.
  server.keepAliveTimeout = 75_000;
  return server;
}

async function bind(server: Server, address: Address): Promise<number> {
  server.listen(address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function closeWithin(server: Server, grace: number): Promise<void> {
  const late = setTimeout(() => server.closeAllConnections(), grace);
  // Connections are kept alive: those whose last answer is out have to be closed when it is.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  // A server that is closed already says so; that is what was wanted.
  await new Promise<unknown>((resolve) => server.close(resolve));
  clearInterval(idle);
  clearTimeout(late);
}

function urlOf({ host, tls, basePath }: DoorOptions, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${tls === undefined ? 'http' : 'https'}://${name}:${port}${basePath}`;
}

/** Resolves when it listens; rejects with the system's error, such as EADDRINUSE. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { host, tls, log } = options;
  if (!loopback.test(host) && tls === undefined) {
    log.warn('listening beyond this machine without TLS: tokens and events cross the network in clear', {
      host,
    });
  }
  const closed = closedDoor(options);
  let { answer } = closed;
  let closing = false;
  /** Requests whose answer is not out yet. */
  const running = new Set<ServerResponse>();
  const take: RequestListener = (request, response) => {
    if (closing) return breakConnection(response);
    running.add(response);
    response.once('close', () => running.delete(response));
    answer(request, response);
  };
  const listener = () => createListener(tls, take);
  // The name stands for two addresses; the second is not there on every machine.
  const [first, second] = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  const main = listener();
  const port = await bind(main, { host: first as string, port: options.port });
  const servers = [main];
  if (second !== undefined) {
    const other = listener();
    await bind(other, { host: second, port }).then(
      () => servers.push(other),
      () => {},
    );
  }
  return {
    url: urlOf(options, port),
    handOver(to) {
      answer = to;
      closed.held.release(to);
    },
    async close(grace = 10_000) {
      closing = true;
      closed.held.release((_, response) => breakConnection(response));
      // Their connections are of no more use, and their clients should know it.
      for (const response of running) if (!response.headersSent) response.setHeader('connection', 'close');
      await Promise.all(servers.map((server) => closeWithin(server, grace)));
    },
  };
}
