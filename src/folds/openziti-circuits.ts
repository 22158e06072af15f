/**
 * The life of an OpenZiti circuit as one connection (OpenZiti events documentation). An attempt that fails may be
 * repeated under the same id, so that failures and then a circuit are one dial; a circuit that a controller forgot when
 * it ended never says so.
 *
 *   failed … ─▶ nothing more comes ─▶ failed         created ─▶ pathUpdated … ─▶ deleted ─▶ closed
 *                                                       └─ nothing more for a week ─▶ lost
 *
 * Seen on a real 1.7.2: a controller that is started again says nothing of the circuits it had, which go on carrying data;
 * and of a circuit within one router no `deleted` comes when that router is started again. The router-offline of the latter
 * is also told when no more than the router's connection to its controller broke, so it is not taken for an end.
 *
 * Its events come in any order: they are merged, and the connection is told a moment after the last of them. What comes
 * later still takes back what was told.
 */
import type { Event } from '../core/event.ts';
import { addressOf, numberOf, objectOf, textOf, textsOf } from '../vocabularies/reading.ts';
import { severityOf } from '../vocabularies/verdict.ts';
import { type Facts, factOf, merged, timeOf } from './facts.ts';
import { type DerivedRecord, type Fold, type FoldContext, type FoldInput, takenBack } from './fold.ts';
import { connection } from './openziti-connection.ts';

interface State {
  readonly facts: Facts;
  /** Times of the attempts that failed, and of the changes of the path: one event may be told under two spellings. */
  readonly failed: readonly string[];
  readonly moved: readonly string[];
  readonly told?: DerivedRecord;
  /** How often it was told. */
  readonly times: number;
  /** Something came that was not told. */
  readonly news: boolean;
}
const nothing: State = { facts: {}, failed: [], moved: [], times: 0, news: false };

const phases: ReadonlySet<unknown> = new Set(['created', 'pathUpdated', 'deleted', 'failed']);

/** Waits in microseconds: for stragglers of an ended circuit, for another attempt, for the end, for what is very late. */
const settle = 10e6;
const retry = 60e6;
const longest = 7 * 86_400e6;
const late = 3600e6;
/** Attempts, and changes of the path, that are told apart. */
const mostCounted = 200;

const idOf = ({ record }: FoldInput): string | undefined =>
  textOf(record.circuit_id) ?? textOf(record.session_id);

const isEnded = ({ facts }: State): boolean => facts.deleted !== undefined;
const isOpen = (state: State): boolean =>
  !isEnded(state) && (state.facts.created !== undefined || state.facts.pathUpdated !== undefined);

const within = (times: readonly string[], time: string): readonly string[] =>
  times.includes(time) || times.length >= mostCounted ? times : [...times, time];

/** Microseconds of nanoseconds. */
const microsOfNanos = (nanos: unknown): number | undefined => {
  const number = numberOf(nanos);
  return number === undefined ? undefined : Math.round(number / 1000);
};

/** What one event says, by the names under which `recordOf` asks. */
function saidBy({ event, record }: FoldInput): Readonly<Record<string, unknown>> {
  const path = objectOf(record.path);
  const tags = objectOf(record.tags);
  const phase = textOf(record.event_type) ?? '';
  return {
    [phase]: event.id,
    gateway: textOf(record.event_src_id),
    service: textOf(record.service_id) ?? textOf(tags.serviceId),
    client: textOf(tags.clientId),
    host: textOf(tags.hostId),
    terminator: textOf(record.terminator_id),
    nodes: textsOf(path.nodes),
    clientIp: addressOf(path.initiator_remote_addr),
    backend: textOf(path.terminator_remote_addr),
    linkCount: phase === 'failed' ? undefined : numberOf(record.link_count),
    pathCost: numberOf(record.path_cost),
    setUp: phase === 'created' ? microsOfNanos(record.creation_timespan) : undefined,
    duration: phase === 'deleted' ? microsOfNanos(record.duration) : undefined,
    failure: phase === 'failed' ? failureOf(event) : undefined,
  };
}

/** Why an attempt failed, as its event has it. */
const failureOf = ({ outcome, error, errorOrigin, denialReason, nativeDenialReason }: Event) => ({
  outcome,
  error,
  errorOrigin,
  denialReason,
  nativeDenialReason,
});

