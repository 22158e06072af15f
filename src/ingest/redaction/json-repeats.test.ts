import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOutline } from './json-repeats.ts';
import { createRedaction, type Redacted, type Redaction } from './redact.ts';
import { mark } from './spans.ts';

const padding = 'p'.repeat(300);
const entity = (id: string, more: object = {}) => ({
  id,
  padding,
  plugins: [{ password: 'hunter2' }],
  ...more,
});
const record = (members: object): Buffer => Buffer.from(JSON.stringify(members));
const parse = ({ outline, bytes }: Redacted): unknown =>
  outline === undefined ? JSON.parse(bytes.toString()) : parseOutline(outline);

/** A redaction that has seen `records` before. */
function having(...records: Buffer[]): Redaction {
  const redaction = createRedaction();
  for (const bytes of records) redaction.redact(bytes);
  return redaction;
}

describe('an object that stood in an earlier record', () => {
  it('is known again, and its secrets are replaced as they were', () => {
    const { redact } = having(record({ n: 1, route: entity('a') }));
    const sent = record({ n: 2, secret: 'hunter3', route: entity('a'), token: 'hunter4' });
    const found = redact(sent);
    expect(found.outline?.repeats.map(({ name }) => name)).toEqual(['route']);
    expect(found.outline?.bytes.length).toBeLessThan(200);
    expect(found).toEqual({ ...createRedaction().redact(sent), outline: found.outline });
    expect(parse(found)).toEqual({
      n: 2,
      secret: mark,
      route: { ...entity('a'), plugins: [{ password: mark }] },
      token: mark,
    });
  });

  it('is another one when a single byte differs, also in its last', () => {
    const { redact } = having(record({ route: entity('a', { z: 1 }) }));
    const found = redact(record({ route: entity('a', { z: 2 }) }));
    expect(found.outline).toBeUndefined();
    expect(parse(found)).toMatchObject({ route: { z: 2 } });
  });

  it('cannot be changed by who reads a record of it', () => {
    const sent = record({ route: entity('a') });
    const { route } = parse(having(sent).redact(sent)) as { route: { plugins: { password: string }[] } };
    expect(() => {
      (route.plugins[0] as { password: string }).password = 'changed';
    }).toThrow(TypeError);
  });

  it('counts under a name that is written twice only if it is the last', () => {
    const route = JSON.stringify(entity('a'));
    const { redact } = having(Buffer.from(`{"route":${route}}`));
    expect(parse(redact(Buffer.from(`{"route":${route},"route":7}`)))).toEqual({ route: 7 });
    expect(parse(redact(Buffer.from(`{"route":7,"route":${route}}`)))).toMatchObject({ route: { id: 'a' } });
  });

  it('never becomes the prototype of a record', () => {
    const sent = Buffer.from(`{"__proto__":${JSON.stringify(entity('a'))}}`);
    const read = parse(having(sent, sent).redact(sent)) as object;
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(Object.hasOwn(read, '__proto__')).toBe(true);
  });

  it('is looked through again where an operator names a path into it', () => {
    const redaction = createRedaction({ fields: ['route.padding'] });
    const sent = record({ route: entity('a') });
    redaction.redact(sent);
    expect(parse(redaction.redact(sent))).toMatchObject({ route: { padding: mark } });
  });

  it('is forgotten when many others came', () => {
    const large = (id: number) => record({ route: entity(`r${id}`, { more: 'm'.repeat(100_000) }) });
    const redaction = having(large(1), large(1));
    expect(redaction.redact(large(1)).outline).toBeDefined();
    // One in two is a repeat, so that the name stays worth a look.
    for (let id = 2; id < 60; id++) for (let time = 0; time < 2; time++) redaction.redact(large(id));
    expect(redaction.redact(large(59)).outline).toBeDefined();
    expect(redaction.redact(large(1)).outline).toBeUndefined();
  });

  it('is not looked for under a name whose objects differ each time', () => {
    const of = (id: number) => record({ user: entity(`u${id}`) });
    const redaction = having(...Array.from({ length: 50 }, (_, id) => of(id)));
    expect(redaction.redact(of(49)).outline).toBeUndefined();
  });
});

describe('records with and without repeats', () => {
  const names = fc.constantFrom(
    'route',
    'descriptor',
    'secret',
    'cookies',
    'value',
    'name',
    '__proto__',
    'a"b',
  );
  const scalar = fc.oneof(fc.constantFrom('password', 'Bearer abc123def', 'sid', 7, null), fc.string());
  const entities = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b'),
      padding: fc.constantFrom(padding, padding.slice(0, 200), '\\"{}[]'.repeat(60)),
      list: fc.array(fc.dictionary(names, scalar), { maxLength: 3 }),
      pair: fc.record({ name: scalar, value: scalar }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const stream = entities.chain((pool) =>
    fc.array(
      fc.tuple(
        fc.array(fc.tuple(names, fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...pool) }, scalar)), {
          maxLength: 5,
        }),
        fc.option(fc.tuple(fc.nat(), fc.constantFrom('"', '\\', '{', '}', ',', '')), { freq: 2 }),
      ),
      { maxLength: 12 },
    ),
  );

  /** Names may come twice, and one byte may be damaged. */
  function textOf(
    members: readonly (readonly [string, unknown])[],
    damage: readonly [number, string] | null,
  ) {
    const text = `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
    if (damage === null) return text;
    const at = damage[0] % text.length;
    return text.slice(0, at) + damage[1] + text.slice(at + 1);
  }

  const outcome = (found: Redacted): unknown => {
    try {
      return JSON.stringify(parse(found));
    } catch {
      return 'no JSON';
    }
  };

  it('are redacted and read alike, whatever was damaged', () => {
    let repeats = 0;
    fc.assert(
      fc.property(stream, (records) => {
        const shared = createRedaction();
        for (const [members, damage] of records) {
          const bytes = Buffer.from(textOf(members, damage));
          const [found, alone] = [shared.redact(bytes), createRedaction().redact(bytes)];
          repeats += found.outline?.repeats.length ?? 0;
          expect(found.bytes.toString()).toBe(alone.bytes.toString());
          expect(found.places).toEqual(alone.places);
          expect(outcome(found)).toBe(outcome(alone));
        }
      }),
      { numRuns: 400 },
    );
    expect(repeats).toBeGreaterThan(100);
  });
});
