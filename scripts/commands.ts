/** The reference page of the command line, made from the commands themselves. */
import { Command } from 'commander';
import { commands } from '../src/cli/commands.ts';
import { type CliContext, exit } from '../src/cli/context.ts';

const codes: Readonly<Record<keyof typeof exit, string>> = {
  done: 'done',
  failed: 'it did not work; the message says why',
  usage: 'the command line is wrong',
  unavailable: 'the server does not answer',
  refused: 'the server refused the token, or there was none',
  settings: 'the settings have mistakes',
};

/** The command and those below it, each with what `--help` prints. */
function sections(command: Command, path: readonly string[], help: (command: Command) => string): string[] {
  const name = [...path, command.name()];
  return [
    `${'#'.repeat(name.length)} ${name.join(' ')}`,
    '',
    '```text',
    help(command).trim(),
    '```',
    '',
    ...command.commands.flatMap((below) => sections(below, name, help)),
  ];
}

/** Markdown, the same on every terminal; ends with a line feed. */
export async function cliPage(): Promise<string> {
  let said = '';
  const program = new Command('gatescope').configureOutput({
    writeOut: (text) => {
      said += text;
    },
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  const help = (command: Command): string => {
    said = '';
    command.outputHelp();
    return said;
  };
  // Commands are described here, none is run.
  const context = {} as CliContext;
  const pages: string[] = [];
  for (const { name, doc, load } of commands) {
    const command = program.command(name).description(doc);
    (await load())(command, context);
    pages.push(...sections(command, ['gatescope'], help));
  }
  return [
    '# Command line',
    '',
    'Generated from `src/cli`; do not edit.',
    '',
    'Results go to standard output, messages to standard error. `-o json` has one JSON object a line.',
    '',
    '| exit code | meaning |',
    '|---|---|',
    ...Object.entries(exit).map(([name, code]) => `| ${code} | ${codes[name as keyof typeof exit]} |`),
    '',
    ...pages,
  ].join('\n');
}
