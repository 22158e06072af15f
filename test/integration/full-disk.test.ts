/** A disk that is full or read-only, on a real one (tmpfs); the long form is `npm run full-disk`. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTemplate, runTrial } from '../../bench/full-disk-trial.ts';
import { cannotMount, mountDisk, type SmallDisk } from '../../bench/small-disk.ts';
import { createRandom } from '../../src/sample/random.ts';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What a start that is refused says, and how it ends. */
async function refusal(data: string): Promise<{ code: unknown; said: string }> {
  const child = spawn(process.execPath, [main, 'serve'], {
    cwd: '/',
    env: { ...process.env, GATESCOPE_PORT: '0', GATESCOPE_DATA: data },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  return { code, said };
}

async function on<T>(size: number, work: (disk: SmallDisk) => Promise<T>): Promise<T> {
  const disk = await mountDisk(size);
  try {
    return await work(disk);
  } finally {
    await disk.remove();
  }
}

const missing = await cannotMount();

describe.skipIf(missing !== undefined)(
  `a disk with little room${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let folder: string;
    let made: Awaited<ReturnType<typeof makeTemplate>>;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'disk-template-'));
      made = await makeTemplate(folder);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it.each([
      [0, false, false],
      [0, false, true],
      [40 << 10, true, false],
      [1 << 20, true, false],
      [5 << 20, false, false],
    ])(
      'of %d bytes (kill -9 in the middle: %s, folder of an older version: %s) is started on, read, healed, and loses nothing',
      async (free, kills, older) => {
        const result = await runTrial({ ...made, free, kills, older, random: createRandom(free + 1) });
        expect(result.faults).toEqual([]);
      },
      240_000,
    );

    it('takes no first start, which would be left half made, and says how much is wanted', async () => {
      await on(2 << 20, async (disk) => {
        const data = join(disk.folder, 'data');
        const { code, said } = await refusal(data);
        expect([code, said]).toEqual([
          1,
          expect.stringMatching(/the disk of .*data is full.*free at least 4 MB/),
        ]);
        expect(said.trim().split('\n')).toHaveLength(1);
        // The lock and who took it, and nothing that a later start would take for a folder in use.
        expect((await readdir(data)).toSorted()).toEqual(['lock', 'lock-holder']);
      });
    });

    it('is not started on with another admin token, which cannot be kept: the earlier one would go on', async () => {
      await on(16 << 20, async (disk) => {
        const data = join(disk.folder, 'data');
        await cp(made.template, data, { recursive: true, verbatimSymlinks: true });
        await disk.leave(0);
        const { code, said } = await refusal(data);
        expect([code, said]).toEqual([
          1,
          expect.stringContaining(`${join(data, 'control.db')} cannot be written, as its disk is full`),
        ]);
      });
    });

    it('that is mounted read-only is named, with what to do', async () => {
      await on(16 << 20, async (disk) => {
        const data = join(disk.folder, 'data');
        await cp(made.template, data, { recursive: true, verbatimSymlinks: true });
        await promisify(execFile)('mount', ['-o', 'remount,ro', disk.folder]);
        const { code, said } = await refusal(data);
        expect([code, said]).toEqual([1, expect.stringContaining(`${data} cannot be written`)]);
        expect(said).toMatch(/mounted read-only.*GATESCOPE_DATA/);
      });
    });
  },
);
