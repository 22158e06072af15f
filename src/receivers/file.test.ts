import { execFileSync } from 'node:child_process';
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Accept } from '../core/ingest.ts';
import type { Log } from '../core/ports.ts';
import { openDoor, quiet, type TestDoor } from './door.fixture.ts';
import { type FileSource, startFileReceivers } from './file.ts';

let folder: string;
let door: TestDoor;
let receivers: ReturnType<typeof startFileReceivers>;
const log = () => join(folder, 'access.json');

/** Follows `path`, with a stand-in for the main street where one is given. */
function follow(path = log(), more: { accept?: Accept; quiet?: number; log?: Log } = {}): void {
  const files: FileSource[] = [{ path, tenant: 'default' }];
  receivers = startFileReceivers({
    ...door,
    files,
    log: quiet,
    sourcePosition: (key) => door.journal.sourcePosition(key),
    every: 10,
    quiet: 60,
    again: 10,
    ...more,
  });
}
/** What the records say, in the order of the journal, once there are `count`. */
async function words(count: number): Promise<string[]> {
  await vi.waitFor(() => expect(door.journal.end).toBeGreaterThanOrEqual(count), {
    timeout: 20_000,
    interval: 5,
  });
  return (await door.events()).map((event) => JSON.parse(event.raw).word);
}
const line = (word: string | number): string => `${JSON.stringify({ word: `${word}` })}\n`;
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, index) => `${from + index}`);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gatescope-tail-'));
  door = await openDoor();
});
afterEach(async () => {
  await receivers.stop();
  await door.close();
  await rm(folder, { recursive: true, force: true });
});

/** Ends the program and starts it again over the same journal. */
async function restart(whileDown: () => Promise<void>): Promise<void> {
  await receivers.stop();
  await door.close(true);
  await whileDown();
  door = await openDoor({}, door.folder);
}

