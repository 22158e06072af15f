/** `gatescope demo start|stop`: sample traffic in a tenant of its own. */
import type { Command } from 'commander';
import { addServer, createClient, type ServerOptions } from './client.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { addOutput, type OutputOptions, printFacts } from './output.ts';

type Options = ServerOptions & OutputOptions;

async function start(context: CliContext, options: Options): Promise<ExitCode> {
  const client = createClient(context, options);
  const answer = await client.json<{ readonly tenant: string }>({ method: 'POST', path: '/api/sample' });
  if (!answer.ok) return complain(context, answer.error);
  await printFacts(context, options, answer.value);
  const page = `${client.url}/?tenant=${encodeURIComponent(answer.value.tenant)}`;
  context.stderr.write(`Sample traffic runs. See it at ${page}; gatescope demo stop removes it.\n`);
  return exit.done;
}

async function stop(context: CliContext, options: Options): Promise<ExitCode> {
  const client = createClient(context, options);
  const answer = await client.json<Readonly<Record<string, unknown>>>({
    method: 'DELETE',
    path: '/api/sample',
  });
  if (!answer.ok) return complain(context, answer.error);
  await printFacts(context, options, answer.value);
  context.stderr.write('Sample traffic has stopped, and all of it is removed.\n');
  return exit.done;
}

const examples = `
Needs a token with the scope admin.

Examples:
  $ gatescope demo start
  $ gatescope demo stop
`;

export function demo(command: Command, context: CliContext): void {
  command.addHelpText('after', examples);
  const add = (name: string, doc: string, deed: typeof start) =>
    addOutput(addServer(command.command(name).description(doc)))
      .addHelpText('after', examples)
      .action(async (options: Options) => context.ended(await deed(context, options)));
  add('start', 'Start sample traffic: some hours of the past at once, then live.', start);
  add('stop', 'Stop sample traffic and remove every event of it.', stop);
}
