import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../../test/known-secrets.ts';
import { createRedaction } from './redact.ts';
import { redactionRules, ruleNames } from './rules.ts';
import { mark } from './spans.ts';

const { redact, scrub } = createRedaction();
const redactText = (text: string): string => redact(Buffer.from(text)).bytes.toString();
const scrubText = (text: string): string => scrub(Buffer.from(text)).bytes.toString();

const fixtures = [
  'otoroshi/gateway-event',
  'otoroshi/alert-event',
  'otoroshi/audit-event',
  'otoroshi/analytic-event',
  'openziti/capture',
].flatMap((name) =>
  readFileSync(new URL(`../../../test/fixtures/${name}.ndjson`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line, index) => ({ name: `${name} ${index + 1}`, line })),
);

describe('the redaction rules', () => {
  for (const rule of redactionRules) {
    it(`find the secret of the rule ${rule.name}, and miss it when the rule is switched off`, () => {
      const record = Buffer.from(rule.example.record);
      expect(redact(record).bytes.includes(rule.example.secret)).toBe(false);
      const found = redact(record).places.map((place) => ruleNames[place.rule]);
      // What JSON in a string holds is found there by another rule.
      expect(found).toEqual([rule.name === 'nested' ? 'password' : rule.name]);
      const without = createRedaction({ off: [rule.name] }).redact(record);
      expect(without.bytes.includes(rule.example.secret)).toBe(true);
    });
  }

  it('take further names from the operator', () => {
    const wider = createRedaction({ fields: ['X-Door-Code', 'iban'] });
    expect(
      wider.redact(Buffer.from('{"x_door_code":"4711","IBAN":"DE02","iban2":"DE03"}')).bytes.toString(),
    ).toBe(`{"x_door_code":"${mark}","IBAN":"${mark}","iban2":"DE03"}`);
  });
});

