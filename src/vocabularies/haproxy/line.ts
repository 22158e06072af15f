/**
 * Lines of HAProxy's `option httplog`, `option httpslog` and `option tcplog`, with or without a syslog header before
 * them (HAProxy configuration manual, "HTTP log format" and "TCP log format"):
 * `client:port [date] frontend backend/server timers status bytes cookie cookie state connections queues {} {} "request"`.
 * What a TCP line lacks are status, cookies, headers and request.
 */
import type { GatewayRecord } from '../../core/spec.ts';
import { LineCursor } from '../line-cursor.ts';

type Parts = Record<string, string | undefined>;

/** The members of a list parted by slashes, by name. */
function spread(record: Parts, text: string | undefined, names: readonly string[]): void {
  const parts = text?.split('/') ?? [];
  for (let index = 0; index < names.length; index += 1) record[names[index] as string] = parts[index];
}

const date = /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d\.\d{3}$/;
const timers = /^(?:[+-]?\d+\/){2,4}[+-]?\d+$/;
const state = /^[-A-Za-z]{2,4}$/;
const httpTimers = ['TR', 'Tw', 'Tc', 'Tr', 'Ta'];
const tcpTimers = ['Tw', 'Tc', 'Tt'];

/** The request stands between quotes; a line that was cut at its longest has no second one. */
function requestIn(rest: string): string | undefined {
  if (!rest.startsWith('"')) return undefined;
  const end = rest.indexOf('"', 1);
  return rest.slice(1, end < 0 ? undefined : end);
}

/** Undoes `#22`, which stands for a byte: the bytes together are UTF-8. */
const decoded = (text: string | undefined): string | undefined =>
  text?.includes('#') === true
    ? text.replace(/(?:#[0-9A-F]{2})+/g, (bytes) => Buffer.from(bytes.replaceAll('#', ''), 'hex').toString())
    : text;

/**
 * Whether what stands before the client is a syslog header or nothing. The dash that is the second or third word of a
 * combined line tells it from one whose caller chose a line of HAProxy for a name.
 */
function isHeader(text: string): boolean {
  const [, second, third] = text.split(' ', 3);
  if (second === '-' || text.includes('"')) return false;
  return third !== '-' || text.startsWith('<');
}

/** The line as a record with the manual's names; undefined when it is in no such form. */
export function readHaproxyLine(line: string): GatewayRecord | undefined {
  const cursor = new LineCursor(line.trimEnd());
  const before = cursor.upToBracket(24, 24, ' ');
  const accepted = cursor.bracketed(24);
  if (before === undefined || accepted === undefined || !date.test(accepted)) return undefined;
  const start = before.lastIndexOf(' ') + 1;
  if (!isHeader(before.slice(0, start))) return undefined;
  const client = before.slice(start);
  const port = client.lastIndexOf(':');
  const record: Parts = {
    client_ip: port > 0 ? client.slice(0, port) : client,
    client_port: port > 0 ? client.slice(port + 1) : undefined,
    accept_date: accepted,
    frontend_name: cursor.word(),
  };
  spread(record, cursor.word(), ['backend_name', 'server_name']);
  const times = cursor.word();
  if (times === undefined || !timers.test(times)) return undefined;
  const isHttp = times.split('/').length === 5;
  spread(record, times, isHttp ? httpTimers : tcpTimers);
  if (isHttp) record.status_code = cursor.word();
  record.bytes_read = cursor.word();
  if (isHttp) {
    record.captured_request_cookie = cursor.word();
    record.captured_response_cookie = cursor.word();
  }
  record.termination_state = cursor.word();
  if (record.termination_state === undefined || !state.test(record.termination_state)) return undefined;
  spread(record, cursor.word(), ['actconn', 'feconn', 'beconn', 'srv_conn', 'retries']);
  spread(record, cursor.word(), ['srv_queue', 'backend_queue']);
  record.captured_request_headers = decoded(cursor.braced());
  record.captured_response_headers = decoded(cursor.braced());
  record.http_request = decoded(requestIn(cursor.rest));
  return record;
}
