/** The contract of the engine process: what it must do for the unmodified client, and what it must survive. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ClickHouseError, createClient } from '@clickhouse/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Log } from '../../core/ports.ts';
import { openStoreClient, type StoreClient } from './client.ts';
import { type Engine, startEngine } from './engine.ts';

const silent: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const clock = () => Date.now() * 1000;
const endless = 'SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 3';

let folder: string;
let engine: Engine;
let client: StoreClient;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'engine-'));
  engine = await startEngine({ folder, log: silent, clock });
  client = openStoreClient({ ...engine, database: 'default' });
  await client.command({ query: 'CREATE DATABASE gatescope ENGINE = Atomic' });
});

afterAll(async () => {
  await client?.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

const rows = async <T>(query: string, more: object = {}): Promise<T[]> =>
  (await client.query({ query, format: 'JSONEachRow', ...more })).json<T>();

const failure = async (deed: Promise<unknown>): Promise<ClickHouseError> => {
  const error = await deed.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ClickHouseError);
  return error as ClickHouseError;
};

describe('the client', () => {
  beforeEach(async () => {
    await client.command({
      query: 'CREATE OR REPLACE TABLE gatescope.t (a UInt64, b String) ENGINE = MergeTree ORDER BY a',
    });
  });

  test('pings, with and without a question', async () => {
    expect(await client.ping()).toEqual({ success: true });
    expect(await client.ping({ select: true })).toEqual({ success: true });
    expect(await engine.ready()).toBe(true);
  });

  test('inserts arrays, streams and prepared text', async () => {
    await client.insert({ table: 'gatescope.t', values: [{ a: 1, b: 'x' }], format: 'JSONEachRow' });
    const stream = Readable.from([
      [2, 'y'],
      [3, 'z'],
    ]);
    await client.insert({ table: 'gatescope.t', values: stream, format: 'JSONCompactEachRow' });
    const prepared = await client.exec({
      query: 'INSERT INTO gatescope.t FORMAT TabSeparated',
      values: Readable.from([Buffer.from('4\ttab\\tand\\nline\n5\té\n')]),
    });
    expect(await text(prepared.stream)).toBe('');
    expect(prepared.summary?.written_rows).toBe('2');
    expect(await rows('SELECT * FROM gatescope.t ORDER BY a')).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
      { a: 3, b: 'z' },
      { a: 4, b: 'tab\tand\nline' },
      { a: 5, b: 'é' },
    ]);
  });

  test('inserts what a SELECT gives', async () => {
    await client.command({ query: "INSERT INTO gatescope.t SELECT number, 'n' FROM numbers(10)" });
    expect(await rows('SELECT count() AS n FROM gatescope.t')).toEqual([{ n: 10 }]);
  });

  test('binds parameters of every kind without touching them', async () => {
    const values = {
      quotes: `it's "quoted" \\ and \\n and \t`,
      lines: 'one\ntwo\r\n',
      nul: 'a\0b',
      emoji: '🦊é',
      number: 42,
      none: null,
      list: Array.from({ length: 20_000 }, (_, index) => `item '${index}'`),
      time: new Date('2026-01-02T03:04:05.678Z'),
    };
    const [row] = await rows<Record<string, unknown>>(
      `SELECT {quotes:String} AS quotes, {lines:String} AS lines, {nul:String} AS nul, {emoji:String} AS emoji,
        {number:UInt32} AS number, {none:Nullable(String)} AS none, length({list:Array(String)}) AS list,
        {list:Array(String)}[20000] AS last, toString({time:DateTime64(3, 'UTC')}) AS time`,
      { query_params: values },
    );
    expect(row).toEqual({
      quotes: values.quotes,
      lines: values.lines,
      nul: values.nul,
      emoji: values.emoji,
      number: 42,
      none: null,
      list: 20_000,
      last: "item '19999'",
      time: '2026-01-02 03:04:05.678',
    });
  });

  test('keeps parameters of simultaneous queries apart', async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        rows<{ v: string }>('SELECT {v:String} AS v, sleep(0.01)', { query_params: { v: `v${index}` } }),
      ),
    );
    expect(answers.map((answer) => answer[0]?.v)).toEqual(
      Array.from({ length: 60 }, (_, index) => `v${index}`),
    );
  });

  test('reads whole documents and streams alike', async () => {
    const whole = await client.query({ query: 'SELECT number AS n FROM numbers(3)', format: 'JSON' });
    expect((await whole.json<{ n: number }>()).data).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
    for (const wait of [0, 1] as const) {
      const result = await client.query({
        query: 'SELECT number AS n FROM numbers(300000)',
        format: 'JSONEachRow',
        clickhouse_settings: { wait_end_of_query: wait },
      });
      let sum = 0;
      for await (const piece of result.stream<{ n: number }>()) {
        for (const row of piece) sum += row.json().n;
      }
      expect(sum).toBe((299_999 * 300_000) / 2);
    }
  });

  test.each(['TabSeparated', 'TabSeparatedWithNames', 'CSV', 'CSVWithNames', 'JSONCompact'] as const)(
    'reads %s with one header at most',
    async (format) => {
      const result = await client.query({
        query: 'SELECT number AS n FROM numbers(200000)',
        format,
        clickhouse_settings: { wait_end_of_query: 0 },
      });
      const answer = await result.text();
      expect(answer.split('\n').filter((line) => line.includes('n')).length).toBeLessThanOrEqual(2);
      expect(answer).toContain('199999');
    },
  );

  test('gets the code of an error before the first row', async () => {
    expect((await failure(rows('SELECT nope'))).code).toBe('47');
    expect((await failure(rows('SELECT * FROM gatescope.nope'))).code).toBe('60');
    expect((await failure(rows('SELEC'))).code).toBe('62');
    expect((await failure(rows('SELECT 1', { clickhouse_settings: { no_such: 1 } }))).code).toBe('115');
  });

  test('gets the error in the middle of a stream', async () => {
    const result = await client.query({
      query: "SELECT throwIf(number = 2000000, 'far too many') AS n FROM numbers(3000000)",
      format: 'JSONEachRow',
      clickhouse_settings: { wait_end_of_query: 0, max_threads: 1 },
    });
    await expect(async () => {
      for await (const piece of result.stream()) expect(piece.length).toBeGreaterThan(0);
    }).rejects.toThrow(/far too many/);
  });

  test('is held to its limits', async () => {
    const limited = async (query: string, settings: object) =>
      (await failure(rows(query, { clickhouse_settings: settings }))).code;
    expect(await limited(endless, { max_execution_time: 1 })).toBe('159');
    expect(
      await limited('SELECT groupArray(toString(number)) FROM numbers(10000000)', {
        max_memory_usage: '50000000',
      }),
    ).toBe('241');
    expect(
      await limited('SELECT number FROM numbers(100)', {
        max_result_rows: '10',
        result_overflow_mode: 'throw',
      }),
    ).toBe('396');
    expect(await limited("INSERT INTO gatescope.t SELECT 1, ''", { readonly: '1' })).toBe('164');
    expect(await limited("SELECT * FROM file('/etc/passwd', 'LineAsString')", { readonly: '1' })).toBe('164');
    expect(await engine.ready()).toBe(true);
  });

  test('may compress what it sends', async () => {
    const answer = await fetch(
      `${engine.url}/?query=${encodeURIComponent('INSERT INTO gatescope.t FORMAT TabSeparated')}`,
      {
        method: 'POST',
        headers: {
          'X-ClickHouse-User': engine.username,
          'X-ClickHouse-Key': engine.password,
          'Content-Encoding': 'gzip',
        },
        body: gzipSync('1\tzipped\n'),
      },
    );
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    const compressing = createClient({ ...engine, compression: { request: true, response: true } });
    await compressing.insert({ table: 'gatescope.t', values: [{ a: 2, b: 'x' }], format: 'JSONEachRow' });
    const result = await compressing.query({ query: 'SELECT a FROM gatescope.t ORDER BY a', format: 'CSV' });
    expect(await result.text()).toBe('1\n2\n');
    await compressing.close();
  });

  test('is refused without the password', async () => {
    const stranger = openStoreClient({ ...engine, password: 'guess' });
    expect((await failure(stranger.query({ query: 'SELECT 1' }))).code).toBe('516');
    await stranger.close();
  });

  test('leaves nothing running when it goes away', async () => {
    const leave = new AbortController();
    const asked = client.query({ query: endless, abort_signal: leave.signal });
    const running = async (): Promise<number> =>
      (await rows("SELECT 1 FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(%'")).length;
    while ((await running()) === 0) await sleep(10);
    leave.abort();
    await expect(asked).rejects.toThrow();
    while ((await running()) > 0) await sleep(10);
    expect(await running()).toBe(0);
  });

  test('leaves no row when it dies in the middle of an insert, and its neighbours alone', async () => {
    const dying = async (): Promise<void> => {
      // Its error is that of the insert, or of nobody when it comes before the insert has begun to read.
      const broken = new Readable({ read() {} }).on('error', () => {});
      broken.push('1\tfirst\n');
      setTimeout(() => broken.destroy(new Error('gone')), 20 + 50 * Math.random());
      await expect(
        client.exec({ query: 'INSERT INTO gatescope.t FORMAT TabSeparated', values: broken }),
      ).rejects.toThrow();
    };
    const living = (a: number) =>
      client.insert({ table: 'gatescope.t', values: [{ a, b: 'x' }], format: 'JSONEachRow' });
    await Promise.all(Array.from({ length: 30 }, (_, index) => (index % 3 === 0 ? living(index) : dying())));
    expect(await rows('SELECT count() AS n, uniqExact(a) AS a FROM gatescope.t')).toEqual([{ n: 10, a: 10 }]);
  });

  test('lets go of the rows of an insert, whatever became of it', async () => {
    const held = async (): Promise<string[]> => {
      const open = `/proc/${engine.pid}/fd`;
      const names = await Promise.all(
        (await readdir(open)).map((name) => readlink(join(open, name)).catch(() => '')),
      );
      return names.filter((name) => name.includes('incoming-'));
    };
    const insert = (values: string) =>
      client.exec({
        query: 'INSERT INTO gatescope.t FORMAT TabSeparated',
        values: Readable.from([values], { objectMode: false }),
      });
    await insert('1\tfirst\n');
    await expect(insert('one\tfirst\n')).rejects.toThrow('Cannot parse');
    await expect(insert('')).resolves.toBeDefined();
    await vi.waitFor(async () => expect(await held()).toEqual([]));
  });

  test('inserts and asks for readiness beside four endless queries', async () => {
    const leave = new AbortController();
    const asked = Promise.allSettled(
      Array.from({ length: 4 }, () => client.query({ query: endless, abort_signal: leave.signal })),
    );
    for (let index = 0; index < 20; index++) {
      await client.insert({ table: 'gatescope.t', values: [{ a: index, b: '' }], format: 'JSONEachRow' });
      expect(await engine.ready()).toBe(true);
    }
    expect(await rows('SELECT count() AS n FROM gatescope.t')).toEqual([{ n: 20 }]);
    leave.abort();
    await asked;
  });

  test('is told of readiness while every place is taken', async () => {
    const leave = new AbortController();
    const asked = Promise.allSettled(
      Array.from({ length: 12 }, () => client.query({ query: endless, abort_signal: leave.signal })),
    );
    await sleep(300);
    expect(await engine.ready()).toBe(true);
    leave.abort();
    await asked;
    expect(await rows('SELECT 2 AS n')).toEqual([{ n: 2 }]);
  });
});

describe('the process', () => {
  test('stays small when idle', async () => {
    const other = await mkdtemp(join(tmpdir(), 'engine-'));
    const idle = await startEngine({ folder: other, log: silent, clock });
    const status = await readFile(`/proc/${idle.pid}/status`, 'utf8').catch(() => undefined);
    await idle.stop();
    await rm(other, { recursive: true, force: true });
    // Only Linux tells.
    const resident = Number(/VmRSS:\s+(\d+)/.exec(status ?? 'VmRSS: 1')?.[1]);
    expect(resident).toBeGreaterThan(0);
    expect(resident).toBeLessThan(350 * 1024);
  });

  test('refuses a second process on its folder and says why', async () => {
    await expect(startEngine({ folder, log: silent, clock })).rejects.toThrow(
      /Another process already uses the data folder/,
    );
    expect(await engine.ready()).toBe(true);
  });

  test('is started again on the same port after kill -9, with its data, for old clients', async () => {
    await client.command({ query: 'CREATE OR REPLACE TABLE gatescope.k (a UInt64) ORDER BY a' });
    await client.insert({ table: 'gatescope.k', values: [{ a: 1 }], format: 'JSONEachRow' });
    const before = engine.restarts;
    const again = new Promise<void>((resolve) => {
      const off = engine.onRestart(() => {
        off();
        resolve();
      });
    });
    process.kill(engine.pid as number, 'SIGKILL');
    await again;
    expect(engine.restarts).toBe(before + 1);
    expect(await engine.ready()).toBe(true);
    expect(await rows('SELECT a FROM gatescope.k')).toEqual([{ a: 1 }]);
  });

  test('ends with its parent and leaves the folder to the next', async () => {
    const other = await mkdtemp(join(tmpdir(), 'engine-'));
    const program = `
      import { startEngine } from ${JSON.stringify(fileURLToPath(new URL('./engine.ts', import.meta.url)))};
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const engine = await startEngine({ folder: ${JSON.stringify(other)}, log, clock: () => Date.now() * 1000 });
      console.log(engine.pid);
    `;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = await Promise.all([
      new Promise<string>((resolve) => parent.stdout.once('data', (data: Buffer) => resolve(String(data)))),
    ]);
    expect(Number(first)).toBeGreaterThan(0);
    parent.kill('SIGKILL');
    const next = await startEngine({ folder: other, log: silent, clock });
    expect(await next.ready()).toBe(true);
    await next.stop();
    await rm(other, { recursive: true, force: true });
  });

  test('finishes what runs before it stops', async () => {
    const other = await mkdtemp(join(tmpdir(), 'engine-'));
    const stopping = await startEngine({ folder: other, log: silent, clock });
    const asking = openStoreClient({ ...stopping, database: 'default' });
    const asked = asking.query({ query: 'SELECT sleep(1) AS n', format: 'JSONEachRow' });
    await sleep(200);
    await stopping.stop();
    expect(await (await asked).json()).toEqual([{ n: 0 }]);
    expect(await stopping.ready()).toBe(false);
    await asking.close();
    await rm(other, { recursive: true, force: true });
  });
});
