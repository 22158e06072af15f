import { expect, test } from 'vitest';
import { createLog, type LogOptions } from './log.ts';

const started = (options: Partial<LogOptions> = {}) => {
  let now = Date.UTC(2026, 0, 2, 3, 4, 5) * 1e3;
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log = createLog({ level: 'info', format: 'json', clock: () => now, write, ...options });
  return { log, lines, pass: (seconds: number) => (now += seconds * 1e6) };
};

test('a line is one JSON object with time, level, message and fields', () => {
  const { log, lines } = started();
  log.info('listening', { port: 4900, hosts: ['a', 'b'] });
  expect(lines).toEqual([
    '{"time":"2026-01-02T03:04:05.000Z","level":"info","message":"listening","port":4900,"hosts":["a","b"]}\n',
  ]);
});

test('a person reads time, level, message and fields', () => {
  const { log, lines } = started({ format: 'pretty' });
  log.warn('disk is filling', { free: 0.08, folder: '/var/lib/data', note: 'two words' });
  expect(lines).toEqual([
    '03:04:05.000 warn  disk is filling free=0.08 folder=/var/lib/data note="two words"\n',
  ]);
});

test('what is below the level is not written', () => {
  const { log, lines } = started({ level: 'warn' });
  log.debug('a');
  log.info('b');
  log.error('c');
  expect(lines).toHaveLength(1);
});

test('secrets are hidden, by their name and by their form', () => {
  for (const format of ['json', 'pretty'] as const) {
    const { log, lines } = started({ format });
    log.info('sent with Bearer abcdefgh12345678', {
      password: 'hunter2',
      headers: { Authorization: 'Basic aHVudGVyMg==', cookie: 'hunter2', 'x-api-key': 'hunter2' },
      note: 'the token gs_0123456789abcdefghij was refused',
      url: 'http://user:hunter2@db:8123/',
      error: new Error('401 for Bearer hunter2hunter2'),
      tokens: 3,
    });
    const text = lines.join('');
    for (const secret of ['hunter2', 'aHVudGVyMg', '0123456789abcdef', 'abcdefgh12345678'])
      expect(text).not.toContain(secret);
    expect(text).toMatch(/"?tokens"?[:=]3/);
    expect(text).toContain('@db:8123');
  }
});

test('an error shows its message, code, stack and cause', () => {
  const { log, lines } = started();
  const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  log.error('the store is away', { error: new Error('no answer', { cause }) });
  expect(JSON.parse(lines[0] ?? '').error).toMatchObject({
    message: 'no answer',
    stack: expect.stringContaining('log.test.ts'),
    cause: { message: 'refused', code: 'ECONNREFUSED' },
  });
});

test('a line is bounded, however much it is given, and stays JSON', () => {
  const { log, lines } = started();
  const deep: Record<string, unknown> = {};
  deep.self = deep;
  log.info('deep', { deep, big: 1n, bytes: Buffer.alloc(1e6) });
  log.info('long', {
    fields: Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [i, 'x'.repeat(1e4)])),
  });
  log.info('y'.repeat(1e6));
  for (const line of lines) {
    expect(line.length).toBeLessThan(9_000);
    expect(JSON.parse(line).level).toBe('info');
  }
  expect(lines).toHaveLength(3);
});

test('of the same message ten are written in ten seconds, then how many were not', () => {
  const { log, lines, pass } = started();
  for (let i = 0; i < 50; i++) log.warn('retrying', { i });
  log.warn('something else');
  expect(lines).toHaveLength(11);
  pass(10);
  log.warn('retrying');
  expect(JSON.parse(lines[11] ?? '')).toMatchObject({ message: 'retrying', withheld: 40 });
});
