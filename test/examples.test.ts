/** The examples fit together: what they make a gateway log is what the vocabulary reads, and their settings hold. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadSettings } from '../src/settings/load.ts';
import { vocabularies } from '../src/vocabularies/index.gen.ts';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const read = (file: string): string => readFileSync(`${folder}${file}`, 'utf8');
const examples = readdirSync(folder);
const followed = examples.filter((name) => existsSync(`${folder}${name}/gatescope.yaml`));

/** The names that the first type of a vocabulary knows. */
function namesOf(name: string): string[] {
  const type = vocabularies.find((vocabulary) => vocabulary.name === name)?.types[0];
  return Object.keys(type?.fields.properties ?? {});
}
const all = (text: string, pattern: RegExp): string[] =>
  Array.from(text.matchAll(pattern), (match) => match[1] as string);

/** The names that the configuration in each folder gives what it logs. */
const logged: Readonly<Record<string, () => string[]>> = {
  apache: () => all(read('apache/gatescope.conf'), / (\w+)=%/g),
  caddy: () => all(read('caddy/Caddyfile'), /log_append (\w+) /g),
  envoy: () => all(read('envoy/envoy.yaml'), /^ {26}(\w+): ["']%/gm),
  haproxy: () => all(read('haproxy/haproxy.cfg'), /"(\w+)":/g),
  nginx: () => all(read('nginx/nginx.conf'), /"(\w+)":"\$/g),
};

describe.each(followed)('the example for %s', (name) => {
  it('has settings without a mistake, which follow a file in its own vocabulary', () => {
    const settings = loadSettings({
      environment: { variables: {}, folder: `${folder}${name}` },
      file: `${folder}${name}/gatescope.yaml`,
    });
    if (!settings.ok) throw new Error(JSON.stringify(settings.error));
    expect(settings.value.receivers.files.map(({ vocabulary }) => vocabulary)).toEqual([name]);
  });

  it.runIf(logged[name] !== undefined)('logs what the vocabulary knows by that name', () => {
    const names = logged[name]?.() ?? [];
    expect(names.length).toBeGreaterThan(3);
    expect(names.filter((one) => !namesOf(name).includes(one))).toEqual([]);
  });
});

it.each(examples.flatMap((name) => readdirSync(`${folder}${name}`).map((file) => `${name}/${file}`)))(
  '%s is not damaged',
  (file) => {
    const text = read(file);
    if (file.endsWith('.yaml')) expect(parse(text)).toBeTypeOf('object');
    else if (file.endsWith('.json')) expect(JSON.parse(text)).toBeTypeOf('object');
    else expect(text.endsWith('\n')).toBe(true);
  },
);
