/**
 * Personal data as someone without the scope `read:raw` sees it: recognisable, the same for the same value, not to be
 * turned back. A name keeps at most its first three characters and a mark made with a secret of the installation; an
 * address keeps its network. Said once for rows in the engine (`sql`) and for events in memory (`text`).
 */
import { createHash } from 'node:crypto';
import { addressBits } from '../query/address.ts';
import type { Field, Fields } from '../query/fields.ts';
import type { Params } from './params.ts';

export interface Mask {
  /** The masked form of a field's value; '' stays ''. */
  text(field: Field, value: string): string;
  /** The same in SQL. `value` is an expression of type String. */
  sql(field: Field, value: string, params: Params): string;
  /** A copy of an event, or of its JSON, with its personal values masked and without `raw`. */
  event<E extends Readonly<Record<string, unknown>>>(event: E): E;
}

/** `secret` belongs to the installation: who knows it can check a guess. */
export function createMask(fields: Fields, secret: string): Mask {
  const personal = fields.all.filter((field) => field.personal);
  const columns = personal.filter((field) => 'column' in field.source);
  const attributes = new Map(
    personal.flatMap((field) =>
      'attribute' in field.source ? [[field.source.attribute, field] as const] : [],
    ),
  );

  function text(field: Field, value: string): string {
    if (value === '') return '';
    if (field.name === 'clientIp') {
      const bits = addressBits(value);
      if (/^[\d.]+$/.test(value) && bits !== undefined) return value.replace(/\d+$/, 'x');
      if (bits !== undefined) return `${bits.slice(0, 4)}:${bits.slice(4, 8)}:${bits.slice(8, 12)}::x`;
    }
    const characters = [...value];
    const kept = characters.slice(0, Math.min(3, Math.floor(characters.length / 2))).join('');
    const mark = createHash('sha256').update(secret).update(value).digest('hex').slice(0, 6);
    return `${kept}…${mark}`;
  }

  function sql(field: Field, value: string, params: Params): string {
    const key = params.add('String', secret);
    const kept = `substringUTF8(${value}, 1, least(3, intDiv(lengthUTF8(${value}), 2)))`;
    const name = `concat(${kept}, '…', lower(hex(substring(SHA256(concat(${key}, ${value})), 1, 3))))`;
    if (field.name !== 'clientIp') return `if(${value} = '', '', ${name})`;
    const bits = `lower(hex(toIPv6OrDefault(${value})))`;
    const group = (start: number): string => `substring(${bits}, ${start}, 4)`;
    return `multiIf(${value} = '', '', isNotNull(IPv4StringToNumOrNull(${value})), replaceRegexpOne(${value}, '[0-9]+$', 'x'), isNotNull(toIPv6OrNull(${value})), concat(${group(1)}, ':', ${group(5)}, ':', ${group(9)}, '::x'), ${name})`;
  }

  function event<E extends Readonly<Record<string, unknown>>>(original: E): E {
    const { raw: _raw, rawBase64: _rawBase64, ...copy }: Record<string, unknown> = { ...original };
    for (const field of columns) {
      const value = copy[field.name];
      if (typeof value === 'string') copy[field.name] = text(field, value);
    }
    if (copy.attributes !== undefined && attributes.size > 0)
      copy.attributes = Object.fromEntries(
        Object.entries(copy.attributes as Record<string, string>).map(([name, value]) => {
          const field = attributes.get(name);
          return [name, field === undefined ? value : text(field, value)];
        }),
      );
    return copy as E;
  }

  return { text, sql, event };
}
