/** `gatescope ingest FILE…`: sends files piece by piece, so that a broken connection or a restart doubles nothing. */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { IngestAnswer } from '../core/frame.ts';
import { readDuration } from './arguments.ts';
import { addServer, type Client, createClient, type ServerOptions } from './client.ts';
import { type CliContext, complain, type ExitCode, exit, type Failure } from './context.ts';
import { type FileSource, openFile } from './file-source.ts';
import { addOutput, type OutputOptions, printFacts } from './output.ts';
import { cutPieces, type Piece } from './pieces.ts';
import { createProgress, type Progress } from './progress.ts';
import { sendPiece } from './send-piece.ts';

interface Options extends ServerOptions, OutputOptions {
  readonly vocabulary?: string;
  readonly strict?: boolean;
  /** Microseconds. */
  readonly patience: number;
}

interface Named {
  readonly name: string;
  readonly source: FileSource;
  /** What the keys of its pieces begin with. */
  readonly identity: string;
}

interface Totals {
  received: number;
  accepted: number;
  duplicates: number;
  quarantined: number;
  /** Of the accepted, what is past its retention class already. */
  pastRetention: number;
}

type Past = NonNullable<IngestAnswer['pastRetention']>[number];
/** What is past its retention class, added up by class and reason. */
type PastNotes = Map<string, Past>;

const firstPause = 500;
const mostProblems = 20;

const openNamed = async (context: CliContext, name: string): Promise<Named> =>
  name === '-'
    ? { name: 'standard input', source: { size: 0, read: () => context.stdin }, identity: context.newId() }
    : { name, source: await openFile(name), identity: await realpath(name) };

/**
 * The key of a piece: of the file, its first bytes and the place in it. A file that is sent again, after it has grown
 * too, is known by it; a file that was rotated to the same name begins otherwise.
 */
const keyOf = (identity: string, start: string, { offset }: Piece): string =>
  createHash('sha256').update(`${identity}\0${start}\0${offset}`).digest('base64url');

function tellProblems(context: CliContext, name: string, { line }: Piece, { problems }: IngestAnswer): void {
  for (const problem of problems.slice(0, mostProblems)) {
    const place = problem.path === '' ? '' : `${problem.path}: `;
    context.stderr.write(`${name}:${line + problem.line - 1}: ${place}${problem.reason}\n`);
  }
}

/** Adds to the notes what the answer names, and returns how many events that are. */
function notePast(notes: PastNotes, { pastRetention = [] }: IngestAnswer): number {
  for (const past of pastRetention) {
    const key = `${past.because} ${past.retention}`;
    const before = notes.get(key);
    const count = past.count + (before?.count ?? 0);
    const oldest = before === undefined || past.oldest < before.oldest ? past.oldest : before.oldest;
    notes.set(key, { ...past, count, oldest });
  }
  return pastRetention.reduce((sum, { count }) => sum + count, 0);
}

async function sendFile(
  context: CliContext,
  client: Client,
  { name, source, identity }: Named,
  options: Options,
  totals: Totals,
  past: PastNotes,
  progress: Progress,
): Promise<Failure | undefined> {
  const path =
    options.vocabulary === undefined ? '/ingest' : `/ingest/${encodeURIComponent(options.vocabulary)}`;
  let start: string | undefined;
  for await (const cut of cutPieces(source.read((bytes) => progress.add(bytes)))) {
    if (!cut.ok) return { code: exit.failed, message: `${name} ${cut.error}` };
    const piece = cut.value;
    start ??= createHash('sha256').update(piece.bytes.subarray(0, 256)).digest('base64url');
    const sent = { path, piece, key: keyOf(identity, start, piece) };
    const answer = await sendPiece(context, client, sent, { patience: options.patience, firstPause });
    if (!answer.ok) {
      const { code, message } = answer.error;
      return {
        code,
        message: `${name}: ${message}\nSent up to line ${piece.line}; sending it again doubles nothing.`,
      };
    }
    totals.received += answer.value.received;
    totals.accepted += answer.value.accepted;
    totals.duplicates += answer.value.duplicates;
    totals.quarantined += answer.value.quarantined;
    totals.pastRetention += notePast(past, answer.value);
    tellProblems(context, name, piece, answer.value);
    progress.show(name, totals.received);
  }
  return undefined;
}

async function send(context: CliContext, names: readonly string[], options: Options): Promise<ExitCode> {
  const began = context.clock();
  const totals: Totals = { received: 0, accepted: 0, duplicates: 0, quarantined: 0, pastRetention: 0 };
  const past: PastNotes = new Map();
  const client = createClient(context, options);
  const files: Named[] = [];
  for (const name of names) {
    try {
      files.push(await openNamed(context, name));
    } catch (error) {
      return complain(context, { code: exit.failed, message: `${name}: ${(error as Error).message}` });
    }
  }
  const progress = createProgress(
    context,
    files.reduce((sum, { source }) => sum + source.size, 0),
  );
  let failure: Failure | undefined;
  for (const file of files) {
    try {
      failure = await sendFile(context, client, file, options, totals, past, progress);
    } catch (error) {
      // A file that cannot be read to its end, such as a damaged archive.
      failure = { code: exit.failed, message: `${file.name}: ${(error as Error).message}` };
    }
    if (failure !== undefined) break;
  }
  progress.stop();
  for (const { count, oldest, reason } of past.values())
    context.stderr.write(`${count} accepted events, the oldest of ${oldest}, are ${reason}.\n`);
  const seconds = Number(((context.clock() - began) / 1e6).toFixed(3));
  await printFacts(context, options, { ...totals, seconds });
  if (failure !== undefined) return complain(context, failure);
  return options.strict === true && totals.quarantined > 0 ? exit.failed : exit.done;
}

const examples = `
Files hold JSON objects, one a line, or text lines such as an access log; plain, gzip or zstd. "-" is standard input.
A file that is sent again doubles nothing, also where it has grown since. Records that could not become events are
named on standard error and kept in quarantine.

Examples:
  $ gatescope ingest events.ndjson archive/*.ndjson.gz
  $ gatescope ingest --vocabulary nginx --strict /var/log/nginx/access.log
  $ kubectl logs gateway | gatescope ingest -
`;

export function ingest(command: Command, context: CliContext): void {
  addOutput(addServer(command))
    .argument('<files...>', 'files to send; - for standard input')
    .option('--vocabulary <name>', 'vocabulary of the records (default: each is recognised)')
    .option('--strict', 'end with 1 when anything went to quarantine')
    .addOption(
      new Option('--patience <duration>', 'how long to try again while the server fails')
        .argParser(readDuration)
        .default(300e6, '5m'),
    )
    .addHelpText('after', examples)
    .action(async (files: string[], options: Options) => context.ended(await send(context, files, options)));
}
