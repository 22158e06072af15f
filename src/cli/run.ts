/** Command line in, exit code out. */
import { Command, CommanderError } from 'commander';
import { commands } from './commands.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { tooOldNode, wantsNewerNode } from './needed-node.ts';

const notes = `
Results go to standard output, messages to standard error. Exit codes: 0 done, 1 failed, 2 wrong command line,
69 the server does not answer, 77 the token was refused, 78 mistakes in the settings.

Examples:
  $ gatescope serve
  $ gatescope token create shop --scope ingest
  $ gatescope query requests errorRate --by service --from now-1h
`;

/** Runs the one command that `args` (without program and script) ask for; resolves with its exit code. */
export async function run(args: readonly string[], context: Omit<CliContext, 'ended'>): Promise<ExitCode> {
  let code: ExitCode = exit.done;
  const whole: CliContext = {
    ...context,
    ended: (how) => {
      code = how;
    },
  };
  const program = new Command('gatescope')
    .description('The system of record for what happens at your gateways.')
    .version(context.version)
    .addHelpText('after', notes)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .showSuggestionAfterError()
    .exitOverride();
  const [wanted] = args[0] === 'help' ? args.slice(1) : args;
  for (const { name, doc, load } of commands) {
    // Made by the program, it takes over how it writes and ends.
    const command = program.command(name).description(doc);
    if (name !== wanted) continue;
    try {
      (await load())(command, whole);
    } catch (error) {
      if (!wantsNewerNode(error)) throw error;
      return complain(whole, { code: exit.failed, message: tooOldNode(process.versions.node) });
    }
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exit.done : exit.usage;
  }
  return code;
}
