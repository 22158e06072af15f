/**
 * The event: one envelope for every vocabulary. This schema is the single source of truth for the columns of the
 * store, the text rows of the journal, the fields of the filter language, OpenAPI and the reference pages.
 *
 * Absent means absent: '' for text, undefined for everything else; a gateway's -1 for "unknown" is absent too.
 */
import Type, { type Static } from 'typebox';

export const families = [
  'traffic',
  'audit',
  'alert',
  'error',
  'violation',
  'health',
  'session',
  'network',
  'usage',
  'metric',
  'performance',
  'trace',
  'job',
  'unknown',
] as const;
export type Family = (typeof families)[number];

export const outcomes = ['success', 'clientError', 'failure', 'denied', 'unknown'] as const;
export type Outcome = (typeof outcomes)[number];

export const severities = ['debug', 'info', 'notice', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof severities)[number];

/** Why a gateway refused a request: a closed list, the gateway's own words stay in `nativeDenialReason`. */
export const denialReasons = [
  'noAclGroups',
  'routeNotAllowed',
  'ipRestriction',
  'timeRestriction',
  'invalidCredentials',
  'rateOrQuotaExceeded',
  'policyViolation',
  'other',
] as const;
export type DenialReason = (typeof denialReasons)[number];

export type ColumnGroup = 'identity' | 'origin' | 'what' | 'who' | 'request' | 'how much' | 'links' | 'rest';

/** Units as UCUM writes them: microseconds and bytes. */
export type Unit = 'us' | 'By';

/** What the store, the filter language and the pages read from a column beside its JSON Schema. */
export interface ColumnNotes {
  readonly description: string;
  readonly group: ColumnGroup;
  /** The ClickHouse type of the column. */
  readonly column: string;
  readonly unit?: Unit;
  /** Personal data: masked on read without the permission for it. */
  readonly personal?: boolean;
}

const note = (group: ColumnGroup, description: string, column: string, more?: Partial<ColumnNotes>) => ({
  description,
  group,
  column,
  ...more,
});

/** Text with few distinct values. */
const word = (group: ColumnGroup, description: string, more?: Partial<ColumnNotes>) =>
  Type.Optional(Type.String(note(group, description, 'LowCardinality(String)', more)));
/** Text with many distinct values. */
const text = (group: ColumnGroup, description: string, more?: Partial<ColumnNotes>) =>
  Type.Optional(Type.String(note(group, description, 'String', more)));
const integer = (group: ColumnGroup, description: string, more?: Partial<ColumnNotes>) =>
  Type.Optional(Type.Integer(note(group, description, 'Nullable(Int64)', more)));
const flag = (group: ColumnGroup, description: string) =>
  Type.Optional(Type.Boolean(note(group, description, 'Nullable(Bool)')));
const choice = <const T extends readonly string[]>(group: ColumnGroup, values: T, description: string) =>
  // The values as a type: Enum would widen them to string here.
  Type.Unsafe<T[number]>(Type.Enum([...values], note(group, description, 'LowCardinality(String)')));
const micros = 'Microseconds since 1970-01-01 UTC in memory, RFC 3339 with microseconds in JSON.';

