/**
 * JSON in every form that gateways send: an object, a list of objects, one object a line (with blank lines between, as
 * Otoroshi sends them), objects side by side, pretty-printed ones; with or without a byte order mark.
 */
import { ok } from '../core/result.ts';
import type { Protocol } from '../core/spec.ts';
import { cutJson } from './json-cut.ts';

/** Blanks that are looked at before a body. */
const mostBlanks = 1000;
const isLetterOrDigit = (byte: number): boolean => /\w/.test(String.fromCharCode(byte));

/**
 * Whether a body holds JSON or lines of text, by how it begins: a byte order mark and blanks do not count. Behind a
 * bracket a digit or a letter begins no list of objects, but the time of an access log line, as Envoy writes it.
 */
export function formOf(body: Buffer): 'json' | 'text' | 'nothing' {
  const afterBlanks = (from: number): number => {
    let at = from;
    while (at < body.length && at < from + mostBlanks && (body[at] as number) <= 0x20) at += 1;
    return at;
  };
  const at = afterBlanks(body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0);
  if (at >= body.length) return 'nothing';
  if (body[at] === 0x7b) return 'json';
  if (body[at] !== 0x5b) return 'text';
  const next = body[afterBlanks(at + 1)];
  return next !== undefined && isLetterOrDigit(next) ? 'text' : 'json';
}

export const json: Protocol = {
  name: 'json',
  doc: 'JSON objects: one, a list, one a line, or one after the other.',
  example: '{"request_method":"GET","status":200}\n{"request_method":"POST","status":201}\n',
  decode: (body) => ok(cutJson(body)),
};
