/** The one place that reads the process's environment, and the names settings have there. */

/** What the machine says about where and how the program was started. */
export interface Environment {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Working folder, absolute; relative paths of the environment and of defaults start here. */
  readonly folder: string;
}

export const readEnvironment = (): Environment => ({
  variables: { ...process.env },
  folder: process.cwd(),
});

const prefix = 'GATESCOPE_';

/** `['store', 'url']` → `GATESCOPE_STORE_URL`, `['adminToken']` → `GATESCOPE_ADMIN_TOKEN`. */
export const variableOf = (path: readonly string[]): string =>
  prefix +
  path
    .join('_')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toUpperCase();

/** Variables that are not settings of the server. */
export const otherVariables = ['GATESCOPE_CONFIG', 'GATESCOPE_URL', 'GATESCOPE_TOKEN'] as const;

// Kubernetes sets these in every pod of a namespace that has a Service named gatescope (Kubernetes documentation,
// "Accessing the Service", environment variables): they are nobody's mistake.
const serviceLink = /^GATESCOPE_(SERVICE_(HOST|PORT)(_.*)?|PORT_\d+_.*)$/;

/** Names of set `GATESCOPE_*` variables that nothing reads, in alphabetical order. */
export const unknownVariables = (environment: Environment, known: ReadonlySet<string>): string[] =>
  Object.keys(environment.variables)
    .filter((name) => name.startsWith(prefix) && !known.has(name) && !serviceLink.test(name))
    .sort();
