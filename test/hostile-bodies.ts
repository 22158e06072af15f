/** Bodies made to hurt: each by name, and what a generator makes of samples. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';

export interface HostileBody {
  readonly path: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const MB = 1_000_000;
const text = (body: string, path = '/ingest'): HostileBody => ({ path, body: Buffer.from(body) });
const filled = (unit: string, bytes: number, before = '', after = ''): HostileBody => ({
  path: '/ingest',
  body: Buffer.concat([Buffer.from(before), Buffer.alloc(bytes, unit), Buffer.from(after)]),
});
const lines = (count: number, line: (index: number) => string): string =>
  `${Array.from({ length: count }, (_, index) => line(index)).join('\n')}\n`;
const record = (value: string): HostileBody => text(`{"a":${value}}`);
const packed = (encoding: 'gzip' | 'zstd', body: Buffer): HostileBody => ({
  path: '/ingest',
  body: encoding === 'gzip' ? gzipSync(body) : zstdCompressSync(body),
  headers: { 'content-encoding': encoding },
});
const cloudEvent = ({ body }: HostileBody): HostileBody => ({
  path: '/ingest',
  body: Buffer.concat([
    Buffer.from('{"specversion":"1.0","id":"e","source":"/g","type":"t","data":'),
    body,
    Buffer.from('}'),
  ]),
  headers: { 'content-type': 'application/cloudevents+json' },
});

/** Made when asked for, as some have 100 MB. */
export const hostileBodies: readonly (readonly [string, () => HostileBody])[] = [
  ['100 MB without a line feed', () => filled('x', 100 * MB)],
  ['100 MB of opening braces', () => filled('{', 100 * MB)],
  ['100 MB of quotes', () => filled('"', 99 * MB, '{')],
  ['100 MB of blanks', () => filled(' ', 99 * MB, '{')],
  ['100 MB of line feeds', () => filled('\n', 99 * MB, 'x')],
  ['100 MB of commas in a list', () => filled(',', 99 * MB, '[')],
  ['more than a body may have', () => filled('x', 101 * MB)],
  [
    'a bulk record of 95 MB',
    () => ({ ...filled('x', 95 * MB, '{"index":{}}\n{"a":"', '"}\n'), path: '/es/_bulk' }),
  ],
  ['a CloudEvent of 90 MB', () => cloudEvent(filled('1,', 90 * MB, '{"a":[', '1]}'))],
  ['a gzip bomb', () => packed('gzip', Buffer.alloc(300 * MB, '{}'))],
  ['a zstd bomb', () => packed('zstd', Buffer.alloc(300 * MB, '{'))],
  ['99 MB of records in gzip', () => packed('gzip', Buffer.alloc(99 * MB, '{"a":1}\n'))],
  [
    'a torn gzip stream',
    () => ({
      ...packed('gzip', Buffer.alloc(MB, 'x')),
      body: gzipSync(Buffer.alloc(MB, 'x')).subarray(0, 400),
    }),
  ],
  ['100 000 brackets deep', () => record('['.repeat(100_000) + ']'.repeat(100_000))],
  ['two million brackets deep', () => record('['.repeat(1_900_000) + ']'.repeat(1_900_000))],
  ['brackets that never close', () => record('['.repeat(100_000))],
  ['200 000 records of one byte', () => text('1\n'.repeat(200_000))],
  ['200 000 numbers in a list', () => text(`[${'1,'.repeat(200_000)}1]`)],
  ['200 000 empty objects', () => text('{}\n'.repeat(200_000))],
  ['90 000 tiny objects', () => text(lines(90_000, (index) => `{"n":${index}}`))],
  ['90 000 damaged records', () => text('{"a":\n'.repeat(90_000))],
  ['90 000 lines that nobody reads', () => text(`${'x'.repeat(99)}\n`.repeat(90_000))],
  [
    'a bulk of 90 000 actions',
    () =>
      text(
        lines(90_000, (n) => `{"index":{"_index":"a"}}\n{"status":200,"n":${n}}`),
        '/es/_bulk',
      ),
  ],
  ['a bulk of 90 000 deletions', () => text('{"delete":{"_id":"1"}}\n'.repeat(90_000), '/es/_bulk')],
  ['a key of 4 MB', () => text(`{"${'k'.repeat(3_900_000)}":1}`)],
  ['a number of 4 MB', () => record('9'.repeat(3_900_000))],
  ['a number with a huge exponent', () => record('1e999999999')],
  ['4 MB of escapes', () => record(`"${'\\n'.repeat(1_950_000)}"`)],
  ['4 MB of escaped quotes', () => record(`"${'\\"='.repeat(1_300_000)}"`)],
  [
    '4 MB of secrets',
    () => text(`{${Array.from({ length: 140_000 }, (_, n) => `"password":"geheim${n}"`).join(',')}}`),
  ],
  [
    '4 MB of secrets in a text',
    () => record(`"${Array.from({ length: 200_000 }, (_, n) => `password=x${n}`).join('&')}"`),
  ],
  ['two million values', () => record(`[${'1,'.repeat(1_900_000)}1]`)],
  ['two million values in a CloudEvent', () => cloudEvent(record(`[${'1,'.repeat(1_900_000)}1]`))],
  [
    'forty records of escaped quotes',
    () => text(lines(40, (n) => `{"n":${n},"a":"${'\\"=J'.repeat(31_000)}"}`)),
  ],
  ['lone surrogates', () => record(`"${'\\ud800'.repeat(600_000)}"`)],
  [
    '4 MB that are no UTF-8',
    () => ({
      path: '/ingest',
      body: Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(3_900_000, 0xfe), Buffer.from('"}')]),
    }),
  ],
  [
    'names of prototypes',
    () =>
      text(
        '{"__proto__":{"status":1},"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":null}',
      ),
  ],
];

