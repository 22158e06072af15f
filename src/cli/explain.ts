/** `gatescope explain FILE`: what would become of each record of a file, and why. Needs no server and changes nothing. */
import type { Command } from 'commander';
import { createExplaining, type Explanation } from '../ingest/explain.ts';
import { createRedaction } from '../ingest/redaction/redact.ts';
import { lines } from '../protocols/lines.ts';
import { otlpJson } from '../protocols/otlp-json.ts';
import { fallback, vocabularies } from '../vocabularies/index.gen.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { openFile } from './file-source.ts';
import { addOutput, type OutputOptions, outputForm, plain, print, printJson } from './output.ts';
import { cutPieces } from './pieces.ts';
import { type SettingsOptions, settingsOf } from './settings-options.ts';

interface Options extends OutputOptions, SettingsOptions {
  readonly vocabulary?: string;
  readonly tenant: string;
  readonly strict?: boolean;
}

const valueText = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** A headline, and behind it what there is to say, each indented. */
function textOf(line: number, { refused, ...said }: Explanation): string {
  const what = [said.vocabulary, said.type].filter((name) => name !== undefined).join(' ');
  const place = refused === undefined || refused.path === '' ? '' : `${refused.path}: `;
  const verdict =
    refused === undefined
      ? `${what}, identified by ${said.identity}${said.id === undefined ? '' : ` (${said.id})`}`
      : `${what === '' ? '' : `${what}, `}refused as ${refused.kind}: ${place}${refused.reason}`;
  const facts = [
    ['columns', Object.entries(said.columns ?? {}).map(([name, value]) => `${name}=${valueText(value)}`)],
    ['unknown', said.unknown ?? []],
    ['redacted', said.redacted.map(({ path, rule }) => (path === '' ? rule : `${path} (${rule})`))],
  ] as const;
  return [
    `line ${line}: ${plain(verdict)}\n`,
    ...facts.flatMap(([name, items]) =>
      items.length === 0 ? [] : [`  ${name.padEnd(9)} ${plain(items.join(', '))}\n`],
    ),
  ].join('');
}

async function explainFile(context: CliContext, name: string, options: Options): Promise<ExitCode> {
  const fail = (message: string) => complain(context, { code: exit.failed, message: `${name}: ${message}` });
  const known = [...vocabularies, fallback].map((vocabulary) => vocabulary.name);
  const { vocabulary, tenant } = options;
  if (vocabulary !== undefined && !known.includes(vocabulary)) {
    const message = `There is no vocabulary ${vocabulary}; known are ${known.join(', ')}.`;
    return complain(context, { code: exit.usage, message });
  }
  const settings = settingsOf(context, options);
  if (!settings.ok) return complain(context, settings.error);
  const explain = createExplaining({
    vocabularies,
    fallback,
    redaction: createRedaction(settings.value.redaction),
    largest: settings.value.ingest.record,
  });
  const as = { tenant, vocabulary, received: context.clock() };
  const isJson = outputForm(context, options) === 'json';
  const counts = { records: 0, refused: 0 };
  try {
    const source = name === '-' ? context.stdin : (await openFile(name)).read(() => undefined);
    for await (const cut of cutPieces(source)) {
      if (!cut.ok) return fail(cut.error);
      const { bytes, offset, line, contentType } = cut.value;
      const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const decoded = (contentType === 'text/plain' ? lines : otlpJson).decode(body, {});
      if (!decoded.ok) return fail(decoded.error.reason);
      for (const record of decoded.value) {
        if (context.stopping.aborted) return exit.failed;
        if (record.bytes.length === 0 && record.problem === undefined) continue;
        const said = explain(record, as);
        const at = line + record.line - 1;
        await (isJson
          ? printJson(context, { line: at, byte: offset + record.byte, ...said })
          : print(context, textOf(at, said)));
        counts.records += 1;
        if (said.refused !== undefined) counts.refused += 1;
      }
    }
  } catch (error) {
    return fail((error as Error).message);
  }
  context.stderr.write(`${counts.records} records, of which ${counts.refused} would go to quarantine.\n`);
  return options.strict === true && counts.refused > 0 ? exit.failed : exit.done;
}

const examples = `
Files hold JSON objects, one a line, or text lines such as an access log; plain, gzip or zstd. "-" is standard input.
Nothing is sent and nothing is kept. Secrets are redacted in what is shown, as they would be before the disk; the
settings file says what else is a secret, and for which tenant.

Examples:
  $ gatescope explain events.ndjson
  $ gatescope explain --vocabulary nginx --strict /var/log/nginx/access.log
  $ kubectl logs gateway | gatescope explain - -o json
`;

export function explain(command: Command, context: CliContext): void {
  addOutput(command)
    .argument('<file>', 'file to explain; - for standard input')
    .option('--vocabulary <name>', 'vocabulary of the records (default: each is recognised)')
    .option('--tenant <name>', 'whose redaction to apply', 'default')
    .option('--strict', 'end with 1 when anything would go to quarantine')
    .option('--config <file>', 'settings file (GATESCOPE_CONFIG; default gatescope.yaml, if there is one)')
    .addHelpText('after', examples)
    .action(async (file: string, options: Options) =>
      context.ended(await explainFile(context, file, options)),
    );
}
