import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadSettings } from './load.ts';
import { problemText } from './problem.ts';
import { settingsReference } from './reference.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

type Variables = Readonly<Record<string, string>>;
const load = (variables: Variables = {}, file?: string) =>
  loadSettings({ environment: { variables, folder }, ...(file === undefined ? {} : { file }) });
const settings = (variables?: Variables, file?: string) => {
  const result = load(variables, file);
  if (!result.ok) throw new Error(result.error.map(problemText).join('\n'));
  return result.value;
};
const problems = (variables?: Variables, file?: string): string[] => {
  const result = load(variables, file);
  return result.ok ? [] : result.error.map((problem) => problemText(problem).replaceAll(`${folder}/`, ''));
};
const yaml = (text: string) => writeFile(join(folder, 'gatescope.yaml'), text);

describe('the order of places', () => {
  test('without file and environment the defaults hold, durations in microseconds and sizes in bytes', () => {
    const defaults = settings();
    expect(defaults).toMatchObject({
      host: '127.0.0.1',
      port: 4900,
      data: join(folder, 'data'),
      journal: { retention: 86_400e6, maxShare: 0.2 },
      ingest: { body: 100e6, record: 4e6 },
      receivers: { files: [] },
    });
    expect(defaults.store).toBeUndefined();
    expect(defaults.tls).toBeUndefined();
    expect(defaults.adminToken).toBeUndefined();
  });

  test('gatescope.yaml of the working folder is read, and the environment wins over it', async () => {
    await yaml('port: 5000\nlog:\n  level: debug\n');
    expect(settings()).toMatchObject({ port: 5000, log: { level: 'debug', format: 'auto' } });
    expect(settings({ GATESCOPE_PORT: '5001' })).toMatchObject({ port: 5001, log: { level: 'debug' } });
  });

  test('the file may be named by argument or by GATESCOPE_CONFIG', async () => {
    await writeFile(join(folder, 'other.yaml'), 'port: 6000');
    expect(settings({ GATESCOPE_CONFIG: 'other.yaml' }).port).toBe(6000);
    expect(settings({}, 'other.yaml').port).toBe(6000);
    expect(problems({}, 'absent.yaml')).toEqual(['absent.yaml: there is no such file']);
  });

  test('an empty variable counts as not set', () => {
    expect(settings({ GATESCOPE_PORT: '', GATESCOPE_STORE_URL: '' }).store).toBeUndefined();
  });

  test('a path in the file is relative to the file, one in the environment to the working folder', async () => {
    await writeFile(join(folder, 'gatescope.yaml'), 'data: here\n');
    expect(settings().data).toBe(join(folder, 'here'));
    expect(settings({ GATESCOPE_DATA: 'there' }).data).toBe(join(folder, 'there'));
    expect(settings({ GATESCOPE_DATA: '/srv/gatescope' }).data).toBe('/srv/gatescope');
  });
});

describe('the environment', () => {
  test('a nested setting has a variable, and one of its variables makes an optional section present', () => {
    expect(settings({ GATESCOPE_STORE_URL: 'http://db:8123', GATESCOPE_STORE_PASSWORD: 'x' }).store).toEqual({
      url: 'http://db:8123',
      username: 'default',
      password: 'x',
      database: 'gatescope',
    });
    expect(problems({ GATESCOPE_STORE_PASSWORD: 'x' })).toEqual(['settings: store.url: is missing']);
  });

  test('a secret may come from a file, without its last line end', async () => {
    await writeFile(join(folder, 'token'), 'gs_secret\n');
    expect(settings({ GATESCOPE_ADMIN_TOKEN_FILE: 'token' }).adminToken).toBe('gs_secret');
    expect(problems({ GATESCOPE_ADMIN_TOKEN_FILE: 'none' })).toEqual([
      'GATESCOPE_ADMIN_TOKEN_FILE: adminToken: none: there is no such file',
    ]);
  });

  test('TLS files must be there, and may be named with or without _FILE', async () => {
    await writeFile(join(folder, 'cert.pem'), '');
    expect(problems({ GATESCOPE_TLS_CERT: 'cert.pem', GATESCOPE_TLS_KEY_FILE: 'key.pem' })).toEqual([
      'GATESCOPE_TLS_KEY_FILE: tls.key: there is no file key.pem',
    ]);
    expect(problems({ GATESCOPE_TLS_CERT: 'cert.pem' })).toEqual(['settings: tls.key: is missing']);
  });

  test('a list is parted by commas', () => {
    expect(settings({ GATESCOPE_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }).trustedProxies).toEqual([
      '10.0.0.0/8',
      '::1',
    ]);
  });

  test('an unknown variable names the nearest one', () => {
    expect(problems({ GATESCOPE_PROT: '1' })).toEqual([
      'GATESCOPE_PROT: is not a setting; did you mean GATESCOPE_PORT?',
    ]);
  });

  test('what Kubernetes sets for a Service of that name is passed over, or explained where it is in the way', () => {
    expect(
      problems({ GATESCOPE_SERVICE_HOST: '10.0.0.1', GATESCOPE_PORT_4900_TCP: 'tcp://10.0.0.1' }),
    ).toEqual([]);
    expect(problems({ GATESCOPE_PORT: 'tcp://10.0.0.1:4900' })[0]).toContain('enableServiceLinks: false');
  });
});

