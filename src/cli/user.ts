/** `gatescope user create|list|password|reset`: the people who sign in to the web app, in the data folder of this machine. */
import { type Command, InvalidArgumentError } from 'commander';
import { removeFirstPassword } from '../access/first-password.ts';
import { newPassword, passwordLength } from '../access/password.ts';
import { type Scope, scopes } from '../access/route.ts';
import { firstUser } from '../access/users.ts';
import { fail, ok, type Result } from '../core/result.ts';
import { type AccessFolder, type FolderOptions, openAccessFolder } from './access-folder.ts';
import { readChoices } from './arguments.ts';
import { type CliContext, complain, type ExitCode, exit, type Failure } from './context.ts';
import { addOutput, type OutputOptions, outputForm, print, printJson, tableText } from './output.ts';
import { addSettings } from './settings-options.ts';
import { resetControl } from './user-reset.ts';

type Options = FolderOptions & OutputOptions;
interface PasswordOptions extends Options {
  readonly stdin?: boolean;
  readonly quiet?: boolean;
}
interface CreateOptions extends PasswordOptions {
  readonly scope: Scope[];
}
type Deed = (folder: AccessFolder) => Promise<ExitCode>;

const failed = (message: string): Failure => ({ code: exit.failed, message });

function readName(text: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._@+-]{0,199}$/u.test(text)) return text;
  throw new InvalidArgumentError('It must be letters, digits, and . _ @ + - after the first, 200 at most.');
}

/** A new random one, or the first line of standard input. */
async function passwordFor(
  { stdin }: CliContext,
  options: PasswordOptions,
): Promise<Result<string, Failure>> {
  if (options.stdin !== true) return ok(newPassword());
  const { least, most } = passwordLength;
  let given = Buffer.alloc(0);
  for await (const piece of stdin) {
    given = Buffer.concat([given, piece]);
    // No character has more than four bytes.
    if (given.includes('\n') || given.length > 4 * most) break;
  }
  const password = given.toString().split(/\r?\n/, 1)[0] ?? '';
  return password.length >= least && password.length <= most
    ? ok(password)
    : fail(failed(`The password on standard input must have ${least} to ${most} characters.`));
}

/** Shows a password that was made here, this once; one that came in is not repeated. */
async function tell(
  context: CliContext,
  options: PasswordOptions,
  facts: Readonly<Record<string, unknown>>,
  password: string,
  message: string,
): Promise<void> {
  const shown = options.stdin === true ? {} : { password };
  if (options.quiet === true) {
    if (options.stdin !== true) await print(context, `${password}\n`);
  } else if (outputForm(context, options) === 'json') await printJson(context, { ...facts, ...shown });
  else {
    if (options.stdin !== true) await print(context, `${password}\n`);
    context.stderr.write(
      `${message}${options.stdin === true ? '' : ' The password is shown this once: keep it.'}\n`,
    );
  }
}

async function create(
  context: CliContext,
  { access, tenant, actor }: AccessFolder,
  name: string,
  options: CreateOptions,
): Promise<ExitCode> {
  const password = await passwordFor(context, options);
  if (!password.ok) return complain(context, password.error);
  const wanted = { name, password: password.value, scopes: [...new Set(options.scope)] };
  const made = await access.users.create(tenant, wanted, actor);
  if (!made.ok)
    return complain(context, failed(`The name ${name} is taken; names are unique over all tenants.`));
  const message = `User ${name} of the tenant ${tenant} may ${wanted.scopes.join(', ')}.`;
  await tell(context, options, { user: made.value }, password.value, message);
  return exit.done;
}

async function list(
  context: CliContext,
  { access, tenant }: AccessFolder,
  options: Options,
): Promise<ExitCode> {
  const users = await access.users.list(tenant);
  const rows = users.map(({ id, name, scopes }) => [id, name, scopes.join(',')]);
  const titles = ['id', 'name', 'scopes'].map((title) => ({ title }));
  if (outputForm(context, options) === 'table') await print(context, tableText(titles, rows));
  else for (const user of users) await printJson(context, user);
  return exit.done;
}

async function password(
  context: CliContext,
  { access, data, tenant, actor }: AccessFolder,
  name: string,
  options: PasswordOptions,
): Promise<ExitCode> {
  const user = (await access.users.list(tenant)).find((one) => one.name === name);
  if (user === undefined)
    return complain(
      context,
      failed(`There is no user ${name} in the tenant ${tenant}; --tenant names another tenant.`),
    );
  const chosen = await passwordFor(context, options);
  if (!chosen.ok) return complain(context, chosen.error);
  await access.users.setPassword(tenant, user.id, chosen.value, actor);
  if (name === firstUser) await removeFirstPassword(data);
  const message = `User ${name} has a new password and is signed out everywhere.`;
  await tell(context, options, { user }, chosen.value, message);
  return exit.done;
}

const examples = `
Works on the data folder of this machine, whether a server runs there or not; the server takes notice within two
seconds. Each change is in the audit trail, under the name of whoever ran the command.

Examples:
  $ gatescope user create ann --scope read
  $ gatescope user list -o table
  $ gatescope user password admin
  $ gatescope user password ann --stdin < password.txt
  $ gatescope user reset --data /var/lib/gatescope
`;

/** Opens the folder, does the deed, closes it. */
async function within(context: CliContext, options: Options, deed: Deed): Promise<void> {
  const folder = await openAccessFolder(context, options);
  if (!folder.ok) return context.ended(complain(context, folder.error));
  try {
    context.ended(await deed(folder.value));
  } finally {
    await folder.value.access.close();
  }
}

export function user(command: Command, context: CliContext): void {
  command.addHelpText('after', examples);
  const add = (usage: string, doc: string): Command =>
    addOutput(addSettings(command.command(usage).description(doc)))
      .option('--tenant <name>', 'tenant of the user (default: default)')
      .addHelpText('after', examples);
  const addPassword = (to: Command): Command =>
    to
      .option('--stdin', 'read the password from standard input instead of making one')
      .option('-q, --quiet', 'print the password and nothing else');
  addPassword(add('create', 'Make a user; the password is shown this once.'))
    .argument('<name>', 'name to sign in with, unique over all tenants', readName)
    .requiredOption(
      '--scope <scopes>',
      `what the user may do: ${scopes.join(', ')}; parted by commas`,
      readChoices(scopes),
    )
    .action((name: string, options: CreateOptions) =>
      within(context, options, (folder) => create(context, folder, name, options)),
    );
  add('list', 'List the users of a tenant.').action((options: Options) =>
    within(context, options, (folder) => list(context, folder, options)),
  );
  addPassword(add('password <name>', 'Give a user a new password, and end the sessions.')).action(
    (name: string, options: PasswordOptions) =>
      within(context, options, (folder) => password(context, folder, name, options)),
  );
  addSettings(command.command('reset'))
    .description('Create new control data where control.db was lost or damaged; the server must be stopped.')
    .addHelpText('after', examples)
    .action(async (options: Options) => context.ended(await resetControl(context, options)));
}
