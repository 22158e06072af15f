/** The rules of the house that matter, as checks: the direction of imports, the size of files, who may read what. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The flow, one way: a folder imports itself and only what lies before it. ARCHITECTURE.md walks it in this order. */
const flow = [
  'core',
  'settings',
  'telemetry',
  'folder',
  'query',
  'access',
  'protocols',
  'vocabularies',
  'journal',
  'ingest',
  'receivers',
  'delivery',
  'folds',
  'store',
  'backup',
  'sample',
  'api',
  'cli',
];
/** The composition root and the entry point may import everything. */
const roots = ['server.ts', 'main.ts'];

const filesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes('node_modules') && !file.includes('/dist/'))
    .sort();
const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file) || file.includes('.fixture.');
const importsOf = (file: string): string[] =>
  Array.from(read(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g), (match) => match[1] as string);

const sources = filesBelow('src');
const everything = [
  ...sources,
  ...filesBelow('ui'),
  ...filesBelow('bench'),
  ...filesBelow('scripts'),
  ...filesBelow('test'),
];

describe('the architecture', () => {
  it('knows every folder of src', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name);
    expect(folders.filter((folder) => !flow.includes(folder))).toEqual([]);
  });

  it('lets a folder import only what lies before it', () => {
    const wrong = sources.flatMap((file) => {
      const [, folder] = file.split('/') as [string, string];
      if (roots.includes(folder) || isTest(file)) return [];
      return importsOf(file)
        .filter((target) => target.startsWith('.'))
        .map((target) => relative(join(root, 'src'), join(root, dirname(file), target)))
        .filter(
          (target) =>
            flow.indexOf(target.split('/')[0] as string) > flow.indexOf(folder) || roots.includes(target),
        )
        .filter((target) => !(folder === 'cli' && target === 'server.ts'))
        .map((target) => `${file} imports ${target}`);
    });
    expect(wrong).toEqual([]);
  });

  it('keeps core pure: it imports nothing but TypeBox, so that it runs in the browser too', () => {
    const wrong = sources
      .filter((file) => file.startsWith('src/core/') && !isTest(file))
      .flatMap((file) =>
        importsOf(file)
          .filter((target) => !target.startsWith('./') && !/^typebox(\/|$)/.test(target))
          .map((target) => `${file} imports ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  it('reads the environment only in settings', () => {
    const wrong = sources.filter(
      (file) => !file.startsWith('src/settings/') && !isTest(file) && /process\.env\b/.test(read(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('writes SQL only in store and in the repositories of access and folds', () => {
    const wrong = sources.filter(
      (file) =>
        !/^src\/(store|access|folds)\//.test(file) &&
        !isTest(file) &&
        /['"`]\s*(SELECT|INSERT INTO|ALTER TABLE)\s/.test(read(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('opens every file with what it is', () => {
    const wrong = sources.filter(
      (file) => !isTest(file) && !file.includes('.gen.') && !/^(#!.*\n)?\s*\/\*\*/.test(read(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps files short: 500 lines is a wall', () => {
    const long = everything
      .filter((file) => !file.includes('.gen.'))
      .map((file) => `${read(file).split('\n').length} ${file}`)
      .filter((line) => Number.parseInt(line, 10) > 500);
    expect(long).toEqual([]);
  });

  it('gives no folder or file a name that says nothing', () => {
    const empty = /(^|[/.-])(utils?|helpers?|common|misc|manager|processor)(\.|-|\/)/;
    expect(everything.filter((file) => empty.test(file))).toEqual([]);
  });

  it('speaks of itself alone: no path of a machine, no name of a registry’s host', () => {
    const wrong = everything.filter(
      (file) =>
        file !== 'test/architecture.test.ts' && /\/work\/|registry\.npmjs|\.\.\/shared\//.test(read(file)),
    );
    expect(wrong).toEqual([]);
  });

  it('walks the folders in ARCHITECTURE.md in the order of the flow', () => {
    const walk = Array.from(
      read('ARCHITECTURE.md').matchAll(/^### `src\/([a-z]+)\/?`/gm),
      (match) => match[1],
    );
    expect(walk).toEqual(flow);
  });
});
