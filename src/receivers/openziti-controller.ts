/**
 * The Edge Management API of an OpenZiti controller, as far as names go (OpenZiti Edge Management API, `/authenticate`,
 * `/identities`, `/services`, `/edge-routers`). It signs in with a password, keeps the session while it holds, and reads
 * each list page by page. As a real 1.7.2 answers: a session outlives a restart of the controller, and one that has ended
 * and one that lacks the right get the same 401.
 */
import type { Named, NamedKind } from '../core/named.ts';
import type { Clock } from '../core/ports.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { GatewayRecord } from '../core/spec.ts';
import { listOf, numberOf, objectOf, textOf } from '../vocabularies/reading.ts';
import { microsFrom } from '../vocabularies/times.ts';
import type { Answer, Ask } from './ask.ts';

export interface ControllerOptions {
  /** Without the path of the API, such as `https://ctrl.example.com:1280`. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** PEM of the network's CA. */
  readonly ca?: string;
  readonly ask: Ask;
  readonly clock: Clock;
}

export interface OpenzitiController {
  /** Hands over every name, a page at a time; resolves with how many there were, or with why it did not come to the end. */
  names(learn: (page: readonly Named[]) => void, signal: AbortSignal): Promise<Result<number, string>>;
}

const lists: readonly (readonly [path: string, kind: NamedKind])[] = [
  ['identities', 'identity'],
  ['services', 'service'],
  ['edge-routers', 'router'],
];

/** A controller gives no larger page, and takes a larger offset for this one. */
const pageSize = 500;
const furthest = 100_000;

function entitiesOf(kind: NamedKind, data: readonly unknown[], asked: number): Named[] {
  return data.flatMap((item) => {
    const entity = objectOf(item);
    const [id, name] = [textOf(entity.id), textOf(entity.name)];
    if (id === undefined || name === undefined) return [];
    return [{ kind, id, name, since: microsFrom(entity.updatedAt) ?? asked }];
  });
}

function recordOf(body: string): GatewayRecord {
  try {
    return objectOf(JSON.parse(body));
  } catch {
    return {};
  }
}

/** What a controller says of a question that it does not answer. */
function refusal(path: string, { status, body }: Answer): string {
  const { code, message } = objectOf(recordOf(body).error);
  const said = [textOf(code), textOf(message)].filter((text) => text !== undefined).join(': ');
  return `${path} answered ${status}${said === '' ? '' : ` (${said.slice(0, 200)})`}`;
}

export function createOpenzitiController(options: ControllerOptions): OpenzitiController {
  const { username, password, ca, ask, clock } = options;
  const base = new URL('edge/management/v1/', options.url.replace(/\/*$/, '/'));
  const trusted = ca === undefined ? {} : { ca };
  let session: string | undefined;

  async function signIn(signal: AbortSignal): Promise<Result<string, string>> {
    const answered = await ask({
      method: 'POST',
      url: new URL('authenticate?method=password', base),
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
      ...trusted,
      signal,
    });
    if (!answered.ok) return answered;
    if (answered.value.status === 401) return fail(`user name or password are refused for ${username}`);
    const token = textOf(objectOf(recordOf(answered.value.body).data).token);
    if (answered.value.status !== 200 || token === undefined)
      return fail(refusal('/authenticate', answered.value));
    return ok(token);
  }

  /** A session that has ended is begun anew once; one that was begun just now and is refused lacks the right. */
  async function read(path: string, signal: AbortSignal): Promise<Result<GatewayRecord, string>> {
    for (let isNew = false; ; ) {
      if (session === undefined) {
        const begun = await signIn(signal);
        if (!begun.ok) return begun;
        session = begun.value;
        isNew = true;
      }
      const answered = await ask({
        method: 'GET',
        url: new URL(path, base),
        headers: { accept: 'application/json', 'zt-session': session },
        ...trusted,
        signal,
      });
      if (!answered.ok) return answered;
      const { status, body } = answered.value;
      if (status === 200) return ok(recordOf(body));
      const [list] = path.split('?');
      if (status !== 401) return fail(refusal(`/${list}`, answered.value));
      session = undefined;
      if (isNew)
        return fail(`${username} may not read /${list}: it must be an administrator with one factor`);
    }
  }

  async function readList(
    [path, kind]: (typeof lists)[number],
    learn: (page: readonly Named[]) => void,
    signal: AbortSignal,
  ): Promise<Result<number, string>> {
    let learned = 0;
    for (let offset = 0; offset <= furthest; ) {
      const asked = clock();
      const page = await read(`${path}?limit=${pageSize}&offset=${offset}`, signal);
      if (!page.ok) return page;
      const data = listOf(page.value.data);
      const names = entitiesOf(kind, data, asked);
      learn(names);
      learned += names.length;
      offset += data.length;
      const total = numberOf(objectOf(objectOf(page.value.meta).pagination).totalCount) ?? 0;
      if (data.length === 0 || offset >= total) break;
    }
    return ok(learned);
  }

  return {
    async names(learn, signal) {
      let learned = 0;
      for (const list of lists) {
        const read = await readList(list, learn, signal);
        if (!read.ok) return read;
        learned += read.value;
      }
      return ok(learned);
    },
  };
}
