/** `gatescope serve`: runs until it is asked to stop, and says where to go and how to sign in. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { firstPasswordFile, tellFirstPassword } from '../access/first-password.ts';
import { pathOf, sentenceOf } from '../folder/problems.ts';
import type { Settings } from '../settings/settings.ts';
import { createLog } from '../telemetry/log.ts';
import { type CliContext, complain, type ExitCode, exit, type RunningServer } from './context.ts';
import { tooOldNode, wantsNewerNode } from './needed-node.ts';
import { addSettings, type SettingsOptions, settingsOf } from './settings-options.ts';

interface Options extends SettingsOptions {
  readonly host?: string;
  readonly port?: string;
}

const logOf = ({ stderr, clock }: CliContext, { level, format }: Settings['log']) =>
  createLog({
    level,
    format: format === 'auto' ? (stderr.isTTY === true ? 'pretty' : 'json') : format,
    clock,
    write: (line) => void stderr.write(line),
  });

const startFailure = (error: unknown, { host, port, data }: Settings): string => {
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE')
    return `Port ${port} of ${host} is taken. Stop what uses it, or set GATESCOPE_PORT; gatescope doctor says more.`;
  if (code === 'EACCES' && syscall === 'listen')
    return `Port ${port} of ${host} is not for this user: set GATESCOPE_PORT to one above 1023, or permit it.`;
  const path = pathOf(error) ?? data;
  const sentence = path.startsWith(data) ? sentenceOf(error, path) : undefined;
  if (sentence !== undefined) return `Gatescope could not start: ${sentence}`;
  if (wantsNewerNode(error)) return tooOldNode(process.versions.node);
  return `Gatescope could not start: ${message}`;
};

async function runServer(context: CliContext, options: Options): Promise<ExitCode> {
  const { stdout, stopping } = context;
  const loaded = settingsOf(context, options, {
    GATESCOPE_HOST: options.host,
    GATESCOPE_PORT: options.port,
  });
  if (!loaded.ok) return complain(context, loaded.error);
  const settings = loaded.value;
  const { data } = settings;
  let told = false;
  let server: RunningServer;
  try {
    server = await context.startServer(settings, {
      log: logOf(context, settings.log),
      clock: context.clock,
      newId: context.newId,
      version: context.version,
      announce: async (signIn) => {
        const terminal = stdout.isTTY === true;
        stdout.write(`${await tellFirstPassword({ data, terminal, ...signIn })}\n`);
        told = true;
      },
    });
  } catch (error) {
    return complain(context, { code: exit.failed, message: startFailure(error, settings) });
  }
  stdout.write(`Gatescope is at ${server.url.replace('//127.0.0.1:', '//localhost:')}\n`);
  const file = firstPasswordFile(data);
  if (!told && existsSync(file)) stdout.write(`Sign in as admin with the password in ${file}\n`);
  if (!stopping.aborted) await once(stopping, 'abort');
  await server.stop();
  return exit.done;
}

const examples = `
Settings come from the file and from GATESCOPE_* variables; docs/reference/settings.md lists them.

Examples:
  $ gatescope serve
  $ gatescope serve --config /etc/gatescope.yaml
  $ GATESCOPE_DATA=/var/lib/gatescope GATESCOPE_PORT=8080 gatescope serve
`;

export function serve(command: Command, context: CliContext): void {
  addSettings(command)
    .option('--host <address>', 'address to listen on (GATESCOPE_HOST; default 127.0.0.1)')
    .option('--port <port>', 'port to listen on (GATESCOPE_PORT; default 4900)')
    .addHelpText('after', examples)
    .action(async (options: Options) => context.ended(await runServer(context, options)));
}
