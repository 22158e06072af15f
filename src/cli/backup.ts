/** `gatescope backup`: a backup of the server that runs on this machine, and the check of one. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { BackupMade } from '../api/backups.ts';
import type { BackupProgress } from '../backup/backups.ts';
import { proveFolder } from '../backup/folder.ts';
import { verifyBackup } from '../backup/restore.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { addServer, createClient, failureOf, type ServerOptions } from './client.ts';
import { type CliContext, complain, type ExitCode, exit, type Failure } from './context.ts';
import { addOutput, type OutputOptions, printFacts } from './output.ts';
import { createProgress, type Progress } from './progress.ts';
import { readEvents } from './sse.ts';

interface Options extends ServerOptions, OutputOptions {
  readonly since?: string;
  readonly verify?: boolean;
}

const failed = (message: string) => fail<Failure>({ code: exit.failed, message });

/** Reads the progress that the server sends, until it is done. */
async function follow(context: CliContext, response: Response): Promise<Result<BackupMade, Failure>> {
  let progress: Progress | undefined;
  let shown = 0;
  try {
    for await (const { event, data } of readEvents(response.body as AsyncIterable<Uint8Array>)) {
      const message: unknown = JSON.parse(data);
      if (event === 'done') return ok(message as BackupMade);
      if (event === 'failed') return failed(`No backup was made: ${(message as { reason: string }).reason}.`);
      if (event === 'error') return failed(`No backup was made: ${(message as { detail: string }).detail}`);
      if (event !== 'progress') continue;
      const { files, bytes, totalBytes } = message as BackupProgress;
      progress ??= createProgress(context, totalBytes, 'files');
      progress.add(bytes - shown);
      progress.show('', files);
      shown = bytes;
    }
  } catch (error) {
    if (context.stopping.aborted) return failed('The backup was stopped, and nothing of it is left.');
    return failed(`The server broke off (${(error as Error).message}); no backup was made.`);
  } finally {
    progress?.stop();
  }
  return failed('The server broke off; no backup was made.');
}

async function make(context: CliContext, name: string, options: Options): Promise<ExitCode> {
  const { environment, stopping } = context;
  const folder = resolve(environment.folder, name);
  const proven = await proveFolder(folder, randomBytes(32).toString('base64url'));
  if (!proven.ok) return complain(context, { code: exit.failed, message: proven.error.reason });
  const { proof, withdraw } = proven.value;
  try {
    const client = createClient(context, options);
    const since = options.since === undefined ? {} : { since: resolve(environment.folder, options.since) };
    const json = { folder, proof, ...since };
    const answer = await client.call({ method: 'POST', path: '/api/backups', json, signal: stopping });
    if (!answer.ok) return complain(context, answer.error);
    if (!answer.value.ok) return complain(context, await failureOf(answer.value));
    const made = await follow(context, answer.value);
    if (!made.ok) return complain(context, made.error);
    await printFacts(context, options, { ...made.value, needs: made.value.needs.join(', ') });
    if (!made.value.store)
      context.stderr.write('The store is on a ClickHouse server elsewhere: back it up there, with BACKUP.\n');
    if (made.value.needs.length > 0)
      context.stderr.write(
        `Keep ${made.value.needs.join(', ')}: some files of this backup are only there.\n`,
      );
    return exit.done;
  } finally {
    await withdraw();
  }
}

async function verify(context: CliContext, name: string, options: Options): Promise<ExitCode> {
  const folder = resolve(context.environment.folder, name);
  let progress: Progress | undefined;
  let files = 0;
  const verified = await verifyBackup(folder, {
    signal: context.stopping,
    begun: ({ bytes }) => {
      progress = createProgress(context, bytes, 'files');
    },
    read: ({ size, path }) => {
      files += 1;
      progress?.add(size);
      progress?.show(path, files);
    },
  });
  progress?.stop();
  if (!verified.ok) {
    const { path, reason } = verified.error;
    return complain(context, { code: exit.failed, message: `${path} ${reason}` });
  }
  const { id, created, position, bytes } = verified.value;
  await printFacts(context, options, { folder, id, created, position, files, bytes });
  return exit.done;
}

const examples = `
The server goes on meanwhile. Run it on the machine of the server, as the user it runs as, with an admin's token of the
default tenant; the folder must be empty or missing, and is readable by that user alone, as it holds what the data folder
holds: events, control data and the key of the installation.

Examples:
  $ gatescope backup /backups/monday
  $ gatescope backup /backups/tuesday --since /backups/monday
  $ gatescope backup --verify /backups/tuesday
`;

export function backup(command: Command, context: CliContext): void {
  addOutput(addServer(command))
    .argument('<folder>', 'where to, on the machine of the server')
    .option('--since <folder>', 'an earlier backup: what it has is taken from it')
    .option('--verify', 'read the backup in the folder, and compare every file with its checksum')
    .addHelpText('after', examples)
    .action(async (folder: string, options: Options) =>
      context.ended(await (options.verify === true ? verify : make)(context, folder, options)),
    );
}
