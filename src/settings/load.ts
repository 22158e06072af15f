/**
 * Settings from a YAML file and `GATESCOPE_*` variables, checked against the one schema. The environment wins over
 * the file, the file over the defaults.
 *
 * Every leaf outside a list has a variable (`store.url` → `GATESCOPE_STORE_URL`); a list of texts is parted by commas.
 * `<VARIABLE>_FILE` names a file that holds a secret, or is the path itself where the setting is one
 * (`GATESCOPE_TLS_CERT_FILE`); in the YAML file `<setting>File` names a file that holds a secret (`passwordFile`).
 */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Type, { type TObject, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { fail, ok, type Result } from '../core/result.ts';
import { type Environment, otherVariables, unknownVariables, variableOf } from './environment.ts';
import { nearest } from './nearest.ts';
import type { SettingsProblem } from './problem.ts';
import { type SettingNotes, Settings } from './settings.ts';
import { readSettingsFile, readText, type SettingsFile } from './settings-file.ts';
import { parseDuration, parseShare, parseSize } from './units.ts';

type Path = readonly (string | number)[];
/** A value as it was written, and where: relative paths start at `folder`. */
interface Given {
  readonly value: unknown;
  readonly folder: string;
  problem(reason: string): SettingsProblem;
}

const notesOf = (schema: TSchema): SettingNotes => schema as unknown as SettingNotes;
const pathText = (path: Path): string =>
  path.reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : text === '' ? step : `${text}.${step}`),
    '',
  );

const written: Readonly<Record<string, readonly [(text: string) => number | undefined, string]>> = {
  duration: [parseDuration, 'must be a duration such as 30s, 15m, 24h or 30d'],
  size: [parseSize, 'must be a size such as 512KB, 64MB or 2GiB'],
  share: [parseShare, 'must be a share such as 20% or 0.2'],
};

/** A text as the environment gives it, in the type the schema asks for; left as it is when it does not fit. */
function fromText(schema: TSchema, text: string): unknown {
  if (Type.IsInteger(schema) && notesOf(schema).as === undefined && /^-?\d+$/.test(text)) return Number(text);
  if (Type.IsBoolean(schema) && /^(true|false)$/.test(text)) return text === 'true';
  if (Type.IsArray(schema))
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  return text;
}

/** What is wrong with `value`, in words; undefined when nothing is. */
function wrong(schema: TSchema, value: unknown): string | undefined {
  const error = Value.Errors(schema, value)[0];
  if (error === undefined) return undefined;
  if (error.keyword === 'enum')
    return `must be one of ${(schema as unknown as { enum: string[] }).enum.join(', ')}`;
  if (error.keyword === 'minLength') return 'must not be empty';
  return error.message;
}

/** Walks the schema; collects every problem instead of stopping at the first. */
class Reader {
  readonly problems: SettingsProblem[] = [];
  readonly #environment: Environment;
  readonly #file: SettingsFile | undefined;
  readonly #variables = new Set<string>(otherVariables);

  constructor(environment: Environment, file: SettingsFile | undefined) {
    this.#environment = environment;
    this.#file = file;
  }

  read(): Settings {
    const settings = this.#object(Settings, [], this.#file?.value);
    for (const name of unknownVariables(this.#environment, this.#variables))
      this.problems.push({
        file: name,
        line: undefined,
        path: '',
        reason: this.#unknown(name, [...this.#variables]),
      });
    return settings as Settings;
  }

  #object(schema: TObject, path: Path, value: unknown): Readonly<Record<string, unknown>> | undefined {
    if (value !== undefined && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      this.problems.push(this.#inFile(path, 'must be a mapping of names to values'));
      return undefined;
    }
    const given = (value ?? {}) as Readonly<Record<string, unknown>>;
    const known = Object.entries(schema.properties).flatMap(([name, property]) =>
      notesOf(property).secret === true ? [name, `${name}File`] : [name],
    );
    for (const key of Object.keys(given).filter((key) => !known.includes(key)))
      this.problems.push(this.#inFile([...path, key], this.#unknown(key, known)));

    const read: Record<string, unknown> = {};
    for (const [name, property] of Object.entries(schema.properties)) {
      const at = [...path, name];
      const child = Type.IsObject(property)
        ? this.#section(property, at, Object.hasOwn(given, name) ? given[name] : undefined)
        : this.#leaf(property, at, given);
      if (child !== undefined) read[name] = child;
    }
    return read;
  }

  #section(schema: TObject, path: Path, value: unknown): unknown {
    const named = Object.keys(schema.properties).map((name) => variableOf([...path, name].map(String)));
    const present = named.some((name) => {
      this.#variables.add(name).add(`${name}_FILE`);
      return (this.#environment.variables[name] ?? this.#environment.variables[`${name}_FILE`]) !== undefined;
    });
    const absent = (value === undefined || value === null) && !present;
    return absent && Type.IsOptional(schema) ? undefined : this.#object(schema, path, value ?? undefined);
  }

  /** `beside`: the mapping in the file that the setting is in. */
  #leaf(schema: TSchema, path: Path, beside: Readonly<Record<string, unknown>>): unknown {
    const notes = notesOf(schema);
    const told = this.problems.length;
    const given =
      this.#fromEnvironment(schema, path) ??
      this.#fromFile(path, beside) ??
      (notes.secret === true ? this.#fromSecretFile(path, beside) : undefined);
    if (this.problems.length > told) return undefined;
    if (given !== undefined) return this.#checked(schema, path, given);
    if (notes.default !== undefined)
      return this.#checked(schema, path, {
        value: notes.default,
        folder: this.#environment.folder,
        problem: (reason) => this.#inFile(path, reason),
      });
    if (!Type.IsOptional(schema)) this.problems.push(this.#inFile(path, 'is missing'));
    return undefined;
  }

  #fromFile(path: Path, beside: Readonly<Record<string, unknown>>): Given | undefined {
    const name = String(path.at(-1));
    const value = Object.hasOwn(beside, name) ? beside[name] : undefined;
    if (value === undefined || value === null) return undefined;
    const folder = dirname(this.#file?.file ?? '');
    return { value, folder, problem: (reason) => this.#inFile(path, reason) };
  }

  #fromSecretFile(path: Path, beside: Readonly<Record<string, unknown>>): Given | undefined {
    const named = this.#fromFile([...path.slice(0, -1), `${path.at(-1)}File`], beside);
    return named === undefined ? undefined : this.#secretIn(String(named.value), named);
  }

  /** A secret, from the file that `named` is about. */
  #secretIn(file: string, named: Given): Given | undefined {
    const text = readText(resolve(named.folder, file));
    if (text.ok) return { ...named, value: text.value.replace(/\r?\n$/, '') };
    this.problems.push(named.problem(`${file}: ${text.error}`));
    return undefined;
  }

  #fromEnvironment(schema: TSchema, path: Path): Given | undefined {
    if (path.some((step) => typeof step === 'number')) return undefined;
    const name = variableOf(path.map(String));
    const { folder, variables } = this.#environment;
    const notes = notesOf(schema);
    this.#variables.add(name);
    const give = (variable: string, value: unknown): Given => ({
      value,
      folder,
      problem: (reason) => ({ file: variable, line: undefined, path: pathText(path), reason }),
    });
    if (notes.secret === true || notes.as === 'path') {
      const fileName = `${name}_FILE`;
      this.#variables.add(fileName);
      const file = variables[fileName];
      if (file !== undefined) {
        if (notes.as === 'path') return give(fileName, file);
        return this.#secretIn(file, give(fileName, file));
      }
    }
    const text = variables[name];
    return text === undefined ? undefined : give(name, fromText(schema, text));
  }

