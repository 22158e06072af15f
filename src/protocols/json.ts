/**
 * JSON in every form that gateways send: an object, a list of objects, one object a line (with blank lines between, as
 * Otoroshi sends them), objects side by side, pretty-printed ones; with or without a byte order mark.
 */
import { ok } from '../core/result.ts';
import type { Protocol } from '../core/spec.ts';
import { cutJson } from './json-cut.ts';

export const json: Protocol = {
  name: 'json',
  doc: 'JSON objects: one, a list, one a line, or one after the other.',
  example: '{"request_method":"GET","status":200}\n{"request_method":"POST","status":201}\n',
  decode: (body) => ok(cutJson(body)),
};
