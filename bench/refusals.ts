/**
 * Shows that nothing is lost or doubled while the server cannot take events and the senders have room: restarts and
 * kills, a full disk, failing writes. The last two need root (a small disk is mounted, a limit is set), and are skipped
 * without.
 *
 * Usage: npm run refusals -- [--restarts 100] [--rounds 6] [--rate 120] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { failingWritesTrial, fullDiskTrial, type OutageReport, restartTrial } from './outages.ts';

const { values } = parseArgs({
  options: {
    restarts: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '6' },
    rate: { type: 'string', default: '120' },
    buffer: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
  },
});
const load = { seed: Number(values.seed), rate: Number(values.rate), bufferSize: Number(values.buffer) };
const rounds = Number(values.rounds);
const isRoot = process.getuid?.() === 0;

const reports: OutageReport[] = [];
const show = (report: OutageReport): void => {
  reports.push(report);
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
};
if (Number(values.restarts) > 0) show(await restartTrial(Number(values.restarts), load));
if (rounds > 0 && isRoot) {
  show(await fullDiskTrial(rounds, load));
  show(await failingWritesTrial(rounds, load));
}
process.exit(reports.every(({ lost, doubled }) => lost + doubled === 0) ? 0 : 1);
