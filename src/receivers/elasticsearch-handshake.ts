/**
 * What Elasticsearch clients ask before and beside their bulk requests, answered so that they go on: Otoroshi, Logstash,
 * Beats, Fluent Bit, Vector, the official clients. We store no templates, policies or pipelines; that a template was
 * sent is remembered, because Otoroshi creates it after a 404 and replaces it after a 200.
 */

export interface ElasticQuestion {
  readonly method: string;
  /** Decoded segments of the path behind the prefix, empty ones left out. */
  readonly path: readonly string[];
  readonly tenant: string;
  readonly userAgent: string;
  /** Host and port under which the client reached us. */
  readonly host: string;
}

export interface ElasticAnswer {
  readonly status: number;
  /** Absent: no body. */
  readonly body?: unknown;
}

/** The body of an error as Elasticsearch writes it. */
export const elasticError = (status: number, type: string, reason: string): Record<string, unknown> => ({
  error: { root_cause: [{ type, reason }], type, reason },
  status,
});

/** Templates remembered for each tenant. */
const mostTemplates = 1_000;
export const standardVersion = '8.19.0';

/** A Beat refuses a server that is older than itself, so it is told its own version. */
const versionFor = (userAgent: string): string =>
  /^Elastic-\w+\/(\d+\.\d+\.\d+)/.exec(userAgent)?.[1] ?? standardVersion;

const root = (userAgent: string) => ({
  name: 'gatescope',
  cluster_name: 'gatescope',
  cluster_uuid: 'Z2F0ZXNjb3BlLWV2ZW50cw',
  version: {
    number: versionFor(userAgent),
    build_flavor: 'default',
    build_type: 'tar',
    build_hash: '0',
    build_date: '2024-01-01T00:00:00.000Z',
    build_snapshot: false,
    lucene_version: '9.12.0',
    minimum_wire_compatibility_version: '7.17.0',
    minimum_index_compatibility_version: '7.0.0',
  },
  tagline: 'You Know, for Search',
});

const license = {
  license: {
    status: 'active',
    uid: '00000000-0000-0000-0000-000000000000',
    type: 'basic',
    issue_date: '2024-01-01T00:00:00.000Z',
    issue_date_in_millis: 1_704_067_200_000,
    max_nodes: 1000,
    issued_to: 'gatescope',
    issuer: 'elasticsearch',
    start_date_in_millis: -1,
  },
};
const xpack = {
  build: {},
  license: { status: 'active', type: 'basic' },
  features: { ilm: { available: true, enabled: true } },
};
const health = {
  cluster_name: 'gatescope',
  status: 'green',
  timed_out: false,
  number_of_nodes: 1,
  number_of_data_nodes: 1,
};
const shards = { total: 1, successful: 1, skipped: 0, failed: 0 };
const nothingFound = {
  took: 0,
  timed_out: false,
  _shards: shards,
  hits: { total: { value: 0, relation: 'eq' }, max_score: null, hits: [] },
};
const nodes = (host: string) => ({
  _nodes: { total: 1, successful: 1, failed: 0 },
  cluster_name: 'gatescope',
  nodes: { n1: { name: 'gatescope', roles: ['data', 'ingest'], http: { publish_address: host } } },
});

const good = (body?: unknown): ElasticAnswer =>
  body === undefined ? { status: 200 } : { status: 200, body };
const acknowledged = good({ acknowledged: true });

/** Answers by the last word of the path that begins with an underscore. */
const readings: Readonly<Record<string, (question: ElasticQuestion) => unknown>> = {
  _license: () => license,
  _xpack: () => xpack,
  _nodes: ({ host }) => nodes(host),
  _count: () => ({ count: 0, _shards: shards }),
  _search: () => nothingFound,
  _refresh: () => ({ _shards: shards }),
};

/** Remembers the templates that tenants have sent, until the program ends. */
export function createHandshake(): (question: ElasticQuestion) => ElasticAnswer | undefined {
  const templates = new Map<string, Set<string>>();

  function template({ method, path, tenant }: ElasticQuestion): ElasticAnswer {
    const [kind = '', name = ''] = path;
    const known = templates.get(tenant) ?? new Set<string>();
    const key = `${kind}/${name}`;
    if (method === 'PUT' || method === 'POST') {
      if (known.size < mostTemplates) templates.set(tenant, known.add(key));
      return acknowledged;
    }
    if (method === 'DELETE') {
      known.delete(key);
      return acknowledged;
    }
    if (name === '') return good(kind === '_template' ? {} : { index_templates: [] });
    if (known.has(key))
      return good(
        kind === '_template'
          ? { [name]: { index_patterns: [] } }
          : { index_templates: [{ name, index_template: { index_patterns: [], composed_of: [] } }] },
      );
    const reason = `index template matching [${name}] not found`;
    return { status: 404, body: elasticError(404, 'resource_not_found_exception', reason) };
  }

  /** Policies, pipelines, data streams, mappings, settings, indices: all are well, none is kept. */
  function anything({ method, path }: ElasticQuestion): ElasticAnswer | undefined {
    const [first = ''] = path;
    if (method === 'GET' || method === 'HEAD') return good({});
    if (path.length === 1 && !first.startsWith('_') && method === 'PUT')
      return good({ acknowledged: true, shards_acknowledged: true, index: first });
    return method === 'PUT' || method === 'DELETE' ? acknowledged : undefined;
  }

  return (question) => {
    const { method, path, userAgent } = question;
    const [first = ''] = path;
    const reads = method === 'GET' || method === 'HEAD' || method === 'POST';
    if (path.length === 0) return reads ? good(root(userAgent)) : undefined;
    if (first === '_index_template' || first === '_template') return template(question);
    if (first === '_cluster' && path[1] === 'health') return good(health);
    const word = first.startsWith('_') ? first : path[1];
    const reading = word === undefined || !Object.hasOwn(readings, word) ? undefined : readings[word];
    if (reading !== undefined && reads) return good(reading(question));
    return anything(question);
  };
}
