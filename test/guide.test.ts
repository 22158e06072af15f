/**
 * The guides are true: every block of shell in them is run against a server, in order, every block of YAML is checked as
 * settings, every block of JSON parses, and one that follows a block of shell is what that prints.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StartedServer, startTestServer, testToken } from './started-server.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs/guide')).map((name) => `docs/guide/${name}`),
  ...readdirSync(join(root, 'examples')).map((name) => `examples/${name}/README.md`),
];

/** By a part of it: why a block of shell is not run here. */
const notRun: Readonly<Record<string, string>> = {
  'npm install && npm start': 'an installed project is what runs this test, and the server runs already',
  'nginx -p': 'needs NGINX: test/integration/nginx.test.ts runs this example',
  'otoroshi-api.oto.tools': 'needs Otoroshi: what the exporter sends is tested below',
};

interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** The block follows another with nothing but blank lines in between. */
  readonly follows: boolean;
}

const read = (page: string): string => readFileSync(join(root, page), 'utf8');

function blocksOf(page: string): Block[] {
  const whole = read(page);
  let end = 0;
  return Array.from(whole.matchAll(/^```(\S*)\n(.*?)^```$/gms), (match) => {
    const before = whole.slice(0, match.index);
    const follows = end > 0 && before.slice(end).trim() === '';
    end = match.index + match[0].length;
    const [, language = '', text = ''] = match;
    return { page, line: before.split('\n').length, language, text, follows };
  });
}

const exec = promisify(execFile);
let server: StartedServer;
let folder: string;
let environment: Readonly<Record<string, string>>;

/** What the pages say for a newcomer, as it is here: another port, and the command line without npm. */
const here = (text: string): string =>
  text
    .replaceAll('npm run --silent gatescope --', 'gatescope')
    .replaceAll('http://localhost:4900', server.url);

/** Later blocks see what earlier ones exported. */
const run = (script: string) =>
  exec('bash', ['-euo', 'pipefail', '-c', `. ./exported; ${script}\nexport -p > exported`], {
    cwd: folder,
    env: { ...environment },
  });

const accessLine = (second: number): string =>
  `192.0.2.7 - ann [21/Nov/2026:10:30:${second} +0000] "GET /orders HTTP/1.1" 200 612 "-" "App/1.0"\n`;

beforeAll(async () => {
  server = await startTestServer();
  folder = await mkdtemp(join(tmpdir(), 'gatescope-guide-'));
  environment = {
    PATH: `${folder}:${process.env.PATH ?? ''}`,
    GATESCOPE_URL: server.url,
    GATESCOPE_TOKEN: testToken,
    GATESCOPE_DATA: server.data,
  };
  const main = join(root, 'src/main.ts');
  await writeFile(join(folder, 'gatescope'), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(join(folder, 'gatescope'), 0o755);
  await writeFile(join(folder, 'exported'), '');
  await writeFile(join(folder, 'access.log'), accessLine(45));
  await writeFile(join(folder, 'access.log.1.gz'), gzipSync(accessLine(44)));
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.each(pages)('%s', (page) => {
  const blocks = blocksOf(page);
  let printed = '';

  it('says of each block what it is', () => {
    expect(blocks.filter(({ language }) => !['sh', 'yaml', 'json'].includes(language))).toEqual([]);
  });

  it('links to what is there', () => {
    const links = Array.from(read(page).matchAll(/\]\(([^)#]+)[^)]*\)/g), ([, to]) => to as string);
    const absent = links.filter((to) => !/^https?:/.test(to) && !existsSync(join(root, dirname(page), to)));
    expect(absent).toEqual([]);
  });

  for (const { line, language, text, follows } of blocks) {
    const why = Object.entries(notRun).find(([part]) => text.includes(part))?.[1];
    if (language === 'sh')
      it.skipIf(why !== undefined)(
        `line ${line} can be run${why === undefined ? '' : ` (${why})`}`,
        async () => {
          printed = '';
          await server.stored();
          ({ stdout: printed } = await run(here(text)));
          expect(printed).not.toContain('urn:gatescope:problem');
        },
      );
    if (language === 'yaml')
      it(`line ${line} holds settings without a mistake`, async () => {
        await writeFile(join(folder, 'page.yaml'), text);
        await run('env -u GATESCOPE_DATA gatescope config check --config page.yaml');
      });
    if (language === 'json')
      it(`line ${line} is JSON${follows ? ', and what the block before prints' : ''}`, () => {
        const shown: unknown = JSON.parse(text);
        if (follows) expect(JSON.parse(printed)).toMatchObject(shown as object);
      });
  }
});

describe('docs/reference/api.md', () => {
  it('has every route of the server', async () => {
    const headings = Array.from(read('docs/reference/api.md').matchAll(/^### (.*)$/gm), ([, text]) =>
      (text as string).split(/,? /),
    );
    const { paths } = await server.api<{ paths: Readonly<Record<string, object>> }>('/openapi.json');
    const routes = Object.entries(paths).flatMap(([path, operations]) => {
      const url = path.replace(/\{rest\}$/, '*').replace(/\{(\w+)\}/g, ':$1');
      return Object.keys(operations).map((method) => [method.toUpperCase(), url] as const);
    });
    const absent = routes.filter(
      ([method, url]) => !headings.some((words) => words.includes(method) && words.includes(url)),
    );
    expect(absent).toEqual([['GET', '/openapi.json']]);
  });
});

describe('examples/otoroshi', () => {
  it('names an address that shakes hands and takes in what Otoroshi sends', async () => {
    const exporter = await readFile(join(root, 'examples/otoroshi/data-exporter.json'), 'utf8');
    const { config } = JSON.parse(exporter) as {
      config: { uris: [string]; index: string; user: string; maxBulkSize: number };
    };
    const address = `${server.url}${new URL(config.uris[0]).pathname}`;
    const authorization = `Basic ${Buffer.from(`${config.user}:${testToken}`).toString('base64')}`;
    const hello = await fetch(address, { headers: { authorization } });
    expect(await hello.json()).toMatchObject({ version: { number: expect.any(String) } });

    const fixture = await readFile(join(root, 'test/fixtures/otoroshi/gateway-event.ndjson'), 'utf8');
    const events = fixture.trim().split('\n').slice(0, config.maxBulkSize);
    const action = JSON.stringify({ index: { _index: `${config.index}-2026-11-21` } });
    const sent = await fetch(`${address}/_bulk`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-ndjson' },
      body: `${events.map((event) => `${action}\n${event}\n`).join('')}\n`,
    });
    const answer = (await sent.json()) as { errors: boolean; items: unknown[] };
    expect([sent.status, answer.errors, answer.items.length]).toEqual([200, false, events.length]);
  });

  it('takes what the exporter webhook of the guide sends', async () => {
    const block = blocksOf('docs/guide/connect.md').find(({ text }) => text.includes('"headers"'));
    const { url, headers } = JSON.parse(block?.text ?? '') as {
      url: string;
      headers: { Authorization: string };
    };
    const fixture = await readFile(join(root, 'test/fixtures/otoroshi/gateway-event.ndjson'), 'utf8');
    const events = fixture.trim().split('\n');
    const sent = await fetch(`${server.url}${new URL(url).pathname}`, {
      method: 'POST',
      headers: {
        authorization: headers.Authorization.replace('gs_the-token', testToken),
        'content-type': 'application/json',
        'user-agent': 'Otoroshi-ahc',
      },
      body: `[${events.join(',')}]`,
    });
    expect(sent.status).toBe(200);
    expect(await sent.json()).toMatchObject({ received: events.length, quarantined: 0 });
  });
});
