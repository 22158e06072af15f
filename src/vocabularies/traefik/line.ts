/**
 * Lines of Traefik's common log form: a combined line with more behind it (Traefik documentation, "Access Logs"):
 * `requests "router" "server" durationms`.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { type CombinedLine, readCombined, requestLine } from '../combined-line.ts';
import { LineCursor } from '../line-cursor.ts';

interface Tail {
  readonly requests: string;
  readonly router: string;
  readonly server: string;
  readonly millis: number;
}

const duration = /^\d+ms$/;

function readTail(rest: string): Tail | undefined {
  // Most lines that are not Traefik's end here.
  if (!rest.endsWith('ms')) return undefined;
  const cursor = new LineCursor(rest);
  const requests = cursor.word();
  const router = cursor.plainQuoted();
  const server = cursor.plainQuoted();
  const time = cursor.word();
  if (requests === undefined || router === undefined || server === undefined || time === undefined)
    return undefined;
  return duration.test(time) ? { requests, router, server, millis: Number(time.slice(0, -2)) } : undefined;
}

export const isTraefikTail = (rest: string): boolean => readTail(rest) !== undefined;

const recordOf = (read: CombinedLine, tail: Tail): GatewayRecord => {
  const line = requestLine(read.request);
  return {
    ClientHost: read.address,
    ClientUsername: read.user,
    StartUTC: read.time,
    RequestMethod: line?.method,
    RequestPath: line?.path,
    RequestProtocol: line?.protocol,
    DownstreamStatus: read.status,
    DownstreamContentSize: read.bytes,
    request_Referer: read.referer,
    'request_User-Agent': read.agent,
    RequestCount: tail.requests,
    RouterName: tail.router,
    ServiceURL: tail.server,
    Duration: tail.millis * 1e6,
  };
};

/** The line as a record with the names of Traefik's JSON. */
export function readTraefikLine(line: string): GatewayRecord | undefined {
  const read = readCombined(line);
  if (read?.ident !== '-') return undefined;
  const tail = readTail(read.rest);
  return tail === undefined ? undefined : recordOf(read, tail);
}