describe('a followed file', () => {
  it('is read from its beginning, then as it grows', async () => {
    await writeFile(log(), line('a') + line('b'));
    follow();
    expect(await words(2)).toEqual(['a', 'b']);
    await appendFile(log(), line('c'));
    expect(await words(3)).toEqual(['a', 'b', 'c']);
  });

  it('is named in the log once when it has events that are past their retention', async () => {
    const said: string[] = [];
    const pastRetention = [
      { retention: 'default', because: 'age', count: 1, before: 9, oldest: 1, reason: 'older than 400 days' },
    ] as const;
    const accept: Accept = async (payload) => {
      const taken = await door.accept(payload);
      return taken.ok ? { ok: true, value: { ...taken.value, pastRetention } } : taken;
    };
    await writeFile(log(), line('a'));
    follow(log(), { accept, log: { ...quiet, warn: (message) => said.push(message) } });
    await words(1);
    await appendFile(log(), line('b'));
    await words(2);
    await vi.waitFor(() => expect(said).toEqual(['A file has events that are older than 400 days.']));
  });

  it('may be missing at first', async () => {
    follow();
    await writeFile(log(), line('late'));
    expect(await words(1)).toEqual(['late']);
  });

  it('tells equal lines apart by their place', async () => {
    await writeFile(log(), line('same') + line('same'));
    follow();
    expect(await words(2)).toEqual(['same', 'same']);
    const ids = (await door.events()).map((event) => event.id);
    expect(ids).toEqual([`file:${log()}:0`, `file:${log()}:16`]);
  });

  it('gives each log record of an export that is one line, once', async () => {
    const list = '[{"word":"a"},{"word":"b"}]';
    await writeFile(log(), `{"resourceLogs":[{"scopeLogs":[{"logRecords":${list}}]}]}\n${line('c')}`);
    follow();
    await vi.waitFor(() => expect(door.journal.end).toBe(3), { timeout: 20_000, interval: 5 });
    const events = await door.events();
    expect(events.map(({ raw }) => /"word":"(\w)"/g.exec(raw)?.[1])).toEqual(['a', 'b', 'c']);
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
  });

  it('waits for the rest of a line that is written in two goes', async () => {
    await writeFile(log(), '');
    follow(log(), { quiet: 60_000 });
    await appendFile(log(), '{"word":');
    await appendFile(log(), `"whole"}`);
    await appendFile(log(), `\n${line('next')}`);
    expect(await words(2)).toEqual(['whole', 'next']);
    expect(await door.reasons()).toEqual([]);
  });

  it('gives a last line without its end after a quiet time, and once only when the end comes', async () => {
    await writeFile(log(), line('a') + line('last').trimEnd());
    follow();
    expect(await words(2)).toEqual(['a', 'last']);
    await appendFile(log(), `\n${line('next')}`);
    expect(await words(3)).toEqual(['a', 'last', 'next']);
    expect(await door.reasons()).toEqual([]);
  });

  it('is read to its end when it is renamed, then the new one from its beginning', async () => {
    await writeFile(log(), line('1'));
    follow();
    await words(1);
    await rename(log(), `${log()}.1`);
    // Its writer has not noticed yet.
    await appendFile(`${log()}.1`, line('2') + line('3').trimEnd());
    await writeFile(log(), line('4'));
    expect(await words(4)).toEqual(['1', '2', '3', '4']);
    await appendFile(log(), line('5'));
    expect(await words(5)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('is read from its beginning when it is copied and emptied', async () => {
    await writeFile(log(), line('old 1') + line('old 2'));
    follow();
    await words(2);
    await copyFile(log(), `${log()}.1`);
    await truncate(log(), 0);
    await appendFile(log(), line('new'));
    expect(await words(3)).toEqual(['old 1', 'old 2', 'new']);
    const ids = (await door.events()).map((event) => event.id);
    expect(new Set(ids).size).toBe(3);
  });

  it('is read from its beginning when it is emptied and grows past its old size at once', async () => {
    await writeFile(log(), line('a'));
    follow();
    await words(1);
    await writeFile(log(), numbers(0, 10).map(line).join(''));
    expect(await words(11)).toEqual(['a', ...numbers(0, 10)]);
  });

  it('gives what it can of a line without end, and goes on behind it', async () => {
    await writeFile(log(), `${line('a')}${'x'.repeat(11_000_000)}\n${line('b')}`);
    follow();
    expect(await words(2)).toEqual(['a', 'b']);
    expect(await door.reasons()).toEqual(['too-large']);
  });

  it('is read whole though it is many pieces long', async () => {
    const all = numbers(0, 10_000);
    await writeFile(log(), all.map((word) => line(`${word} ${'-'.repeat(300)}`)).join(''));
    follow();
    const read = await words(all.length);
    expect(read.map((word) => word.split(' ')[0])).toEqual(all);
  });

  it('is tried again when the main street refuses a piece', async () => {
    await writeFile(log(), line('a') + line('b'));
    let refusals = 3;
    follow(log(), {
      accept: async (payload) => {
        refusals -= 1;
        if (refusals >= 0) return { ok: false, error: { status: 503, reason: 'full' } };
        return door.accept(payload);
      },
    });
    expect(await words(2)).toEqual(['a', 'b']);
  });

  it('is read in smaller pieces when one has too many records', async () => {
    await door.close();
    door = await openDoor({ records: 200 });
    await writeFile(log(), numbers(0, 1000).map(line).join(''));
    follow();
    expect(await words(1000)).toEqual(numbers(0, 1000));
  });
});

describe('after a restart a followed file', () => {
  it('goes on where the journal says', async () => {
    await writeFile(log(), line('1') + line('2'));
    follow();
    await words(2);
    await restart(() => appendFile(log(), line('3')));
    follow();
    expect(await words(3)).toEqual(['1', '2', '3']);
  });

  it('is read to its end under its new name when it was renamed meanwhile', async () => {
    await writeFile(log(), line('1'));
    follow();
    await words(1);
    await restart(async () => {
      await appendFile(log(), line('2'));
      await rename(log(), `${log()}.1`);
      await writeFile(log(), line('3'));
    });
    follow();
    expect(await words(3)).toEqual(['1', '2', '3']);
  });

  it('is read from its beginning when it was emptied meanwhile', async () => {
    await writeFile(log(), line('1') + line('2'));
    follow();
    await words(2);
    await restart(() => writeFile(log(), line('3')));
    follow();
    expect(await words(3)).toEqual(['1', '2', '3']);
  });
});

describe('a pattern', () => {
  it('finds files as they appear', async () => {
    await writeFile(join(folder, 'a.json'), line('a'));
    follow(join(folder, '*.json'));
    await words(1);
    await writeFile(join(folder, 'b.json'), line('b'));
    await writeFile(join(folder, 'c.txt'), line('c'));
    expect(await words(2)).toEqual(['a', 'b']);
  });

  it('does not read a file again that was renamed to a name which fits, nor after a restart', async () => {
    const events = join(folder, 'events.json');
    await writeFile(events, line('1'));
    follow(join(folder, 'events*.json'));
    await words(1);
    await rename(events, join(folder, 'events-2026-11-21.json'));
    await writeFile(events, line('2'));
    await words(2);
    await appendFile(events, line('3'));
    expect(await words(3)).toEqual(['1', '2', '3']);
    await restart(() => appendFile(events, line('4')));
    follow(join(folder, 'events*.json'));
    expect(await words(4)).toEqual(['1', '2', '3', '4']);
  });
});

describe('what is no file', () => {
  const pipe = (name: string) => execFileSync('mkfifo', [join(folder, name)]);
  const said: string[] = [];
  const note = (message: string, fields?: object) => said.push(`${message} ${JSON.stringify(fields)}`);
  const noting: Log = { ...quiet, warn: note, error: note };
  const about = (name: string) => said.filter((text) => text.includes(JSON.stringify(join(folder, name))));
  beforeEach(() => said.splice(0));

  it('is passed over where a pattern matches it, and named once', async () => {
    for (const name of ['a.json', 'b.json', 'c.json', 'd.json', 'e.json']) pipe(name);
    await mkdir(join(folder, 'folder.json'));
    await symlink('/dev/zero', join(folder, 'device.json'));
    await symlink(join(folder, 'a.json'), join(folder, 'link.json'));
    const socket = createServer().listen(join(folder, 'socket.json'));
    await writeFile(join(folder, 'file.json'), line('a'));
    follow(join(folder, '*.json'), { log: noting });
    expect(await words(1)).toEqual(['a']);
    await appendFile(join(folder, 'file.json'), line('b'));
    expect(await words(2)).toEqual(['a', 'b']);
    const others = ['a', 'b', 'c', 'd', 'e', 'folder', 'device', 'link', 'socket'];
    await vi.waitFor(() =>
      expect(others.map((name) => about(`${name}.json`).length)).toEqual(others.map(() => 1)),
    );
    expect(said.length).toBe(others.length);
    socket.close();
  });

  it('is passed over where it is named, and read once it is a file', async () => {
    pipe('access.json');
    follow(log(), { log: noting });
    await vi.waitFor(() => expect(about('access.json').join()).toContain('is a named pipe, not a file'));
    await rm(log());
    await writeFile(log(), line('a'));
    expect(await words(1)).toEqual(['a']);
    expect(said.length).toBe(1);
  });

  it('may take the place of a file that is read, which is read on', async () => {
    await writeFile(log(), line('a'));
    follow(log(), { log: noting });
    expect(await words(1)).toEqual(['a']);
    await rename(log(), join(folder, 'moved'));
    pipe('access.json');
    await appendFile(join(folder, 'moved'), line('b'));
    expect(await words(2)).toEqual(['a', 'b']);
    await rm(log());
    await writeFile(log(), line('c'));
    expect(await words(3)).toEqual(['a', 'b', 'c']);
  });
});
