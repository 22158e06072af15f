/**
 * The oracle of the full disk: at each of 30 amounts of free space, with and without `kill -9` in the middle, a server on
 * a disk of 16 MB must start, answer questions, lose nothing that it acknowledged, and heal by itself.
 *
 * Usage: npm run full-disk [-- --seed 1 --at 0,40960]   (needs root, to mount a tmpfs)
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../src/sample/random.ts';
import { makeTemplate, runTrial, type TrialResult } from './full-disk-trial.ts';
import { cannotMount } from './small-disk.ts';

/** From nothing to above every threshold of a disk of 16 MB, in KB. */
const amounts = [
  0, 4, 8, 12, 16, 20, 24, 32, 36, 40, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 768, 1024, 1280, 1536,
  1792, 2048, 3072, 4096, 5120, 8192,
].map((kilobytes) => kilobytes * 1024);

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, at: { type: 'string' } } });
const why = await cannotMount();
if (why !== undefined) {
  process.stderr.write(`Not run: ${why}.\n`);
  process.exit(2);
}
const random = createRandom(Number(values.seed));
const folder = await mkdtemp(join(tmpdir(), 'disk-template-'));
const results: TrialResult[] = [];
try {
  const made = await makeTemplate(folder);
  const trials = (values.at?.split(',').map(Number) ?? amounts).flatMap((free) =>
    [false, true].map((kills) => ({ ...made, free, kills, random })),
  );
  for (const trial of trials) {
    const result = await runTrial(trial);
    results.push(result);
    process.stderr.write(`${JSON.stringify(result)}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const sum = (of: (result: TrialResult) => number): number =>
  results.reduce((all, result) => all + of(result), 0);
const faults = results.flatMap(({ free, kills, faults: all }) =>
  all.map((fault) => ({ free, kills, fault })),
);
const verdict = {
  trials: results.length,
  starts: sum(({ starts }) => starts),
  acknowledged: sum(({ acknowledged }) => acknowledged),
  refused: sum(({ refused }) => refused),
  slowestHealing: Math.max(...results.map(({ healed }) => healed)),
  faults,
};
process.stdout.write(`${JSON.stringify(verdict, null, 2)}\n`);
process.exit(faults.length === 0 ? 0 : 1);
