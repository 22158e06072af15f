/** `gatescope retention`: what is kept, what is removed next and why, and what was removed. It removes nothing. */
import type { Command } from 'commander';
import type { RetentionStatus } from '../api/retention-status.ts';
import { amount } from './amount.ts';
import { addServer, createClient, type ServerOptions } from './client.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson, tableText } from './output.ts';

type Options = ServerOptions & OutputOptions;

const daysOf = (seconds: number): string =>
  seconds % 86_400 === 0 ? `${seconds / 86_400} d` : `${(seconds / 3_600).toFixed(1)} h`;

const limits = {
  share: 'of the disk (retention.maxShare)',
  spared: 'of the disk: more would not leave the journal its room',
  bytes: 'by retention.bytes',
  none: '',
} as const;

function tableOf({ classes, dropped, installation }: RetentionStatus): string {
  const removed = installation?.dropped ?? dropped;
  const rows = classes.map(({ retention, age, oldestDay, next }) => [
    retention,
    daysOf(age),
    oldestDay ?? '',
    next === undefined
      ? ''
      : `${next.day} (${next.because}${next.time === undefined ? '' : `, ${next.time}`})`,
    String(
      removed.filter((drop) => drop.retention === retention).reduce((sum, { events }) => sum + events, 0),
    ),
  ]);
  const columns = [
    { title: 'class' },
    { title: 'kept for' },
    { title: 'oldest day' },
    { title: 'next to be removed' },
    { title: 'events removed', right: true },
  ];
  return tableText(columns, rows);
}

function budgetOf({ bytes, events, budget, problem }: NonNullable<RetentionStatus['installation']>): string {
  const lines = [
    budget.bytes === null
      ? `${amount(bytes, 'By')} stored, without a limit in bytes`
      : `${amount(bytes, 'By')} of ${amount(budget.bytes, 'By')} ${limits[budget.by]}`,
    ...(budget.events === null ? [] : [`${events} of ${budget.events} events (retention.rows)`]),
    ...(problem === undefined ? [] : [problem]),
  ];
  return `\n${lines.join('\n')}\n`;
}

async function show(context: CliContext, options: Options): Promise<ExitCode> {
  const client = createClient(context, options);
  const answer = await client.json<{ readonly retention: RetentionStatus }>({
    method: 'GET',
    path: '/api/status',
  });
  if (!answer.ok) return complain(context, answer.error);
  const { retention } = answer.value;
  if (outputForm(context, options) === 'json') await printJson(context, retention);
  else {
    await print(context, tableOf(retention));
    if (retention.installation !== undefined) await print(context, budgetOf(retention.installation));
  }
  return exit.done;
}

const examples = `
Removes nothing. The store is compared with the rules every minute; days go as a whole, those of today never.
What concerns the whole installation is shown to an administrator of the tenant default.

Examples:
  $ gatescope retention
  $ gatescope retention -o json | jq .classes
`;

export function retention(command: Command, context: CliContext): void {
  addOutput(addServer(command))
    .addHelpText('after', examples)
    .action(async (options: Options) => context.ended(await show(context, options)));
}
