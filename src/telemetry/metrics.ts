/**
 * What `/metrics` says, in the Prometheus text format. The totals of the equation live in the journal and outlast a
 * restart; they are read from there when somebody asks, so that no second count can differ from the first.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { watchEventLoop } from './event-loop.ts';

/** received = journalled + quarantined + duplicates; replays are counted beside it. */
export interface EquationTotals {
  readonly tenant: string;
  readonly received: number;
  readonly journalled: number;
  readonly quarantined: number;
  readonly duplicates: number;
  readonly replayed: number;
}

/** journalled = delivered + pending + dead-lettered + expired + lost, for each consumer and tenant. */
export interface ConsumerTotals {
  readonly consumer: string;
  readonly tenants: readonly {
    readonly tenant: string;
    readonly delivered: number;
    readonly pending: number;
    readonly deadLettered: number;
    readonly expired: number;
    readonly lost: number;
    readonly balanced: boolean;
  }[];
  /** Age of the oldest pending event, in seconds. */
  readonly lag: number;
}

/** What store and journal found when they were compared. */
export interface ComparisonTotals {
  /** Rows of each tenant that are in neither. */
  readonly lost: Iterable<{ readonly tenant: string; readonly rows: number }>;
  /** Rows that the store has and that were not journalled. */
  readonly surplus: number;
  /** Positions that the journal gave out and has no longer, though it never dropped them. */
  readonly gaps: number;
}

export interface JournalTotals {
  readonly bytes: number;
  readonly segments: number;
  readonly syncs: number;
  /** Position after the last durable event. */
  readonly end: number;
}

export interface FoldTotals {
  readonly fold: string;
  readonly keys: number;
  readonly derived: number;
  readonly evicted: number;
}

/** Where the figures come from; each is asked once a scrape and answers from memory. */
export interface MetricSources {
  equation(): Iterable<EquationTotals>;
  /** Journalled events that the store had already: delivered, and stored once. Since the start of the process. */
  lateDuplicates(): number;
  /** Places redacted in what was taken in, since the start of the process. */
  redactions(): Iterable<{ readonly tenant: string; readonly rule: string; readonly count: number }>;
  consumers(): Iterable<ConsumerTotals>;
  comparison(): ComparisonTotals;
  folds(): Iterable<FoldTotals>;
  journal(): JournalTotals;
  /** 1 when queries are answered. */
  storeReady(): boolean;
}