/** How it ended, and the fact that says so. */
function endOf(state: State) {
  if (isEnded(state)) return { action: 'closed', outcome: 'success', by: 'deleted' } as const;
  if (!isOpen(state)) return { action: 'failed', outcome: 'failure', by: 'failed' } as const;
  const [created = 0, moved = 0] = [timeOf(state.facts, 'created'), timeOf(state.facts, 'pathUpdated')];
  return { action: 'lost', outcome: 'unknown', by: moved > created ? 'pathUpdated' : 'created' } as const;
}

function recordOf(circuitId: string, state: State, { nameOf }: FoldContext): DerivedRecord {
  const { facts, failed, moved, times } = state;
  const { action, outcome, by } = endOf(state);
  const fact = (name: string): unknown => factOf(facts, name);
  const known = (name: string): string | undefined => fact(name) as string | undefined;
  const failure = action === 'failed' ? (fact('failure') as Partial<Event> | undefined) : undefined;
  const cause = String(fact(by));
  const nodes = (fact('nodes') ?? []) as readonly string[];
  const nameOfRouter = (id: string): string => nameOf('router', id) ?? id;
  const identity = (id: string | undefined): string | undefined =>
    nameOf('identity', id) ?? nameOf('router', id) ?? id;
  const verdict = failure?.outcome === 'denied' ? 'denied' : outcome;
  return {
    vocabulary: 'openziti',
    type: 'connection',
    // Not the id of its cause: an event must be found by its id alone.
    id: times === 0 ? `${cause}/connection` : `${cause}/connection/${times + 1}`,
    causedBy: cause,
    depth: 1,
    time: timeOf(facts, by) ?? 0,
    action,
    severity: severityOf(verdict),
    ...failure,
    outcome: verdict,
    granted: verdict !== 'denied',
    gateway: known('gateway'),
    node: nodes[0],
    service: nameOf('service', known('service')) ?? known('service'),
    serviceId: known('service'),
    consumer: identity(known('client')),
    consumerId: known('client'),
    clientIp: known('clientIp'),
    duration: fact('duration'),
    overhead: fact('setUp'),
    attempts: failed.length + (action === 'failed' ? 0 : 1),
    circuitId,
    hostName: identity(known('host')),
    hostId: known('host'),
    terminator: known('terminator'),
    backend: known('backend'),
    routers: nodes.map(nameOfRouter).join(', '),
    routerIds: nodes.join(', '),
    linkCount: fact('linkCount'),
    pathCost: fact('pathCost'),
    rerouted: moved.length,
  };
}

export const openzitiCircuits: Fold<State> = {
  name: 'openziti-circuits',
  doc: 'Circuits of OpenZiti, from the first attempt to the end, as one connection each.',
  vocabulary: 'openziti',
  reads: [{ type: 'circuit' }],
  makes: [connection],
  most: 200_000,
  key(input) {
    const id = idOf(input);
    if (id === undefined || !phases.has(input.record.event_type)) return undefined;
    return `${textOf(input.record.event_src_id) ?? ''}/${id}`;
  },
  step(state = nothing, input) {
    const { event, record } = input;
    const said = textOf(record.timestamp) ?? event.id;
    const failed = record.event_type === 'failed' ? within(state.failed, said) : state.failed;
    const moved = record.event_type === 'pathUpdated' ? within(state.moved, said) : state.moved;
    const facts = merged(state.facts, { circuit: idOf(input), ...saidBy(input) }, event.time);
    if (facts === state.facts && failed === state.failed && moved === state.moved) return undefined;
    const next = { ...state, facts, failed, moved, news: true };
    const wait = state.told !== undefined || isEnded(next) ? settle : isOpen(next) ? longest : retry;
    return { keep: { state: next, until: event.received + wait } };
  },
  expire(state, due, context) {
    const { told } = state;
    if (!state.news) return {};
    const before = told === undefined ? [] : [takenBack(told)];
    const { told: _, ...open } = state;
    // It was told as failed or lost, and lives.
    if (told !== undefined && isOpen(state))
      return { keep: { state: open, until: due + longest }, derived: before };
    const record = recordOf(String(factOf(state.facts, 'circuit')), state, context);
    const next = { ...state, told: record, times: state.times + 1, news: false };
    return {
      keep: { state: next, until: due + (isOpen(state) ? longest : late) },
      derived: [...before, record],
    };
  },
};
