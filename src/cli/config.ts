/** `gatescope config check`: every mistake in the settings, with its place. */
import type { Command } from 'commander';
import { loadSettings, settingsFile } from '../settings/load.ts';
import { problemText } from '../settings/problem.ts';
import { type CliContext, type ExitCode, exit } from './context.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson } from './output.ts';

interface Options extends OutputOptions {
  readonly config?: string;
}

async function check(context: CliContext, options: Options): Promise<ExitCode> {
  const { environment, stderr } = context;
  const settings = loadSettings({
    environment,
    ...(options.config === undefined ? {} : { file: options.config }),
  });
  if (settings.ok) {
    const file = settingsFile(environment, options.config);
    stderr.write(`The settings are fine (${file ?? 'no file; defaults and environment'}).\n`);
    return exit.done;
  }
  const json = outputForm(context, options) === 'json' && options.output !== undefined;
  for (const problem of settings.error)
    await (json ? printJson(context, problem) : print(context, `${problemText(problem)}\n`));
  return exit.settings;
}

const examples = `
Prints each mistake as file:line: setting: reason, and ends with 78 when there is one.

Examples:
  $ gatescope config check
  $ gatescope config check --config /etc/gatescope.yaml -o json
`;

export function config(command: Command, context: CliContext): void {
  command.addHelpText('after', examples);
  addOutput(command.command('check'))
    .description('Check the settings file and the environment.')
    .option('--config <file>', 'settings file (GATESCOPE_CONFIG; default gatescope.yaml, if there is one)')
    .addHelpText('after', examples)
    .action(async (options: Options) => context.ended(await check(context, options)));
}
