/**
 * Every setting, once: type, default, limits and meaning. The loader, the environment variables, the reference page
 * and the JSON Schema for editors are derived from this.
 *
 * Notes beside JSON Schema: `as` says how a text becomes the value (duration → microseconds, size → bytes,
 * share → 0…1, path → absolute), `secret` that the value is never shown and may come from a file.
 */
import Type, { type Static } from 'typebox';
import { families } from '../core/event.ts';

export type Reading = 'duration' | 'size' | 'share' | 'path';

/** What the loader and the reference page read from a setting beside its JSON Schema. */
export interface SettingNotes {
  readonly description?: string;
  readonly as?: Reading;
  readonly secret?: boolean;
  /** The file must be there. */
  readonly exists?: boolean;
  /** As a person would write it. */
  readonly default?: unknown;
}

const duration = (description: string, written: string) =>
  Type.Integer({ description, as: 'duration', default: written, minimum: 1 });
const size = (description: string, written: string, minimum = 1) =>
  Type.Integer({ description, as: 'size', default: written, minimum });
const share = (description: string, written: string) =>
  Type.Number({ description, as: 'share', default: written });
const tenantName = { pattern: '^[a-z0-9][a-z0-9-]{0,62}$' };

const FileReceiver = Type.Object({
  path: Type.String({
    description: 'File to follow, or a pattern such as `/var/log/nginx/*.json`.',
    as: 'path',
    minLength: 1,
  }),
  vocabulary: Type.Optional(
    Type.String({ description: 'Vocabulary of the records; every one is asked when absent.' }),
  ),
  tenant: Type.String({ description: 'Tenant the events belong to.', default: 'default', ...tenantName }),
});

const NamingController = Type.Object({
  url: Type.String({
    description: 'Address of the controller without a path, such as `https://ctrl.example.com:1280`.',
    pattern: '^https://[^\\s/@?#]+/?$',
  }),
  tenant: Type.String({ description: 'Tenant of its events.', default: 'default', ...tenantName }),
  username: Type.String({ description: 'User name of an administrator.', minLength: 1 }),
  password: Type.String({ description: 'Password.', secret: true, minLength: 1 }),
  ca: Type.Optional(
    Type.String({
      description: 'PEM file of the CA of the network; that of `/.well-known/est/cacerts` as PEM.',
      as: 'path',
      exists: true,
    }),
  ),
  interval: Type.Integer({
    description: 'How often it is asked; at least a second, at most a day.',
    as: 'duration',
    default: '10m',
    minimum: 1e6,
    maximum: 86_400e6,
  }),
});

const RetentionClass = Type.Object({
  family: Type.Enum([...families], {
    description: 'Family of the events, such as `audit`; it is the name of their retention class.',
  }),
  age: Type.Integer({ description: 'How long they are kept.', as: 'duration', minimum: 1 }),
});

const TenantRedaction = Type.Object({
  tenant: Type.String({ description: 'Whose events; several entries for one tenant add up.', ...tenantName }),
  fields: Type.Array(Type.String({ minLength: 1 }), {
    description: 'Further secrets of this tenant, as in `redaction.fields`.',
    default: [],
  }),
  personal: Type.Enum(['keep', 'redact'], {
    description: 'Whether fields that the catalog marks personal are kept, or redacted as secrets are.',
    default: 'keep',
  }),
});