export interface Metrics {
  readonly contentType: string;
  /** The whole page. */
  text(): Promise<string>;
  /** One answered request; `route` is the pattern, so that its values are few. */
  observe(answered: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  stop(): void;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];

/** A total that is kept elsewhere, as a counter: set anew at every scrape. */
function totals<T>(
  registry: Registry,
  name: string,
  help: string,
  labels: readonly string[],
  read: () => Iterable<T>,
  values: (item: T) => readonly (readonly [Readonly<Record<string, string>>, number])[],
): void {
  new Counter({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect() {
      this.reset();
      for (const item of read()) for (const [label, value] of values(item)) this.inc({ ...label }, value);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** A figure of each consumer and tenant. */
function tenantGauge(
  registry: Registry,
  name: string,
  help: string,
  consumers: MetricSources['consumers'],
  read: (figures: ConsumerTotals['tenants'][number]) => number,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['consumer', 'tenant'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { consumer, tenants } of consumers())
        for (const figures of tenants) this.set({ consumer, tenant: figures.tenant }, read(figures));
    },
  });
}

function addComparison(registry: Registry, { comparison }: MetricSources): void {
  totals(
    registry,
    'gatescope_lost_events_total',
    'Events that were accepted and are in neither store nor journal any more.',
    ['tenant'],
    () => comparison().lost,
    ({ tenant, rows }) => [[{ tenant }, rows]],
  );
  gauge(
    registry,
    'gatescope_store_surplus_events',
    'Events that the store has and that were not journalled, when the two were compared last.',
    () => comparison().surplus,
  );
  gauge(
    registry,
    'gatescope_journal_gap_events',
    'Events that the journal lacks though it never dropped them: a segment was damaged or deleted.',
    () => comparison().gaps,
  );
}

function addEquation(registry: Registry, sources: MetricSources): void {
  const { equation, lateDuplicates, redactions, consumers } = sources;
  totals(
    registry,
    'gatescope_events_total',
    'Events by what became of them: received = journalled + quarantined + duplicate.',
    ['tenant', 'result'],
    equation,
    ({ tenant, ...counts }) => [
      [{ tenant, result: 'received' }, counts.received],
      [{ tenant, result: 'journalled' }, counts.journalled],
      [{ tenant, result: 'quarantined' }, counts.quarantined],
      [{ tenant, result: 'duplicate' }, counts.duplicates],
      [{ tenant, result: 'replayed' }, counts.replayed],
    ],
  );
  totals(
    registry,
    'gatescope_late_duplicates_total',
    'Journalled events that the store had already: older than every id that is remembered, and stored once.',
    [],
    () => [lateDuplicates()],
    (count) => [[{}, count]],
  );
  totals(
    registry,
    'gatescope_redacted_total',
    'Secrets redacted before the journal, by the rule that found them; repetitions of an event are not counted.',
    ['tenant', 'rule'],
    redactions,
    ({ count, ...labels }) => [[labels, count]],
  );
  totals(
    registry,
    'gatescope_consumer_events_total',
    'Events of a consumer: journalled = delivered + pending + dead-lettered + expired + lost.',
    ['consumer', 'tenant', 'result'],
    function* () {
      for (const { consumer, tenants } of consumers())
        for (const figures of tenants) yield { consumer, ...figures };
    },
    ({ consumer, tenant, delivered, deadLettered, expired, lost }) => [
      [{ consumer, tenant, result: 'delivered' }, delivered],
      [{ consumer, tenant, result: 'dead_lettered' }, deadLettered],
      [{ consumer, tenant, result: 'expired' }, expired],
      [{ consumer, tenant, result: 'lost' }, lost],
    ],
  );
  tenantGauge(
    registry,
    'gatescope_consumer_pending_events',
    'Events the consumer has yet to take.',
    consumers,
    ({ pending }) => pending,
  );
  tenantGauge(
    registry,
    'gatescope_consumer_balanced',
    '1 when what became of the events of the consumer adds up to those that were journalled.',
    consumers,
    ({ balanced }) => (balanced ? 1 : 0),
  );
  new Gauge({
    name: 'gatescope_consumer_lag_seconds',
    help: 'Age of the oldest event the consumer has yet to take.',
    labelNames: ['consumer'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { consumer, lag } of consumers()) this.set({ consumer }, lag);
    },
  });
}

function addFolds(registry: Registry, { folds }: MetricSources): void {
  totals(
    registry,
    'gatescope_fold_events_total',
    'Derived events, and states that were given up as there were too many.',
    ['fold', 'result'],
    folds,
    ({ fold, derived, evicted }) => [
      [{ fold, result: 'derived' }, derived],
      [{ fold, result: 'evicted' }, evicted],
    ],
  );
  new Gauge({
    name: 'gatescope_fold_keys',
    help: 'States that a fold keeps.',
    labelNames: ['fold'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { fold, keys } of folds()) this.set({ fold }, keys);
    },
  });
}

function addJournal(registry: Registry, { journal, storeReady }: MetricSources): void {
  gauge(registry, 'gatescope_journal_bytes', 'Bytes of the journal on disk.', () => journal().bytes);
  gauge(registry, 'gatescope_journal_segments', 'Segments of the journal.', () => journal().segments);
  gauge(registry, 'gatescope_journal_end', 'Position after the last durable event.', () => journal().end);
  totals(
    registry,
    'gatescope_journal_syncs_total',
    'Times the journal was forced to disk.',
    [],
    () => [journal()],
    ({ syncs }) => [[{}, syncs]],
  );
  gauge(registry, 'gatescope_store_ready', '1 when the store answers.', () => (storeReady() ? 1 : 0));
}

/** Begins to watch the process; `stop` ends it. Each has a registry of its own. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const loop = watchEventLoop();
  gauge(
    registry,
    'gatescope_event_loop_delay_max_seconds',
    'Longest time the event loop was held up since the start.',
    () => loop.maximum,
  );
  gauge(
    registry,
    'gatescope_event_loop_delay_p99_seconds',
    '99th percentile of the delay of the event loop since the start.',
    () => loop.p99,
  );
  addEquation(registry, sources);
  addComparison(registry, sources);
  addFolds(registry, sources);
  addJournal(registry, sources);
  const requests = new Histogram({
    name: 'gatescope_http_request_duration_seconds',
    help: 'Time to answer HTTP requests.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    stop: () => loop.stop(),
  };
}
