/** `gatescope tail`: events as they arrive; resumes by itself where the connection broke. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ApiEvent } from '../core/frame.ts';
import { readCount } from './arguments.ts';
import { addServer, type Client, createClient, failureOf, type ServerOptions } from './client.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { eventLine } from './event-line.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson } from './output.ts';
import { readEvents } from './sse.ts';

interface Options extends ServerOptions, OutputOptions {
  readonly filter?: string;
  readonly limit?: number;
}

const pause = 1_000;

/** What is known across connections. */
interface Progress {
  lastId: string | undefined;
  shown: number;
}

/** Shows one connection's events; resolves with how the command ends, or undefined when the connection broke. */
async function follow(
  context: CliContext,
  client: Client,
  options: Options,
  progress: Progress,
): Promise<ExitCode | undefined> {
  const query = options.filter === undefined ? '' : `?filter=${encodeURIComponent(options.filter)}`;
  const answer = await client.call({
    method: 'GET',
    path: `/api/tail${query}`,
    headers: {
      accept: 'text/event-stream',
      ...(progress.lastId === undefined ? {} : { 'last-event-id': progress.lastId }),
    },
    signal: context.stopping,
  });
  if (context.stopping.aborted) return exit.done;
  // The first silence is a wrong address; a later one is a server that is being restarted.
  if (!answer.ok)
    return progress.lastId === undefined && progress.shown === 0
      ? complain(context, answer.error)
      : undefined;
  const response = answer.value;
  if (response.status >= 500) return undefined;
  if (!response.ok || response.body === null) return complain(context, await failureOf(response));
  const json = outputForm(context, options) === 'json';
  for await (const { event, data, id } of readEvents(response.body)) {
    progress.lastId = id ?? progress.lastId;
    if (event !== 'event') {
      context.stderr.write(`${event}: ${data}\n`);
      continue;
    }
    const shown = JSON.parse(data) as ApiEvent;
    await (json ? printJson(context, shown) : print(context, eventLine(shown)));
    progress.shown++;
    if (progress.shown === options.limit) return exit.done;
  }
  return undefined;
}

async function show(context: CliContext, options: Options): Promise<ExitCode> {
  const client = createClient(context, options);
  const progress: Progress = { lastId: undefined, shown: 0 };
  while (!context.stopping.aborted) {
    try {
      const code = await follow(context, client, options, progress);
      if (code !== undefined) return code;
    } catch (error) {
      // The body of a response rejects when its connection breaks.
      if (context.stopping.aborted) break;
      context.stderr.write(`The connection broke (${(error as Error).message}).\n`);
    }
    context.stderr.write('Connecting again …\n');
    await sleep(pause, undefined, { signal: context.stopping }).catch(() => undefined);
  }
  return exit.done;
}

const examples = `
Examples:
  $ gatescope tail
  $ gatescope tail --filter 'status:>=500 -route:/health*' -o json | jq .path
`;

export function tail(command: Command, context: CliContext): void {
  addOutput(addServer(command))
    .option('-f, --filter <filter>', 'show what matches, in the filter language')
    .option('-n, --limit <count>', 'end after so many events', readCount)
    .addHelpText('after', examples)
    .action(async (options: Options) => context.ended(await show(context, options)));
}
