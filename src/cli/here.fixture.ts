/** Commands that need no server, run in this process. */
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Ended } from './cli-process.ts';
import { run } from './run.ts';

/** Whoever asks a server fails. `input` is standard input; the clock stands at 2026-11-21 12:00 UTC. */
export async function runHere(
  args: readonly string[],
  { folder = '.', input = '' }: { readonly folder?: string; readonly input?: string } = {},
): Promise<Ended> {
  const [stdout, stderr, stdin] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  const [said, complained] = [text(stdout), text(stderr)];
  const code = await run(args, {
    environment: { variables: {}, folder },
    stdout,
    stderr,
    stdin,
    fetch: () => Promise.reject(new Error('this needs no server')),
    clock: () => 1_795_262_400_000_000,
    newId: () => 'id',
    user: 'test',
    version: '1.2.3',
    stopping: new AbortController().signal,
    startServer: () => Promise.reject(new Error('not in this test')),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await said, stderr: await complained };
}

/** The objects of NDJSON. */
export const objectsOf = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
