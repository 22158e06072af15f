/** `gatescope restore`: a data folder from a backup. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { openAccess } from '../access/access.ts';
import type { Manifest } from '../backup/manifest.ts';
import { restoreBackup } from '../backup/restore.ts';
import { createLog } from '../telemetry/log.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { addOutput, type OutputOptions, printFacts } from './output.ts';
import { createProgress, type Progress } from './progress.ts';
import { settingsOf } from './settings-options.ts';

interface Options extends OutputOptions {
  readonly config?: string;
  readonly into?: string;
}

/** Into the audit trail of the restored server. */
async function record(
  { clock, newId, stderr, user }: CliContext,
  data: string,
  backup: string,
  { id, created }: Manifest,
): Promise<void> {
  const write = (line: string) => void stderr.write(line);
  const log = createLog({ level: 'warn', format: 'pretty', clock, write });
  const opened = await openAccess({ data, clock, log, newId });
  if (!opened.ok) throw new Error(`${opened.error.path} ${opened.error.reason}`);
  try {
    await opened.value.record({
      action: 'backup.restored',
      outcome: 'success',
      actor: { kind: 'cli', id: user, name: user },
      entityType: 'backup',
      entityId: backup,
      message: `the backup ${id} of ${created} was restored`,
    });
  } finally {
    await opened.value.close();
  }
}

async function run(context: CliContext, name: string, options: Options): Promise<ExitCode> {
  const settings = settingsOf(context, {
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.into === undefined ? {} : { data: options.into }),
  });
  if (!settings.ok) return complain(context, settings.error);
  const { data } = settings.value;
  const folder = resolve(context.environment.folder, name);
  let progress: Progress | undefined;
  let files = 0;
  const restored = await restoreBackup(
    folder,
    data,
    {
      signal: context.stopping,
      begun: ({ bytes }) => {
        progress = createProgress(context, bytes, 'files');
      },
      read: ({ size, path }) => {
        files += 1;
        progress?.add(size);
        progress?.show(path, files);
      },
    },
    (there, manifest) => record(context, there, folder, manifest),
  );
  progress?.stop();
  if (!restored.ok) {
    const { path, reason } = restored.error;
    return complain(context, { code: exit.failed, message: `${path} ${reason}` });
  }
  const { id, created, position, bytes, store } = restored.value;
  await printFacts(context, options, { data, id, created, position, files, bytes });
  context.stderr.write(`Start the server on it: GATESCOPE_DATA=${data} gatescope serve\n`);
  if (store === null)
    context.stderr.write('The store was not in the backup: what the journal has is stored again from it.\n');
  return exit.done;
}

const examples = `
The data folder must be empty or missing. Every file is compared with its checksum; when one is damaged nothing is
restored. The audit trail of the restored server says who did it.

Examples:
  $ gatescope restore /backups/tuesday --into /var/lib/gatescope
`;

export function restore(command: Command, context: CliContext): void {
  addOutput(command)
    .argument('<folder>', 'the backup')
    .option('--into <folder>', 'data folder to make (GATESCOPE_DATA; default ./data)')
    .option('--config <file>', 'settings file (GATESCOPE_CONFIG; default gatescope.yaml, if there is one)')
    .addHelpText('after', examples)
    .action(async (folder: string, options: Options) => context.ended(await run(context, folder, options)));
}
