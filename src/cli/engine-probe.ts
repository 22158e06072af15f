/** Whether the embedded engine loads on this machine: asked in a process of its own, which a crash would end alone. */
import { execFile } from 'node:child_process';

const question = `require('chdb')`;
const timeout = 60_000;

/** Why it does not, or undefined when it does. */
export const probeEngine = (): Promise<string | undefined> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--input-type=commonjs', '-e', question],
      { cwd: import.meta.dirname, timeout },
      (error, _stdout, stderr) => {
        if (error === null) return resolve(undefined);
        const said = stderr.split('\n').find((line) => /error/i.test(line));
        resolve(said ?? (error.killed === true ? 'the engine did not load in time' : error.message));
      },
    );
  });
