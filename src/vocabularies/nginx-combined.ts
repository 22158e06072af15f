/**
 * Lines of the common and combined log forms, of NGINX and those who write like it:
 * `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`.
 * What stands behind them is left alone, but for a quoted X-Forwarded-For as in NGINX's `main` form.
 */
import type { GatewayRecord } from '../core/spec.ts';

const quoted = '"((?:[^"\\\\]|\\\\.)*)"';
const combined = new RegExp(
  `^(\\S+) \\S+ (.*?) \\[([^\\]]{20,32})\\] ${quoted} (\\d{3}|-) (\\d+|-)(?: ${quoted} ${quoted})?(?: ${quoted})?(?: .*)?$`,
  's',
);

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', v: '\v' };

/** Undoes `\xHH`, which stands for a byte, and `\"`: the bytes together are UTF-8. */
function unescaped(text: string): string {
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

/** The line as a record with NGINX's names; undefined when it is in no such form. */
export function readCombinedLine(line: string): GatewayRecord | undefined {
  const match = combined.exec(line.trimEnd());
  if (match === null) return undefined;
  const [, address, user, time, request = '', status, bytes, referer, agent, forwarded] = match;
  const record: Record<string, string> = {
    remote_addr: address as string,
    remote_user: unescaped(user as string),
    time_local: time as string,
    request: unescaped(request),
    status: status as string,
    body_bytes_sent: bytes as string,
  };
  if (referer !== undefined) record.http_referer = unescaped(referer);
  if (agent !== undefined) record.http_user_agent = unescaped(agent);
  if (forwarded !== undefined) record.http_x_forwarded_for = unescaped(forwarded);
  return record;
}

export interface RequestLine {
  readonly method?: string;
  readonly path: string;
  readonly protocol?: string;
}

/** The parts of a request line; one that is none, as scanners send, is a path as a whole. */
export function requestLine(value: unknown): RequestLine | undefined {
  if (typeof value !== 'string' || value === '' || value === '-') return undefined;
  const match = /^([A-Z][A-Z-]*) (.+?)(?: (HTTP\/\d(?:\.\d)?))?$/s.exec(value);
  if (match === null) return { path: value };
  const [, method, path, protocol] = match;
  return {
    method: method as string,
    path: path as string,
    ...(protocol === undefined ? {} : { protocol }),
  };
}
