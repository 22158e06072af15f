/** `gatescope query`: the same question as `POST /api/query`. */
import { type Command, Option } from 'commander';
import type { Cell, Frame, FrameColumn } from '../core/frame.ts';
import { granularities, type Query } from '../core/query.ts';
import { amount } from './amount.ts';
import { readCount, readList } from './arguments.ts';
import { addServer, createClient, type ServerOptions } from './client.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson, tableText } from './output.ts';

interface Options extends ServerOptions, OutputOptions {
  readonly from: string;
  readonly to: string;
  readonly by?: string[];
  readonly filter?: string;
  readonly granularity?: Query['granularity'];
  readonly timezone?: string;
  readonly limit?: number;
  readonly others?: boolean;
  readonly orderBy?: string;
}

const rowObject = (columns: readonly FrameColumn[], row: readonly Cell[]): Readonly<Record<string, Cell>> =>
  Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null]));

/** Groups, then what lies outside of them, then the totals when there is more than one row. */
export function frameText({ columns, rows, others, totals }: Frame): string {
  const titles = columns.map(({ name, role }) => ({ title: name, right: role === 'measure' }));
  const line = (row: readonly Cell[], label?: string) =>
    columns.map(({ unit, role }, index) =>
      label !== undefined && role !== 'measure' && (role === 'dimension' || row[index] === null)
        ? label
        : amount(row[index], unit),
    );
  const grouped = columns.some(({ role }) => role !== 'measure');
  return tableText(titles, [
    ...rows.map((row) => line(row)),
    ...(others ?? []).map((row) => line(row, '(others)')),
    ...(grouped && rows.length > 1 ? [line(totals, '(total)')] : []),
  ]);
}

async function ask(context: CliContext, measures: readonly string[], options: Options): Promise<ExitCode> {
  const { from, to, by, filter, granularity, timezone, limit, others, orderBy } = options;
  const question: Query = {
    from,
    to,
    measures: measures.length === 0 ? ['count'] : [...measures],
    ...(by === undefined ? {} : { by }),
    ...(filter === undefined ? {} : { filter }),
    ...(granularity === undefined ? {} : { granularity }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(limit === undefined ? {} : { limit }),
    ...(others === undefined ? {} : { others }),
    ...(orderBy === undefined ? {} : { orderBy }),
  };
  const answer = await createClient(context, options).json<Frame>({
    method: 'POST',
    path: '/api/query',
    json: question,
    signal: context.stopping,
  });
  if (!answer.ok) return complain(context, answer.error);
  const frame = answer.value;
  if (outputForm(context, options) === 'table') await print(context, frameText(frame));
  else for (const row of frame.rows) await printJson(context, rowObject(frame.columns, row));
  return exit.done;
}

const examples = `
Measures: count, requests, rate, denied, errors, errorRate, successRate, uniqueConsumers, bytesIn, bytesOut, and
avg, min, max, p50 … p99 of a number, such as duration.p95. JSON has one line for each row.

Examples:
  $ gatescope query requests errorRate duration.p95 --by service --from now-1h
  $ gatescope query denied --by denialReason --filter 'env:prod' -o json
  $ gatescope query requests --granularity day --from now-30d --timezone Europe/Berlin
`;

export function query(command: Command, context: CliContext): void {
  addOutput(addServer(command))
    .argument('[measures...]', 'what to measure (default: count)')
    .option('--from <time>', 'start, inclusive: RFC 3339 or relative', 'now-24h')
    .option('--to <time>', 'end, exclusive', 'now')
    .option('--by <fields>', 'group by these, parted by commas', readList)
    .option('-f, --filter <filter>', 'only what matches, in the filter language')
    .addOption(new Option('--granularity <length>', 'time buckets').choices(granularities))
    .option('--timezone <zone>', 'time zone of the buckets (default: UTC)')
    .option('--limit <count>', 'groups at most', readCount)
    .option('--order-by <measure>', 'what ranks the groups')
    .option('--others', 'also what lies outside the top groups')
    .addHelpText('after', examples)
    .action(async (measures: string[], options: Options) =>
      context.ended(await ask(context, measures, options)),
    );
}
