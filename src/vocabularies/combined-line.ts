/**
 * Lines of the common and combined log forms, which many servers write (Apache HTTP Server documentation, mod_log_config;
 * NGINX documentation, ngx_http_log_module):
 * `address ident user [time] "request" status bytes "referer" "agent"`, the last two only in the combined form, and more
 * behind them as the server likes. The same bytes cannot say who wrote them.
 */
import { LineCursor } from './line-cursor.ts';

export interface CombinedLine {
  readonly address: string;
  /** A dash, but for Apache with mod_ident. */
  readonly ident: string;
  readonly user: string;
  /** `21/Nov/2026:12:49:48 +0000`. */
  readonly time: string;
  readonly request: string;
  readonly status: string;
  readonly bytes: string;
  readonly referer: string | undefined;
  readonly agent: string | undefined;
  /** What stands behind. */
  readonly rest: string;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };

/** Undoes `\xHH`, which stands for a byte, and `\"`: the bytes together are UTF-8. */
export function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  const bytes: Buffer[] = [];
  for (const part of text.match(/(?:\\x[0-9A-Fa-f]{2})+|\\.|[^\\]+|\\/gs) ?? []) {
    if (part.startsWith('\\x') && part.length > 3) bytes.push(Buffer.from(part.replaceAll('\\x', ''), 'hex'));
    else if (part.length === 2 && part.startsWith('\\'))
      bytes.push(Buffer.from(escapes[part.slice(1)] ?? part.slice(1)));
    else bytes.push(Buffer.from(part));
  }
  return Buffer.concat(bytes).toString();
}

const isNumber = (text: string | undefined, digits: RegExp): text is string =>
  text !== undefined && (text === '-' || digits.test(text));

/** The parts of a line, their escapes undone; undefined when it is in no such form. */
export function readCombined(line: string): CombinedLine | undefined {
  const cursor = new LineCursor(line.trimEnd());
  const address = cursor.word();
  const ident = cursor.word();
  // The name is the caller's to choose, brackets and all; a quote in it would be escaped.
  const user = cursor.upToBracket(20, 32, ' "');
  const time = cursor.bracketed(32);
  const request = cursor.quoted();
  if (address === undefined || ident === undefined || user === undefined || time === undefined)
    return undefined;
  const status = cursor.word();
  const bytes = cursor.word();
  if (request === undefined || !isNumber(status, /^\d{3}$/) || !isNumber(bytes, /^\d+$/)) return undefined;
  const referer = cursor.quoted();
  const agent = referer === undefined ? undefined : cursor.quoted();
  return {
    address,
    ident,
    user: unescaped(user),
    time,
    request: unescaped(request),
    status,
    bytes,
    referer: referer === undefined ? undefined : unescaped(referer),
    agent: agent === undefined ? undefined : unescaped(agent),
    rest: cursor.rest,
  };
}

const virtualHost = /^\[?[\w.:-]+\]?:\d{1,5}$/;

/** The server and its port before a `vhost_combined` line, `orders.acme.test:443`; undefined when none stands there. */
export function virtualHostOf(line: string): string | undefined {
  const space = line.indexOf(' ');
  // Behind the address of a combined line stands the ident, a dash; behind HAProxy's client, the time.
  if (space <= 0 || space > 300 || '-['.includes(line[space + 1] ?? '-')) return undefined;
  const server = line.slice(0, space);
  return virtualHost.test(server) ? server : undefined;
}

export interface RequestLine {
  readonly method?: string;
  readonly path: string;
  readonly protocol?: string;
}

/** The parts of a request line; one that is none, as scanners send, is a path as a whole. */
export function requestLine(value: unknown): RequestLine | undefined {
  if (typeof value !== 'string' || value === '' || value === '-') return undefined;
  const match = /^([A-Z][A-Z-]*) (.+)$/s.exec(value);
  if (match === null) return { path: value };
  const [, method = '', target = ''] = match;
  const space = target.lastIndexOf(' ');
  const protocol = target.slice(space + 1);
  if (space <= 0 || !/^HTTP\/\d(?:\.\d)?$/.test(protocol)) return { method, path: target };
  return { method, path: target.slice(0, space), protocol };
}