export const Event = Type.Object({
  id: Type.String(
    note(
      'identity',
      'What the event type declares as its identity, verbatim where it is the sender’s own.',
      'String',
    ),
  ),
  weight: Type.Integer(
    note(
      'identity',
      '1; 0 for a second report of the same call; -1 for a correction; more when sampled.',
      'Int32',
    ),
  ),
  causedBy: text('identity', 'Id of the event from which this one was derived.'),
  tenant: Type.String(
    note('identity', 'Whose event it is, from the token that sent it.', 'LowCardinality(String)'),
  ),
  time: Type.Integer(
    note('identity', `When it happened, by the clock of the gateway. ${micros}`, "DateTime64(6, 'UTC')"),
  ),
  received: Type.Integer(note('identity', `When Gatescope took it in. ${micros}`, "DateTime64(6, 'UTC')")),
  vocabulary: Type.String(
    note('identity', 'The product whose words the record speaks.', 'LowCardinality(String)'),
  ),
  type: Type.String(note('identity', 'Native name of the event type, normalised.', 'LowCardinality(String)')),
  family: choice('identity', families, 'What sort of thing happened, the same for all gateways.'),
  action: word('identity', 'What was done, such as CREATE_ROUTE, or which alert or phase it is.'),
  severity: choice('identity', severities, 'How much it matters.'),
  outcome: choice('identity', outcomes, 'How it ended. Denied is refused by the gateway before the backend.'),

  gateway: word('origin', 'Product instance, cluster or controller that reported it.'),
  node: word('origin', 'Node of the gateway that reported it.'),
  env: word('origin', 'Environment, such as prod.'),
  zone: word('origin', 'Zone of the node.'),

  service: word('what', 'API or service concerned, by name.'),
  serviceId: word('what', 'API or service concerned, by id.'),
  apiVersion: word('what', 'Version of the API.'),
  route: word('what', 'Route that matched, by name or id.'),
  operation: word('what', 'Operation of the API.'),
  product: word('what', 'Product the API belongs to.'),
  package: word('what', 'Package the consumer subscribed to.'),
  plan: word('what', 'Plan the consumer subscribed to.'),

  consumer: word('who', 'Who called: name of the API key, application or user.', { personal: true }),
  consumerId: word('who', 'Who called, by id.', { personal: true }),
  consumerGroups: Type.Optional(
    Type.Array(Type.String(), note('who', 'ACL groups of the consumer.', 'Array(LowCardinality(String))')),
  ),
  identityType: word('who', 'Kind of identity, such as APIKEY or PRIVATEAPP.'),
  application: word('who', 'Application of the consumer.'),
  user: word('who', 'Person who acted.', { personal: true }),
  clientIp: text('who', 'Address of the caller.', { personal: true }),
  userAgent: word('who', 'User agent of the caller.'),
  country: word('who', 'Country of the caller, ISO 3166-1 alpha-2.'),

  method: word('request', 'HTTP method.'),
  scheme: word('request', 'URL scheme.'),
  host: word('request', 'Host that was asked for.'),
  path: text('request', 'Path that was asked for, with its query.'),
  status: Type.Optional(
    Type.Integer(note('request', 'HTTP status code answered to the caller.', 'Nullable(UInt16)')),
  ),
  protocol: word('request', 'Protocol, such as HTTP/1.1.'),
  granted: flag('request', 'Whether the gateway let the request pass.'),
  denialReason: Type.Optional(choice('request', denialReasons, 'Why the gateway refused the request.')),
  nativeDenialReason: word('request', 'Why the gateway refused the request, in its own words.'),
  errorOrigin: word('request', 'Where the error arose: gateway, upstream or client.'),
  error: text('request', 'Error message.'),
  message: text('request', 'What the record says in a sentence.'),
  cached: flag('request', 'Whether the answer came from a cache.'),

  duration: integer('how much', 'From first byte in to last byte out.', { unit: 'us' }),
  upstreamDuration: integer('how much', 'Time spent in the backend.', { unit: 'us' }),
  overhead: integer('how much', 'Time spent in the gateway itself.', { unit: 'us' }),
  bytesIn: integer('how much', 'Bytes received from the caller.', { unit: 'By' }),
  bytesOut: integer('how much', 'Bytes sent to the caller.', { unit: 'By' }),
  attempts: Type.Optional(
    Type.Integer(note('how much', 'Attempts to reach the backend.', 'Nullable(UInt16)')),
  ),

  requestId: text('links', 'Id of the request.'),
  parentRequestId: text('links', 'Id of the request that caused this one.'),
  traceId: text('links', 'W3C trace id.'),
  spanId: text('links', 'W3C span id.'),
  entityType: word('links', 'Kind of entity that was acted upon.'),
  entityId: text('links', 'Id of the entity that was acted upon.'),
  circuitId: text('links', 'OpenZiti circuit.'),

  retention: Type.String(
    note('rest', 'Retention class, which decides how long the row is kept.', 'LowCardinality(String)'),
  ),
  reportedTime: Type.Optional(
    Type.String(
      note('rest', 'Time as reported, where it was too far off to be believed.', 'LowCardinality(String)'),
    ),
  ),
  attributes: Type.Optional(
    Type.Record(
      Type.String(),
      Type.String(),
      note(
        'rest',
        'Declared fields without a column, and unknown scalars of the top level.',
        'Map(LowCardinality(String), String)',
      ),
    ),
  ),
  rawEncoding: word('rest', 'Empty where `raw` is text, `base64` where the record was not valid UTF-8.'),
  raw: Type.String(note('rest', 'The record as received, secrets redacted in place.', 'String')),
});
export type Event = Static<typeof Event>;
export type ColumnName = keyof Event;

/** A stored event: an event and its place in the journal. */
export type StoredEvent = Event & { readonly position: number };

export interface Column extends ColumnNotes {
  readonly name: ColumnName;
  readonly kind: 'text' | 'integer' | 'flag' | 'time' | 'list' | 'map';
}

const kindOf = (column: string): Column['kind'] => {
  if (column.startsWith('Map')) return 'map';
  if (column.startsWith('Array')) return 'list';
  if (column.startsWith('DateTime64')) return 'time';
  if (column.includes('Bool')) return 'flag';
  return column.includes('Int') ? 'integer' : 'text';
};

/** Every column in the order of the schema, which is the order of the text rows; `raw` is last. */
export const columns: readonly Column[] = Object.entries(Event.properties).map(([name, schema]) => {
  const notes = schema as unknown as ColumnNotes;
  return {
    name: name as ColumnName,
    kind: kindOf(notes.column),
    description: notes.description,
    group: notes.group,
    column: notes.column,
    ...(notes.unit === undefined ? {} : { unit: notes.unit }),
    ...(notes.personal === undefined ? {} : { personal: notes.personal }),
  };
});

/** The columns by name. */
export const columnByName: ReadonlyMap<string, Column> = new Map(
  columns.map((column) => [column.name, column]),
);