export const Settings = Type.Object({
  host: Type.String({
    description: 'Address to listen on. Anything but loopback wants TLS, here or at a proxy before it.',
    default: '127.0.0.1',
    minLength: 1,
  }),
  port: Type.Integer({
    description: 'Port to listen on; 0 picks a free one.',
    default: 4900,
    minimum: 0,
    maximum: 65535,
  }),
  data: Type.String({
    description: 'Folder for the journal, the store and the control data.',
    as: 'path',
    default: './data',
    minLength: 1,
  }),
  basePath: Type.String({
    description: 'Path under which a proxy serves Gatescope, such as `/gatescope`; empty for the root.',
    default: '',
    pattern: '^(/[A-Za-z0-9._~-]+)*$',
  }),
  trustedProxies: Type.Array(Type.String({ pattern: '^[0-9a-fA-F.:]+(/[0-9]{1,3})?$' }), {
    description: 'Addresses or networks whose `X-Forwarded-*` headers are believed, such as `10.0.0.0/8`.',
    default: [],
  }),
  tls: Type.Optional(
    Type.Object(
      {
        cert: Type.String({ description: 'PEM file with the certificate chain.', as: 'path', exists: true }),
        key: Type.String({ description: 'PEM file with the private key.', as: 'path', exists: true }),
      },
      { description: 'Serve HTTPS with these files.' },
    ),
  ),
  adminToken: Type.Optional(
    Type.String({
      description: 'Fixes the API token of the first admin; at least 24 random characters are advised.',
      secret: true,
      minLength: 1,
    }),
  ),
  store: Type.Optional(
    Type.Object(
      {
        url: Type.String({ description: 'HTTP address of ClickHouse.', pattern: '^https?://' }),
        username: Type.String({ description: 'User name.', default: 'default' }),
        password: Type.String({ description: 'Password.', secret: true, default: '' }),
        database: Type.String({
          description: 'Database, made when absent.',
          default: 'gatescope',
          pattern: '^[A-Za-z_][A-Za-z0-9_]*$',
        }),
      },
      { description: 'A ClickHouse server or cluster; when absent the embedded engine is used.' },
    ),
  ),
  engine: Type.Object(
    {
      memory: size('Cap on the memory of the engine process.', '1200MB', 256e6),
      port: Type.Integer({
        description: 'Loopback port of the engine; 0 picks a free one.',
        default: 0,
        minimum: 0,
        maximum: 65535,
      }),
    },
    { description: 'The embedded engine.' },
  ),
  journal: Type.Object(
    {
      retention: duration('How long a segment is kept after the store has it.', '24h'),
      maxShare: share('Share of the disk the journal may take; older stored segments go first.', '20%'),
      segment: size('Size at which a segment is closed.', '64MB', 1e6),
    },
    { description: 'The journal.' },
  ),
  disk: Type.Object(
    {
      alert: share('Free share of the disk below which an alert is raised.', '10%'),
      stop: share('Free share of the disk below which nothing is taken in.', '5%'),
      stopBytes: size('Free bytes below which nothing is taken in.', '2GB', 0),
    },
    { description: 'When the disk fills up.' },
  ),
  ingest: Type.Object(
    {
      body: size('Largest body, decompressed.', '100MB', 1024),
      record: size('Largest record; the head of a larger one goes to quarantine.', '4MB', 1024),
      inFlight: size(
        'Bytes being worked on over all receivers, shared by tenant; beyond it sockets are not read.',
        '128MB',
      ),
      wait: duration('How long a request waits for room before it is refused.', '15s'),
      leastRate: size(
        'Bytes a second at which a body has to arrive; a slower one is answered 408. 0 for no limit.',
        '1KB',
        0,
      ),
      rateWindow: duration('Time over which that rate is an average.', '30s'),
      duplicates: Type.Integer({
        description: 'Newest ids remembered to recognise duplicates; 16 bytes each.',
        default: 8_000_000,
        minimum: 1000,
      }),
    },
    { description: 'Limits of the ways in.' },
  ),
  quarantine: Type.Object(
    {
      bytes: size('Bytes kept for each tenant; beyond them records are counted by reason.', '256MB', 0),
      age: duration('How long a record is kept.', '30d'),
    },
    { description: 'Records that could not become events.' },
  ),
  receivers: Type.Object(
    {
      files: Type.Array(FileReceiver, { description: 'Files to follow.', default: [] }),
    },
    { description: 'Ways in beside HTTP, which is always there.' },
  ),
  retention: Type.Object(
    {
      age: duration('How long stored events are kept.', '400d'),
      classes: Type.Array(RetentionClass, {
        description: 'Families of events that are kept for a time of their own.',
        default: [],
      }),
      maxShare: Type.Number({
        description:
          'Share of the disk of the store that all stored events may take; the oldest days go first. At most what leaves the journal its share and the disk above its alert.',
        as: 'share',
        default: '70%',
        minimum: 0.01,
      }),
      bytes: Type.Optional(
        Type.Integer({
          description:
            'Bytes that all stored events may take, where that is less than their share of the disk.',
          as: 'size',
          minimum: 1,
        }),
      ),
      rows: Type.Optional(
        Type.Integer({
          description: 'Number of stored events above which the oldest days go. No limit when absent.',
          minimum: 1,
        }),
      ),
    },
    { description: 'How long stored events are kept.' },
  ),
  folds: Type.Object(
    {
      confirmation: duration(
        'How long the commit of an OpenZiti change is waited for before it is told as unconfirmed.',
        '5m',
      ),
    },
    { description: 'Events that are worked out from others.' },
  ),
  openziti: Type.Object(
    {
      controllers: Type.Array(NamingController, {
        description: 'Controllers that are asked for the names of identities, services and edge routers.',
        default: [],
      }),
    },
    { description: 'What is asked of OpenZiti beside its events.' },
  ),
  redaction: Type.Object(
    {
      fields: Type.Array(Type.String({ minLength: 1 }), {
        description:
          'Further secrets: names of fields and headers, or with a point in it the path of one field, such as `request.headers.x-door`.',
        default: [],
      }),
      tenants: Type.Array(TenantRedaction, {
        description: 'What one tenant wants beside that.',
        default: [],
      }),
    },
    { description: 'What is blackened before the journal, beside the rules that are always on.' },
  ),
  log: Type.Object(
    {
      level: Type.Enum(['debug', 'info', 'warn', 'error'], {
        description: 'Least level that is written.',
        default: 'info',
      }),
      format: Type.Enum(['auto', 'json', 'pretty'], {
        description: 'Form of the log on standard error; `auto` is pretty on a terminal, else JSON.',
        default: 'auto',
      }),
    },
    { description: 'Our own log.' },
  ),
  sample: Type.Object(
    {
      rate: Type.Integer({
        description: 'Calls a second of the sample traffic in its busiest minute.',
        default: 5,
        minimum: 1,
        maximum: 1000,
      }),
    },
    { description: 'Sample traffic, in a tenant of its own.' },
  ),
});
export type Settings = Static<typeof Settings>;