const prototypes = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(...prototypes, '@type', '@id', 'status', 'time'),
);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(
      'null',
      'true',
      '-1',
      '1e400',
      '-0',
      '123456789012345678901234567890',
      '"\\ud800"',
      '"\\u0000"',
    ),
    fc.string({ unit: 'binary', maxLength: 50 }).map((value) => JSON.stringify(value)),
    fc.array(tie('value'), { maxLength: 5 }).map((values) => `[${values.join(',')}]`),
    tie('object'),
  ),
  object: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 8 })
    .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
})).object as fc.Arbitrary<string>;

/** A sample with some bytes changed, taken out, or doubled. */
const mutated = (samples: readonly string[]): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.constantFrom(...samples),
      fc.array(
        fc.tuple(
          fc.double({ min: 0, max: 0.999, noNaN: true }),
          fc.integer({ min: 0, max: 255 }),
          fc.integer({ min: 0, max: 3 }),
        ),
        {
          minLength: 1,
          maxLength: 20,
        },
      ),
    )
    .map(([sample, changes]) => {
      let bytes = Buffer.from(sample);
      for (const [place, byte, kind] of changes) {
        const at = Math.floor(place * bytes.length);
        const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
        if (kind === 0) bytes = Buffer.concat([head, Buffer.from([byte]), tail.subarray(1)]);
        else if (kind === 1) bytes = Buffer.concat([head, tail.subarray(1 + byte)]);
        else if (kind === 2) bytes = Buffer.concat([head, tail.subarray(0, byte), tail]);
        else bytes = Buffer.concat([head, Buffer.from(prototypes[byte % prototypes.length] as string), tail]);
      }
      return bytes;
    });

/** Random bytes, hostile JSON and mutated `samples`, under paths and headers that fit them or not. */
export const anyHostileBody = (samples: readonly string[]): fc.Arbitrary<HostileBody> =>
  fc.record({
    path: fc.constantFrom(
      '/ingest',
      '/ingest',
      '/ingest/otoroshi',
      '/ingest/nginx',
      '/es/_bulk',
      '/es/a/_doc',
    ),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes)),
      fc.array(json, { minLength: 1, maxLength: 20 }).map((records) => Buffer.from(records.join('\n'))),
      mutated(samples),
    ),
    headers: fc.oneof(
      fc.constant({}),
      fc
        .constantFrom('gzip', 'deflate', 'zstd', 'br', 'gzip, gzip')
        .map((encoding) => ({ 'content-encoding': encoding })),
      fc
        .constantFrom('application/cloudevents+json', 'text/plain', '\u00ff')
        .map((type) => ({ 'content-type': type })),
    ),
  }) as fc.Arbitrary<HostileBody>;
