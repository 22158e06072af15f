/** A process that runs retention over a folder and kills itself at a step: `retention-kill.fixture.ts FOLDER STEP`. */
import { join } from 'node:path';
import { openStoreClient } from './engine/client.ts';
import { startEngine } from './engine/engine.ts';
import { openTestAccess, silent, testParts } from './retention.fixture.ts';
import { dropOld } from './retention.ts';

const [folder = '', step = ''] = process.argv.slice(2);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('It is still alive.');
};
const engine = await startEngine({
  folder: join(folder, 'store'),
  log: silent,
  clock: () => Date.now() * 1000,
});
const access = await openTestAccess(folder);
const { drops } = access;
let dropped = 0;
await dropOld(
  testParts(
    openStoreClient(engine),
    access,
    {},
    {
      beforeDrop: async () => {
        if (step === 'noted' && dropped === 1) die();
        return async () => {};
      },
      drops: {
        ...drops,
        end: async (drop, remaining) => {
          dropped += 1;
          if (step === 'dropped' && dropped === 2) die();
          await drops.end(drop, remaining);
          if (step === 'counted' && dropped === 2) die();
        },
      },
    },
  ),
);
throw new Error(`It came to an end, not to the step ${step}.`);
