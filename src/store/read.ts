/**
 * The reader: every question about stored events goes through here, with a tenant. Nothing rejects for what a person
 * can ask; problems are values. Calls are independent and may run at once.
 */
import { createSeal } from '../access/seal.ts';
import type { EventsPage, Frame } from '../core/frame.ts';
import type { Clock } from '../core/ports.ts';
import type { Query, QueryProblem } from '../core/query.ts';
import { fail, ok, type Result } from '../core/result.ts';
import type { Fields } from '../query/fields.ts';
import { type AskContext, type Range, resolveFilter, resolveQuery, resolveRange } from '../query/resolve.ts';
import { microsText, parseMoment } from '../query/time.ts';
import { openZone, type Zone } from '../query/zone.ts';
import type { CompileContext } from './compile.ts';
import { questionOf, readCursor, writeCursor } from './cursor.ts';
import type { StoreClient } from './engine/client.ts';
import { createMask, type Mask } from './mask.ts';
import { type Found, readNearest, readOne, readPage } from './read-events.ts';
import { readFrame } from './read-frame.ts';
import { readValues, type ValueCount } from './read-values.ts';
import { createRun, type ReadLimits, usualLimits } from './run.ts';

export interface ReaderOptions {
  readonly client: StoreClient;
  /** Why the tables cannot be asked yet; undefined once they can. */
  readonly unprepared?: () => string | undefined;
  readonly clock: Clock;
  readonly fields: Fields;
  /** Position after the last event of the journal: pages after the first show nothing newer. */
  readonly journalEnd: () => number;
  /** A secret of the installation, for the marks of masked values (`mask.ts`) and for cursors. */
  readonly maskSecret: string;
  readonly limits?: ReadLimits;
}

/** Who asks. */
export interface Asking {
  /** Whether personal data and `raw` may be seen: the scope `read:raw`. */
  readonly unmasked: boolean;
  /** Whether positions may be seen and asked about: the scope `installation`. No, unless it is said. */
  readonly positions?: boolean;
  /** Stops the statement in the engine too. */
  readonly signal?: AbortSignal;
}

type Moment = string | number;

export interface EventsAsk {
  readonly filter?: string;
  /** The last 24 hours by default. */
  readonly from?: Moment;
  readonly to?: Moment;
  /** 100 by default, at most 5000. */
  readonly limit?: number;
  readonly order?: 'newest' | 'oldest';
  /** Of the page before; `filter` must be the same, `from`, `to` and `order` are those of page one. */
  readonly cursor?: string;
  readonly total?: boolean;
  /** Columns to show beside `id`, `time`, `received` and `position`; all by default. */
  readonly columns?: readonly string[];
}

export interface ValuesAsk {
  readonly field: string;
  readonly prefix?: string;
  readonly filter?: string;
  readonly from?: Moment;
  readonly to?: Moment;
  /** 20 by default, at most 1000. */
  readonly limit?: number;
}

export interface Reader {
  query(tenant: string, query: Query, asking: Asking): Promise<Result<Frame, QueryProblem>>;
  events(tenant: string, ask: EventsAsk, asking: Asking): Promise<Result<EventsPage, QueryProblem>>;
  /** `raw` is only given to those who may see it. */
  event(
    tenant: string,
    id: string,
    ask: { readonly type?: string; readonly raw: boolean },
    asking: Asking,
  ): Promise<Result<Found, QueryProblem>>;
  /** Most frequent values first. */
  values(tenant: string, ask: ValuesAsk, asking: Asking): Promise<Result<ValueCount[], QueryProblem>>;
  /** The time of the matching event nearest to `from` (now by default), in RFC 3339; null when there is none at all. */
  nearest(
    tenant: string,
    ask: { readonly filter?: string; readonly from?: Moment },
    asking: Asking,
  ): Promise<Result<string | null, QueryProblem>>;
  /** The masking that the reader applies, for those who show events from elsewhere (the live tail). */
  readonly mask: Mask;
}

export const mostEvents = 5000;
/** Bytes of the answer to one question; it is put together without a pause. */
const frameBytes = 16 * 1024 * 1024;

