/** `gatescope token create|list|revoke`. */
import type { Command } from 'commander';
import { type Scope, scopes } from '../access/route.ts';
import type { ApiToken } from '../access/token-routes.ts';
import { readChoices, readDuration } from './arguments.ts';
import { addServer } from './client.ts';
import { type CliContext, complain, type ExitCode, exit } from './context.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson, tableText } from './output.ts';
import { addSettings } from './settings-options.ts';
import { openTokenStore, type TokenOptions, type TokenStore } from './token-store.ts';

type Options = TokenOptions & OutputOptions;
interface CreateOptions extends Options {
  readonly scope: Scope[];
  /** Microseconds. */
  readonly expires?: number;
  readonly quiet?: boolean;
}

const stateOf = ({ revoked, expires }: ApiToken, now: number): string => {
  if (revoked !== undefined) return `revoked ${revoked.slice(0, 10)}`;
  if (expires === undefined) return 'in force';
  return Date.parse(expires) * 1e3 <= now
    ? `expired ${expires.slice(0, 10)}`
    : `until ${expires.slice(0, 10)}`;
};

const titles = ['id', 'name', 'secret', 'scopes', 'created', 'last used', 'state'];

function listText(tokens: readonly ApiToken[], now: number): string {
  const rows = tokens.map((token) => [
    token.id,
    token.name,
    token.hint === '' ? '' : `${token.hint}…`,
    token.scopes.join(','),
    token.created.slice(0, 10),
    token.lastUsed?.slice(0, 16).replace('T', ' ') ?? 'never',
    stateOf(token, now),
  ]);
  return tableText(
    titles.map((title) => ({ title })),
    rows,
  );
}

async function create(
  context: CliContext,
  store: TokenStore,
  name: string,
  options: CreateOptions,
): Promise<ExitCode> {
  const { scope, expires, quiet } = options;
  const wanted = { name, scopes: [...new Set(scope)] };
  const made = await store.create(
    expires === undefined ? wanted : { ...wanted, expires: context.clock() + expires },
  );
  if (!made.ok) return complain(context, made.error);
  const { token, secret } = made.value;
  if (quiet === true) await print(context, `${secret}\n`);
  else if (outputForm(context, options) === 'json') await printJson(context, { token, secret });
  else {
    await print(context, `${secret}\n`);
    context.stderr.write(
      `Token ${token.name} of the tenant ${token.tenant} with ${token.scopes.join(', ')}. It is shown this once: keep it.\n`,
    );
  }
  return exit.done;
}

async function list(context: CliContext, store: TokenStore, options: Options): Promise<ExitCode> {
  const tokens = await store.list();
  if (!tokens.ok) return complain(context, tokens.error);
  if (outputForm(context, options) === 'table') await print(context, listText(tokens.value, context.clock()));
  else for (const token of tokens.value) await printJson(context, token);
  return exit.done;
}

async function revoke(context: CliContext, store: TokenStore, id: string): Promise<ExitCode> {
  const revoked = await store.revoke(id);
  if (!revoked.ok) return complain(context, revoked.error);
  context.stderr.write(`Token ${id} is revoked.\n`);
  return exit.done;
}

const examples = `
Works on the data folder of this machine, whether a server runs there or not; with --url or GATESCOPE_URL on the
server at that address, with a token that has the scope admin.

Examples:
  $ gatescope token create nginx --scope ingest
  $ export GATESCOPE_TOKEN=$(gatescope token create me --scope ingest,read --expires 12h --quiet)
  $ gatescope token list -o table
  $ gatescope token revoke 0f8fad5b-d9cb-469f-a165-70867728950e
`;

/** Opens the tokens, does the deed, closes them. */
async function within(
  context: CliContext,
  options: TokenOptions,
  deed: (store: TokenStore) => Promise<ExitCode>,
): Promise<void> {
  const store = await openTokenStore(context, options);
  if (!store.ok) return context.ended(complain(context, store.error));
  try {
    context.ended(await deed(store.value));
  } finally {
    await store.value.close();
  }
}

export function token(command: Command, context: CliContext): void {
  command.addHelpText('after', examples);
  const add = (usage: string, doc: string): Command =>
    addOutput(addServer(addSettings(command.command(usage).description(doc))))
      .option('--tenant <name>', 'tenant, when working on the data folder (default: default)')
      .addHelpText('after', examples);
  add('create <name>', 'Make a token; its secret is shown this once.')
    .requiredOption(
      '--scope <scopes>',
      `what it may do: ${scopes.join(', ')}; parted by commas`,
      readChoices(scopes),
    )
    .option('--expires <duration>', 'ends after this, such as 30d (default: never)', readDuration)
    .option('-q, --quiet', 'print the secret and nothing else')
    .action((name: string, options: CreateOptions) =>
      within(context, options, (store) => create(context, store, name, options)),
    );
  add('list', 'List the tokens, newest first.').action((options: Options) =>
    within(context, options, (store) => list(context, store, options)),
  );
  add('revoke <id>', 'Revoke a token: from now on nobody gets in with it.').action(
    (id: string, options: Options) => within(context, options, (store) => revoke(context, store, id)),
  );
}