  #checked(schema: TSchema, path: Path, given: Given): unknown {
    if (Type.IsArray(schema) && Array.isArray(given.value))
      return this.#list(schema, path, given.value, given);
    const notes = notesOf(schema);
    let value = given.value;
    const conversion = written[notes.as ?? ''];
    if (conversion !== undefined) {
      const [parse, expected] = conversion;
      value = typeof value === 'string' || typeof value === 'number' ? parse(String(value)) : undefined;
      if (value === undefined) {
        this.problems.push(given.problem(`${expected}${this.#shown(notes, given.value)}`));
        return undefined;
      }
    }
    const reason = wrong(schema, value);
    if (reason !== undefined) {
      this.problems.push(given.problem(`${reason}${this.#shown(notes, given.value)}`));
      return undefined;
    }
    if (notes.as !== 'path') return value;
    const file = resolve(given.folder, value as string);
    if (notes.exists === true && !existsSync(file))
      this.problems.push(given.problem(`there is no file ${file}`));
    return file;
  }

  #list(schema: TSchema, path: Path, items: readonly unknown[], given: Given): unknown[] {
    const item = (schema as unknown as { items: TSchema }).items;
    return items.map((value, index) =>
      Type.IsObject(item)
        ? this.#object(item, [...path, index], value)
        : this.#checked(item, [...path, index], { ...given, value }),
    );
  }

  #shown(notes: SettingNotes, value: unknown): string {
    if (notes.secret === true) return '';
    const text = String(value);
    return /^tcp:\/\//.test(text)
      ? `, not ${text}: Kubernetes sets this for a Service of that name; set enableServiceLinks: false in the pod`
      : `, not ${text.slice(0, 80)}`;
  }

  #unknown(name: string, known: readonly string[]): string {
    const meant = nearest(name, known);
    return meant === undefined ? 'is not a setting' : `is not a setting; did you mean ${meant}?`;
  }

  #inFile(path: Path, reason: string): SettingsProblem {
    const file = this.#file?.file ?? 'settings';
    return { file, line: this.#file?.lineOf(path), path: pathText(path), reason };
  }
}

/** The settings file in force: the one named by argument, by `GATESCOPE_CONFIG`, or `gatescope.yaml` where it is. */
export function settingsFile(environment: Environment, named?: string): string | undefined {
  const chosen = named ?? (environment.variables.GATESCOPE_CONFIG || undefined);
  if (chosen !== undefined) return resolve(environment.folder, chosen);
  const usual = resolve(environment.folder, 'gatescope.yaml');
  return existsSync(usual) ? usual : undefined;
}

/** Reads and checks all settings. Every mistake is in the error, in the order of the schema. */
export function loadSettings(options: {
  readonly environment: Environment;
  /** `--config`. */
  readonly file?: string;
  /** Values of command-line options, by the name of their variable; they win over the environment. */
  readonly overrides?: Readonly<Record<string, string | undefined>>;
}): Result<Settings, SettingsProblem[]> {
  const { environment, overrides } = options;
  const file = settingsFile(environment, options.file);
  const parsed = file === undefined ? ok(undefined) : readSettingsFile(file);
  if (!parsed.ok) return parsed;
  // An empty variable counts as not set, as people clear one in a compose file.
  const variables = Object.fromEntries(
    Object.entries(environment.variables).filter(([, text]) => text !== undefined && text !== ''),
  );
  for (const [name, value] of Object.entries(overrides ?? {}))
    if (value !== undefined) variables[name] = value;
  const reader = new Reader({ ...environment, variables }, parsed.value);
  const settings = reader.read();
  return reader.problems.length > 0 ? fail(reader.problems) : ok(settings);
}