export function createReader(options: ReaderOptions): Reader {
  const { clock, fields } = options;
  const run = createRun(options.client, options.limits, options.unprepared);
  const runForFrames = createRun(
    options.client,
    { ...(options.limits ?? usualLimits), bytes: frameBytes },
    options.unprepared,
  );
  const mask = createMask(fields, options.maskSecret);
  const utc = openZone('UTC') as Zone;
  const seal = createSeal(options.maskSecret);
  const compileContext = (tenant: string, { unmasked, positions = false }: Asking): CompileContext => ({
    tenant,
    mask: unmasked ? undefined : mask,
    positions,
  });
  const askContext = ({ unmasked, positions = false }: Asking): AskContext => ({
    fields,
    now: clock(),
    unmasked,
    positions,
  });
  const invalid = (path: string, reason: string) => fail<QueryProblem>({ kind: 'invalid', path, reason });
  const lastDay = (ask: { from?: Moment; to?: Moment }, now: number): Result<Range, QueryProblem> =>
    resolveRange({ from: ask.from ?? 'now-24h', to: ask.to ?? 'now' }, now, utc);

  return {
    mask,
    async query(tenant, query, asking) {
      const ask = resolveQuery(query, askContext(asking));
      if (!ask.ok) return ask;
      return readFrame(runForFrames, ask.value, compileContext(tenant, asking), clock, asking.signal);
    },

    async events(tenant, ask, asking) {
      const start = clock();
      const limit = ask.limit ?? 100;
      if (!Number.isInteger(limit) || limit < 1 || limit > mostEvents)
        return invalid('limit', `expected a whole number from 1 to ${mostEvents}`);
      const unknown = ask.columns?.find((name) => name === 'raw' || !isColumn(name, fields));
      if (unknown !== undefined) return invalid('columns', `${unknown} is no column that a list can show`);
      const condition = resolveFilter(ask.filter ?? '', 'filter', askContext(asking));
      if (!condition.ok) return condition;
      const question = questionOf(tenant, ask.filter ?? '');
      const cursor = ask.cursor === undefined ? undefined : readCursor(ask.cursor, tenant, seal);
      if (ask.cursor !== undefined && cursor === undefined)
        return invalid('cursor', 'this is no cursor of ours: begin again without one');
      if (cursor !== undefined && cursor.question !== question)
        return invalid('cursor', 'this cursor belongs to another filter: begin again without one');
      const range = lastDay(ask, start);
      if (!range.ok) return range;
      const resolved = cursor ?? {
        ...range.value,
        order: ask.order ?? 'newest',
        end: options.journalEnd(),
        question,
      };
      const page = await readPage(
        run,
        {
          ...resolved,
          condition: condition.value,
          limit,
          total: ask.total ?? false,
          ...(ask.columns === undefined
            ? {}
            : { columns: ask.columns.filter((name) => name !== 'position') }),
        },
        compileContext(tenant, asking),
        asking.signal,
      );
      if (!page.ok) return page;
      const { next, ...shown } = page.value;
      const sealed = next === null ? null : writeCursor(next, tenant, seal);
      return ok({ ...shown, next: sealed, took: (clock() - start) / 1000 });
    },

    async event(tenant, id, { type, raw }, asking) {
      if (raw && !asking.unmasked)
        return fail({ kind: 'forbidden', path: 'raw', reason: 'raw needs the scope read:raw' });
      return readOne(run, id, { type, raw }, compileContext(tenant, asking), asking.signal);
    },

    async values(tenant, ask, asking) {
      const field = fields.find(ask.field);
      if (!field.ok) return invalid('field', field.error);
      const limit = ask.limit ?? 20;
      if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
        return invalid('limit', 'expected a whole number from 1 to 1000');
      const condition = resolveFilter(ask.filter ?? '', 'filter', askContext(asking));
      if (!condition.ok) return condition;
      const range = lastDay(ask, clock());
      if (!range.ok) return range;
      const valuesAsk = { ...range.value, condition: condition.value, prefix: ask.prefix ?? '', limit };
      return readValues(run, field.value, valuesAsk, compileContext(tenant, asking), asking.signal);
    },

    async nearest(tenant, { filter, from }, asking) {
      const now = clock();
      const condition = resolveFilter(filter ?? '', 'filter', askContext(asking));
      if (!condition.ok) return condition;
      const at = parseMoment(from ?? 'now', { now, timezone: 'UTC' });
      if (!at.ok) return invalid('from', at.error);
      const found = await readNearest(
        run,
        condition.value,
        at.value,
        compileContext(tenant, asking),
        asking.signal,
      );
      return found.ok ? ok(found.value === null ? null : microsText(found.value)) : found;
    },
  };
}

const isColumn = (name: string, fields: Fields): boolean => {
  const field = fields.find(name);
  return name === 'attributes' || (field.ok && 'column' in field.value.source);
};