describe('what operators add', () => {
  const { redact: redactFor, scrub: scrubFor } = createRedaction({
    fields: ['shoe-size'],
    tenants: [
      { tenant: 'acme', fields: ['iban', 'request.headers.x-door', 'orders.card.number'] },
      { tenant: 'acme', fields: ['nickname'] },
      { tenant: 'globex', personal: 'redact' },
    ],
  });
  const record = (value: object) => Buffer.from(JSON.stringify(value));

  it('holds for its tenant beside what holds for all, and several wishes add up', () => {
    const sent = record({ shoeSize: 43, iban: 'DE02', nickname: 'Bo', password: 'hunter2' });
    const textFor = (tenant?: string) => redactFor(sent, tenant).bytes.toString();
    expect(JSON.parse(textFor('acme'))).toEqual({
      shoeSize: mark,
      iban: mark,
      nickname: mark,
      password: mark,
    });
    for (const tenant of ['globex', undefined])
      expect(JSON.parse(textFor(tenant))).toEqual({
        shoeSize: mark,
        iban: 'DE02',
        nickname: 'Bo',
        password: mark,
      });
    const found = redactFor(sent, 'acme').places.map(({ rule }) => ruleNames[rule]);
    expect(found).toEqual(['fields', 'fields', 'fields', 'password']);
    expect(scrubFor(Buffer.from('iban=DE02 user=ana'), 'acme').bytes.toString()).toBe(
      `iban=${mark} user=ana`,
    );
  });

  it('takes a name with a point in it for a path from the top, through lists', () => {
    const sent = {
      request: { headers: { 'x-door': '4711', host: 'h' }, 'x-door': 'kept' },
      'x-door': 'kept',
      orders: [{ card: { number: 4111, brand: 'v' } }, { card: null }, { card: { number: '' } }],
    };
    expect(JSON.parse(redactFor(record(sent), 'acme').bytes.toString())).toEqual({
      ...sent,
      request: { ...sent.request, headers: { 'x-door': mark, host: 'h' } },
      orders: [{ card: { number: mark, brand: 'v' } }, ...sent.orders.slice(1)],
    });
  });

  it('changes no other byte, and leaves what is no JSON as broken as it was', () => {
    const sent = '{ "request" : {"headers":{ "x-d\\u006for" :\t"4711" }}, "n":1541238890123456789 }';
    expect(redactFor(Buffer.from(sent), 'acme').bytes.toString()).toBe(sent.replace('"4711"', `"${mark}"`));
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('{', '}', '[', ']', '"request"', '"headers"', '"x-door"', ':', ',', '1', '"'),
        ),
        (pieces) => {
          const text = pieces.join('');
          const clean = redactFor(Buffer.from(text), 'acme').bytes.toString();
          expect(redactFor(Buffer.from(clean), 'acme').bytes.toString()).toBe(clean);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('says which tenants want no personal data on their disk', () => {
    const { hidesPersonal } = createRedaction({ tenants: [{ tenant: 'globex', personal: 'redact' }] });
    expect([hidesPersonal('globex'), hidesPersonal('acme')]).toEqual([true, false]);
  });
});

describe('redaction of real events', () => {
  for (const { name, line } of fixtures) {
    it(`leaves no secret of ${name} and every other byte`, () => {
      const bytes = Buffer.from(line);
      const secrets = secretsOf(JSON.parse(line));
      const result = redact(bytes);
      const text = result.bytes.toString();
      expect(result.places.length).toBeGreaterThanOrEqual(secrets.length);
      expect(secretsOf(JSON.parse(text)).filter((secret) => secret !== mark)).toEqual([]);
      // An OpenZiti session has its id once more as its token, which is no secret then.
      const { id } = JSON.parse(line) as { id?: unknown };
      for (const secret of secrets.filter((secret) => secret.length > 10 && secret !== id))
        expect(text).not.toContain(secret);
      // What stands between the marks stands in the original, in the same order and with nothing else cut out.
      let at = 0;
      const cut: string[] = [];
      for (const piece of text.split(mark)) {
        const found = line.indexOf(piece, at);
        expect(found).toBeGreaterThanOrEqual(at);
        cut.push(line.slice(at, found));
        at = found + piece.length;
      }
      expect(at).toBe(line.length);
      expect(cut.filter((secret) => secret !== '').length).toBe(result.places.length);
    });
  }

  it('gives back the very buffer when there is nothing to hide', () => {
    const bytes = Buffer.from('{"@id":"1","status":200}');
    expect(redact(bytes)).toEqual({ bytes, places: [] });
    expect(redact(bytes).bytes).toBe(bytes);
  });
});

describe('redaction in place', () => {
  it('keeps numbers, order, repeated keys and white space as they were sent', () => {
    const sent = '{ "n":1541238890123456789,\n\t"2":1, "1":2,"a":1,"a":2.50, "password" : "x" ,"e":1e3}\r\n';
    expect(redactText(sent)).toBe(sent.replace('"x"', `"${mark}"`));
  });

  it('replaces strings, numbers, lists and objects, and keeps booleans, null and what is empty', () => {
    expect(redactText('{"password":{"hash":"x","n":[1,"]}"]},"pwd":1234,"passwd":["a"]}')).toBe(
      `{"password":"${mark}","pwd":"${mark}","passwd":"${mark}"}`,
    );
    for (const value of ['true', 'false', 'null', '""', '[]', '{}', '[ ]', '"--"'])
      expect(redactText(`{"password":${value},"cookies":${value}}`)).toBe(
        `{"password":${value},"cookies":${value}}`,
      );
  });

  it('finds names whatever their case, dashes, underlines and escapes', () => {
    for (const name of [
      'PASSWORD',
      'pass-word',
      'Pass_Word',
      'pass\\u0077ord',
      'user.password',
      'dbPassword',
    ])
      expect(redactText(`{"${name}":"hunter2"}`)).toBe(`{"${name}":"${mark}"}`);
  });

  it('leaves what only looks like a secret', () => {
    const innocent = {
      tokenType: 'opaque',
      token_type: 'bearer',
      authorizedGroup: 'default',
      authorizedEntities: ['group_default'],
      authorizations: [{ kind: 'group', id: 'default' }],
      publicKey: 'MIIB',
      passwordless: 'yes',
      password: true,
      cookies: [],
      clientSecretHeaderName: 'X-Secret',
      secretSigned: 'HS512',
      apiKey: { clientId: 'ak_1', clientName: 'Mobile' },
      apikey: { clientId: 'ak_1' },
      jwt: { enabled: true, secret_signed: true },
      sessionId: 's1',
      keyId: 'k1',
      description: 'Basic authentication or Bearer token needed',
      csr: '{"key":{"algo":"rsa","size":2048}}',
      chain: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      url: 'https://user@host:8443/v1?page=2&tokens=3&sort=name',
      name: 'secret',
      pairs: [{ name: 'color', value: 'red' }],
      when: 'Sat, 21 Nov 2026 12:49:48 GMT',
    };
    expect(redactText(JSON.stringify(innocent))).toBe(JSON.stringify(innocent));
  });

  it('looks into an API key that is an entity', () => {
    expect(redactText('{"apiKey":{"clientId":"a","clientSecret":"hunter2"}}')).toBe(
      `{"apiKey":{"clientId":"a","clientSecret":"${mark}"}}`,
    );
  });

  it('redacts pairs in either order, with lists and nested values, and only their value', () => {
    expect(
      redactText(
        '[{"key":"Authorization","value":"x y"},{"value":["a","b"],"n":{"z":1},"name":"Set-Cookie"},{"key":"Host","value":"h"}]',
      ),
    ).toBe(
      `[{"key":"Authorization","value":"${mark}"},{"value":"${mark}","n":{"z":1},"name":"Set-Cookie"},{"key":"Host","value":"h"}]`,
    );
  });

  it('redacts every value of a long header that is secret, before its name and behind it', () => {
    const values = (value: string) =>
      `"header_value":"${value}","header_value_length":"${value}","new_header_value":"${value}"`;
    for (const [sent, hidden] of [
      [`{${values('x y')},"header_name":"Authorization"}`, `{${values(mark)},"header_name":"Authorization"}`],
      [`{"header_name":"Cookie",${values('x y')},"to":1}`, `{"header_name":"Cookie",${values(mark)},"to":1}`],
      [`{${values('x y')},"header_name":"x-trace"}`, `{${values('x y')},"header_name":"x-trace"}`],
    ] as const)
      expect(redactText(sent)).toBe(hidden);
  });

  it('redacts the id of a session when it is as good as a token, and keeps those that only name one', () => {
    const token = 'Zt7'.repeat(20);
    for (const [sent, hidden] of [
      [`{"sessionId":"${token}","n":1}`, `{"sessionId":"${mark}","n":1}`],
      [`[{"value":"${token}","key":"session_id"}]`, `[{"value":"${mark}","key":"session_id"}]`],
      [`{"url":"/a?sessionId=${token}&b=1"}`, `{"url":"/a?sessionId=${mark}&b=1"}`],
    ])
      expect(redactText(sent as string)).toBe(hidden);
    for (const id of [
      '"a81f0c"',
      '"cmi8v0k2p0001qz9d3x7h5b1w"',
      '"6f1c3a52-8d3e-4b6a-9f0e-2b7c5d1e8a94"',
      '17',
    ])
      for (const sent of [`{"session_id":${id}}`, `{"value":${id},"name":"sessionId"}`])
        expect(redactText(sent)).toBe(sent);
  });

  it('replaces a body in Base64 that holds a secret, as JSON or as a form, and keeps the others', () => {
    const inBase64 = (text: string) => Buffer.from(text).toString('base64');
    for (const body of ['{"user":"ana","password":"?>?>"}', 'grant_type=password&password=p', '[{"otp":1}]'])
      for (const text of [inBase64(body), inBase64(body).replaceAll('/', '\\/')])
        expect(redactText(`{"requestBody":"${text}","n":1}`)).toBe(`{"requestBody":"${mark}","n":1}`);
    for (const body of ['{"sku":"A-1"}', 'a=b&c=d', '\0\x01\x02 no text at all', ''])
      expect(redactText(`{"body":"${inBase64(body)}"}`)).toBe(`{"body":"${inBase64(body)}"}`);
    expect(redactText('{"body":"password=","has_body":true}')).toBe('{"body":"password=","has_body":true}');
  });

  it('redacts cookies in lists, maps and lists of text, but not their names', () => {
    expect(redactText('{"cookies":[{"name":"sid","value":"a","max_age":null},"b=c"],"path":"/"}')).toBe(
      `{"cookies":[{"name":"sid","value":"${mark}","max_age":null},"${mark}"],"path":"/"}`,
    );
    expect(redactText('{"cookies":{"sid":"a","n":["b"],"o":{"value":"c","path":"/"}},"x":"y"}')).toBe(
      `{"cookies":{"sid":"${mark}","n":"${mark}","o":{"value":"${mark}","path":"/"}},"x":"y"}`,
    );
  });

  it('looks into JSON in strings, three deep, with escapes of its own', () => {
    const deep = JSON.stringify({
      a: JSON.stringify({ b: JSON.stringify({ password: 'hun"ter2', pin: 1, secret: [1, 2] }) }),
    });
    const result = JSON.parse(JSON.parse(JSON.parse(redactText(deep)).a).b);
    expect(result).toEqual({ password: mark, pin: 1, secret: mark });
  });

  it('redacts parameters of URLs and forms, with their neighbours kept', () => {
    expect(
      redactText('{"u":"https://h/p?access_token=a.b&apikey=k&x=1&X-Amz-Signature=ff#client_secret=z"}'),
    ).toBe(
      `{"u":"https://h/p?access_token=${mark}&apikey=${mark}&x=1&X-Amz-Signature=${mark}#client_secret=${mark}"}`,
    );
    expect(redactText('{"body":"grant_type=password&username=ana&password=p%20w"}')).toBe(
      `{"body":"grant_type=password&username=ana&password=${mark}"}`,
    );
    expect(redactText('{"u":"/p?x=1\\u0026access_token=a.b\\u0026y=2"}')).toBe(
      `{"u":"/p?x=1\\u0026access_token=${mark}\\u0026y=2"}`,
    );
  });

  it('redacts a line of text that is no JSON, such as an access log line', () => {
    expect(
      redactText(
        '203.0.113.24 - - [21/Nov/2026:12:49:48 +0000] "GET /a?token=abc HTTP/1.1" 200 5 "-" "curl"',
      ),
    ).toBe(`203.0.113.24 - - [21/Nov/2026:12:49:48 +0000] "GET /a?token=${mark} HTTP/1.1" 200 5 "-" "curl"`);
  });

  it('replaces whole what is nested deeper than anything a gateway sends', () => {
    const deep = `${'{"a":'.repeat(200)}{"password":"hunter2"}${'}'.repeat(200)}`;
    const result = redactText(deep);
    expect(result).not.toContain('hunter2');
    expect(() => JSON.parse(result)).not.toThrow();
  });

  it('keeps what was malformed malformed', () => {
    for (const broken of [
      '{"password":"a\\qb"}',
      '{"password":"a\nb"}',
      '{"password":{"a":}}',
      '{"password":1-2}',
      '{"password":"abc',
      '{"u":"?token=ab\\q"}',
      '{"u":"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"}',
      '{"password":[1,2',
    ]) {
      expect(() => JSON.parse(redactText(broken))).toThrow();
      expect(redactText(broken)).toContain(mark);
    }
  });
});

describe('redaction of anything', () => {
  const names = fc.constantFrom('password', 'Authorization', 'name', 'key', 'value', 'cookies', 'a', 'path');
  const leaf = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('/clientSecret', 'Authorization', 'Bearer abc123def', '?token=x"y&z=1', '{"secret":"s"}'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const { record } = fc.letrec<{ record: unknown; value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      leaf,
      fc.array(tie('value'), { maxLength: 4 }),
      tie('record'),
      tie('record').map((inner) => JSON.stringify(inner)),
    ),
    record: fc.dictionary(fc.oneof(names, fc.string()), tie('value'), { maxKeys: 6 }),
  }));
  const parses = (text: string): boolean => {
    try {
      JSON.parse(text);
      return true;
    } catch {
      return false;
    }
  };

  it('leaves JSON JSON, and redacting twice is redacting once', () => {
    fc.assert(
      fc.property(record, fc.constantFrom(undefined, 2), (value, indent) => {
        const once = redact(Buffer.from(JSON.stringify(value, null, indent))).bytes;
        expect(parses(once.toString())).toBe(true);
        const twice = redact(once);
        expect(twice.bytes.equals(once)).toBe(true);
        expect(twice.places).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('parses afterwards exactly when it parsed before, whatever was damaged', () => {
    fc.assert(
      fc.property(
        record,
        fc.array(fc.tuple(fc.nat(), fc.constantFrom('"', '\\', '{', '}', '[', ']', ':', ',', '\n', '', 'x'))),
        (value, damages) => {
          let text = JSON.stringify(value);
          for (const [place, insert] of damages.slice(0, 3)) {
            const at = place % (text.length + 1);
            text = text.slice(0, at) + insert + text.slice(insert === '' ? at + 1 : at);
          }
          expect(parses(redactText(text))).toBe(parses(text));
        },
      ),
      { numRuns: 1_500 },
    );
  });

  it('survives any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        redact(Buffer.from(bytes));
        scrub(Buffer.from(bytes));
        redact(Buffer.concat([Buffer.from('{"password":'), bytes]));
      }),
    );
  });
});

describe('scrubbing of what cannot be parsed', () => {
  for (const rule of redactionRules) {
    it(`finds the secret of the rule ${rule.name} in a record that breaks off`, () => {
      expect(scrubText(rule.example.record.slice(0, -1))).not.toContain(rule.example.secret);
    });
  }

  it('finds names and values however they are written', () => {
    for (const text of [
      'POST / HTTP/1.1\r\nAuthorization: Digest hunter2\r\nHost: h\r\n',
      'cookie: sid=hunter2; b=hunter2',
      'level=info password=hunter2 user=ana',
      "{'password': 'hunter2', 'user': 'ana'}",
      '{"a":1,"password":"hunter2',
      '\\"password\\":\\"hunter2\\",\\"user\\":\\"ana\\"',
      '"}} "clientSecret" : "hun\\"hunter2", "x"',
      'secret = "hunter2"',
    ])
      expect(scrubText(text)).not.toContain('hunter2');
  });

  it('keeps what stands around the secrets', () => {
    expect(scrubText('level=info password=hunter2 user=ana')).toBe(`level=info password=${mark} user=ana`);
    expect(scrubText('Host: h\nAuthorization: Digest x\nAccept: */*')).toBe(
      `Host: h\nAuthorization: ${mark}\nAccept: */*`,
    );
  });

  it('changes nothing when done again', () => {
    for (const rule of redactionRules) {
      const once = scrubText(rule.example.record.slice(0, -1));
      expect(scrubText(once)).toBe(once);
    }
  });
});