describe('mistakes', () => {
  test('each is named with file, line, path and reason, all at once', async () => {
    await yaml(
      [
        'port: 99999',
        'hots: 0.0.0.0',
        'journal:',
        '  retention: 24',
        '  maxShare: 300%',
        'log: loud',
        'receivers:',
        '  files:',
        '    - path: a.log',
        '      tenant: [a]',
        '    - tenant: Nobody',
      ].join('\n'),
    );
    expect(problems()).toEqual([
      'gatescope.yaml:2: hots: is not a setting; did you mean host?',
      'gatescope.yaml:1: port: must be <= 65535, not 99999',
      'gatescope.yaml:4: journal.retention: must be a duration such as 30s, 15m, 24h or 30d, not 24',
      'gatescope.yaml:5: journal.maxShare: must be a share such as 20% or 0.2, not 300%',
      'gatescope.yaml:10: receivers.files[0].tenant: must be string, not a',
      'gatescope.yaml:11: receivers.files[1].path: is missing',
      'gatescope.yaml:11: receivers.files[1].tenant: must match pattern "^[a-z0-9][a-z0-9-]{0,62}$", not Nobody',
      'gatescope.yaml:6: log: must be a mapping of names to values',
    ]);
  });

  test('a file that is not YAML is named with the line', async () => {
    await yaml('port: 1\nlog: {level: debug\nhost: x');
    expect(problems()[0]).toMatch(/^gatescope\.yaml:\d+: /);
    await yaml('port: 1\nport: 2\n');
    expect(problems()).toEqual(['gatescope.yaml:2: Map keys must be unique']);
  });

  test('mistakes in the redaction of a tenant are named', async () => {
    await yaml(
      [
        'redaction:',
        '  fields: [x-door-code]',
        '  tenants:',
        '    - tenant: acme',
        '      fields: [iban, request.headers.x-door]',
        '      personal: redact',
        '    - tenant: Globex',
        '      personal: maybe',
        '      field: [a]',
        '    - personal: keep',
      ].join('\n'),
    );
    expect(problems()).toEqual([
      'gatescope.yaml:9: redaction.tenants[1].field: is not a setting; did you mean fields?',
      'gatescope.yaml:7: redaction.tenants[1].tenant: must match pattern "^[a-z0-9][a-z0-9-]{0,62}$", not Globex',
      'gatescope.yaml:8: redaction.tenants[1].personal: must be one of keep, redact, not maybe',
      'gatescope.yaml:10: redaction.tenants[2].tenant: is missing',
    ]);
  });

  test('a file that is a list or a word is refused', async () => {
    await yaml('- port: 1');
    expect(problems()).toEqual(['gatescope.yaml:1: must be a mapping of names to values']);
  });

  test('the value of a secret is never shown', async () => {
    await yaml('adminToken: 12345678\nstore:\n  url: http://db\n  password: [hunter2]\n');
    expect(problems()).toEqual([
      'gatescope.yaml:1: adminToken: must be string',
      'gatescope.yaml:4: store.password: must be string',
    ]);
  });

  test('a secret of the file may come from a file beside it, which is named when it is not there', async () => {
    await writeFile(join(folder, 'key'), 'hunter2\n');
    const controller = [
      'openziti:',
      '  controllers:',
      '    - url: https://ctrl:1280',
      '      username: gatescope',
    ];
    await yaml(
      [...controller, '      passwordFile: key', 'store:', '  url: http://db', '  passwordFile: key'].join(
        '\n',
      ),
    );
    expect(settings()).toMatchObject({
      openziti: { controllers: [{ tenant: 'default', password: 'hunter2', interval: 600e6 }] },
      store: { password: 'hunter2' },
    });
    await yaml([...controller, '      passwordFile: none'].join('\n'));
    expect(problems()).toEqual([
      'gatescope.yaml:5: openziti.controllers[0].passwordFile: none: there is no such file',
    ]);
    await yaml(controller.join('\n'));
    expect(problems()).toEqual(['gatescope.yaml:3: openziti.controllers[0].password: is missing']);
  });

  test('an empty file is as good as none', async () => {
    await yaml('# nothing yet\n');
    expect(settings().port).toBe(4900);
  });
});

test('the reference page has a row for every setting', () => {
  const page = settingsReference();
  expect(page).toContain(
    '| `store.password` | string | `""` | Password. | `GATESCOPE_STORE_PASSWORD`, `GATESCOPE_STORE_PASSWORD_FILE` |',
  );
  expect(page).toContain('| `receivers.files[].path` | path |');
  expect(page).toContain('| `journal.retention` | duration | `24h` |');
});
