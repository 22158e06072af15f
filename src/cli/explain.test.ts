import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { objectsOf, runHere } from './here.fixture.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-explain-'));
});
afterEach(() => rm(folder, { recursive: true }));

const explain = async (input: string, ...options: string[]) => {
  const { code, stdout, stderr } = await runHere(['explain', '-', '-o', 'json', ...options], {
    folder,
    input,
  });
  return { code, stderr, records: objectsOf(stdout) };
};
const call = {
  '@id': '77',
  '@type': 'HealthCheckEvent',
  '@timestamp': 1_795_262_000_000,
  shoe: { size: 43 },
  url: 'https://h/p?access_token=geheim-1',
  headers: [
    { key: 'Host', value: 'h' },
    { key: 'Authorization', value: 'Digest geheim-2' },
  ],
};

describe('gatescope explain', () => {
  it('says what was recognised, how it is identified and which columns it fills', async () => {
    const { code, records } = await explain(JSON.stringify(call));
    expect(code).toBe(0);
    expect(records).toMatchObject([
      {
        line: 1,
        byte: 0,
        vocabulary: 'otoroshi',
        type: 'HealthCheckEvent',
        family: 'health',
        identity: '@id',
        id: '77',
        columns: { time: '2026-11-21T11:53:20.000Z' },
      },
    ]);
  });

  it('says which fields were unknown, and which secrets were redacted where and by which rule', async () => {
    const { records, stderr } = await explain(JSON.stringify(call));
    expect(records[0].unknown).toEqual(['shoe', 'headers']);
    expect(records[0].redacted).toEqual([
      { path: 'url', rule: 'query' },
      { path: 'headers[1].value', rule: 'pairs' },
    ]);
    expect(JSON.stringify(records)).not.toContain('geheim');
    expect(stderr).toBe('1 records, of which 0 would go to quarantine.\n');
  });

  it('looks for unknown fields inside objects that are described, and not in those that are not', async () => {
    const record = {
      access: { granted: true, colour: 'red' },
      request: {},
      timestamp: '2026-11-21T11:00:00Z',
    };
    const { records } = await explain(JSON.stringify(record));
    expect(records[0]).toMatchObject({ vocabulary: 'flowgenx', unknown: ['access.colour'] });
  });

  it('says why a record would be refused, at its line, and goes on with the next', async () => {
    const audit = '{"@type":"AuditEvent","@id":"1","password":"geheim-1"';
    const { code, records, stderr } = await explain(`{"a":1}\n\n${audit}\n{"b":2}\n`);
    expect(records.map(({ line, vocabulary }) => [line, vocabulary])).toEqual([
      [1, 'generic'],
      [3, undefined],
      [4, 'generic'],
    ]);
    expect(records[1]).toMatchObject({
      refused: { kind: 'unreadable', path: '', reason: expect.stringContaining('missing') },
      redacted: [{ rule: 'password' }],
    });
    expect([code, stderr]).toEqual([0, '3 records, of which 1 would go to quarantine.\n']);
    expect((await explain(audit, '--strict')).code).toBe(1);
  });

  it('reads the lines of an access log, whose fields have no paths', async () => {
    const line =
      '192.0.2.7 - ann [21/Nov/2026:10:30:45 +0000] "GET /a?token=geheim-1 HTTP/1.1" 200 6 "-" "App"';
    const { records } = await explain(line, '--vocabulary', 'nginx');
    expect(records).toMatchObject([
      {
        vocabulary: 'nginx',
        identity: 'where it was read',
        columns: { path: '/a?token=[redacted]', status: 200 },
        redacted: [{ path: '', rule: 'query' }],
      },
    ]);
  });

  it('reads a line that begins with a bracket as the line that it is', async () => {
    const line =
      '[2026-11-21T12:49:48.254Z] "GET /v1/orders?token=geheim HTTP/1.1" 200 - 0 1862 131 128 "203.0.113.24" "curl/8.11.1" "1f6fbd0e" "orders.acme.test" "10.0.3.7:8080"';
    const { code, records } = await explain(`${line}\n`);
    expect(code).toBe(0);
    expect(records).toMatchObject([{ vocabulary: 'envoy', type: 'access', columns: { status: 200 } }]);
    expect(JSON.stringify(records)).not.toContain('geheim');
  });

  it('takes an export of log records apart, as the server does', async () => {
    const list = '[{"timeUnixNano":"1795265388254118402"},{"timeUnixNano":"1795265389254118402"}]';
    const { records } = await explain(`{"resourceLogs":[{"scopeLogs":[{"logRecords":${list}}]}]}\n`);
    expect(records).toMatchObject([
      { type: 'log', line: 1, byte: 46, columns: { time: '2026-11-21T12:49:48.254Z' } },
      { type: 'log', line: 1, columns: { time: '2026-11-21T12:49:49.254Z' } },
    ]);
  });

  it('applies what the settings say for the tenant', async () => {
    await writeFile(
      join(folder, 'gatescope.yaml'),
      'redaction:\n  tenants:\n    - {tenant: acme, fields: [shoe.size], personal: redact}\n',
    );
    const forTenant = async (tenant: string) =>
      (await explain(JSON.stringify({ shoe: call.shoe, consumer: 'ana' }), '--tenant', tenant)).records[0];
    expect(await forTenant('acme')).toMatchObject({
      redacted: [
        { path: 'shoe.size', rule: 'fields' },
        { path: 'consumer', rule: 'personal' },
      ],
    });
    expect(await forTenant('globex')).toMatchObject({ redacted: [], columns: { consumer: 'ana' } });
  });

  it('reads compressed files, piece by piece, and counts lines through', async () => {
    const name = join(folder, 'events.ndjson.gz');
    await writeFile(name, gzipSync(`${`{"a":"${'x'.repeat(3_000)}"}\n`.repeat(3_000)}{"a":`));
    const { code, stdout, stderr } = await runHere(
      ['explain', name, '-o', 'table', '--vocabulary', 'generic'],
      {
        folder,
      },
    );
    expect(code).toBe(0);
    expect(stderr).toBe('3001 records, of which 1 would go to quarantine.\n');
    expect(stdout).toMatch(/line 3001: refused as unreadable: /);
  });

  it('writes for people what a record became', async () => {
    const { stdout } = await runHere(['explain', '-', '-o', 'table'], {
      input: JSON.stringify(call),
      folder,
    });
    expect(stdout).toBe(
      [
        'line 1: otoroshi HealthCheckEvent, identified by @id (77)\n',
        `  columns   ${stdout.match(/columns {3}(.*)/)?.[1]}\n`,
        '  unknown   shoe, headers\n',
        '  redacted  url (query), headers[1].value (pairs)\n',
      ].join(''),
    );
  });

  it('ends with 1 for a file that is not there, and with 2 for a vocabulary that is not', async () => {
    const absent = await runHere(['explain', join(folder, 'absent.json')], { folder });
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('absent.json: ENOENT')]);
    expect(await explain('{}', '--vocabulary', 'nginks')).toMatchObject({ code: 2 });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const pipe = await runHere(['explain', join(folder, 'pipe')], { folder });
    expect([pipe.code, pipe.stderr]).toEqual([
      1,
      expect.stringContaining('pipe: is a named pipe, not a file'),
    ]);
  });
});
