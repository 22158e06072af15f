/** What client libraries and command lines do with a request that was not taken: what they report, their caller may lose. */
import type { SenderBehaviour } from './behaviour.ts';

export const clientSenders: readonly SenderBehaviour[] = [
  {
    name: 'Elasticsearch client for JavaScript',
    userAgent: /^elasticsearch-js\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'few',
      broken: 'few',
      timeout: 'drops',
    },
    patience: 'set by `requestTimeout`',
    note: 'Three further attempts, at once after 502, 503 and 504, with growing delays after a broken connection.',
    sources: [
      {
        repository: 'elastic/elastic-transport-js',
        file: 'src/Transport.ts',
        says: '502, 503, 504 and connection errors are retried maxRetries (3) times; time-outs only with retryOnTimeout',
      },
      {
        repository: 'elastic/elasticsearch-js',
        file: 'src/helpers.ts',
        says: 'the bulk helper sends single documents again after 429, and rejects when a request fails',
      },
    ],
  },
  {
    name: 'pino-elasticsearch',
    // It is the client for JavaScript.
    userAgent: /^elasticsearch-js\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'few',
      broken: 'few',
      timeout: 'drops',
    },
    patience: 'that of the client for JavaScript',
    sources: [
      {
        repository: 'pinojs/pino-elasticsearch',
        file: 'lib.js',
        says: 'uses the bulk helper of the client with its defaults; a rejected bulk is an error event and ends the helper',
      },
    ],
  },
  {
    name: 'winston-elasticsearch',
    userAgent: /^elasticsearch-js\//,
    reactions: {
      clientError: 'minutes',
      tooMany: 'minutes',
      internalError: 'minutes',
      unavailable: 'minutes',
      broken: 'minutes',
      timeout: 'minutes',
    },
    patience: 'that of the client for JavaScript',
    note: 'After a failure it asks `_cluster/health` until that answers; `retryLimit` is 400.',
    sources: [
      {
        repository: 'vanthome/winston-elasticsearch',
        file: 'bulk_writer.js',
        says: 'any error puts the documents back, up to retryLimit times, and waits for the health of the cluster',
      },
    ],
  },
  {
    name: 'Elasticsearch client for Python',
    userAgent: /^(elasticsearch-py|elastic-transport-python)\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'few',
      internalError: 'drops',
      unavailable: 'few',
      broken: 'few',
      timeout: 'drops',
    },
    patience: '10 s (`request_timeout`)',
    sources: [
      {
        repository: 'elastic/elastic-transport-python',
        file: 'elastic_transport/_transport.py',
        says: '429, 502, 503, 504 and connection errors are retried max_retries (3) times at once; time-outs only with retry_on_timeout',
      },
    ],
  },
  {
    name: 'Elasticsearch client for Java, low-level and `BulkIngester`',
    userAgent: /^elastic(search)?-java\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'drops',
      timeout: 'drops',
    },
    patience: 'not stated in its source',
    note: 'A request is tried once at each address it has: with one address not again. `BulkIngester` retries items with 429 alone.',
    sources: [
      {
        repository: 'elastic/elasticsearch',
        file: 'client/rest/src/main/java/org/elasticsearch/client/RestClient.java',
        says: '502, 503, 504 and exceptions are tried at the next host and reported when there is none',
      },
      {
        repository: 'elastic/elasticsearch-java',
        file: 'java-client/src/main/java/co/elastic/clients/elasticsearch/_helpers/bulk/BulkIngester.java',
        says: 'an exception of a bulk request goes to the listener; only items with 429 are sent again',
      },
    ],
  },
  {
    name: 'Elasticsearch client for Go',
    userAgent: /^go-elasticsearch\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'few',
      broken: 'few',
      timeout: 'few',
    },
    patience: 'that of its caller',
    sources: [
      {
        repository: 'elastic/elastic-transport-go',
        file: 'elastictransport/elastictransport.go',
        says: '502, 503, 504 and every error of a request are retried, by default 3 times and at once',
      },
    ],
  },
  {
    name: 'OpenSearch client for JavaScript',
    userAgent: /^opensearch-js\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'few',
      broken: 'few',
      timeout: 'few',
    },
    patience: '30 s (`requestTimeout`)',
    sources: [
      {
        repository: 'opensearch-project/opensearch-js',
        file: 'lib/Transport.js',
        says: '502, 503, 504 and connection errors are retried maxRetries times at once; 429 is not',
      },
    ],
  },
  {
    name: 'OpenSearch client for Python',
    userAgent: /^opensearch-py\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'few',
      broken: 'few',
      timeout: 'drops',
    },
    patience: '10 s (`timeout`)',
    sources: [
      {
        repository: 'opensearch-project/opensearch-py',
        file: 'opensearchpy/transport.py',
        says: '502, 503, 504 and connection errors are retried max_retries times; time-outs only with retry_on_timeout',
      },
    ],
  },
  {
    name: 'OpenSearch client for Go',
    userAgent: /^opensearch-go\b/,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'few',
      broken: 'few',
      timeout: 'drops',
    },
    patience: 'that of its caller',
    sources: [
      {
        repository: 'opensearch-project/opensearch-go',
        file: 'opensearchtransport/opensearchtransport.go',
        says: '502, 503, 504, an early end of the answer and errors of the network are retried; time-outs only with EnableRetryOnTimeout',
      },
    ],
  },
  {
    name: 'OpenSearch client for Java',
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'drops',
      timeout: 'drops',
    },
    patience: 'not stated in its source',
    note: 'A request is tried once at each node it has: with one node not again.',
    sources: [
      {
        repository: 'opensearch-project/opensearch-java',
        file: 'java-client/src/main/java/org/opensearch/client/transport/httpclient5/ApacheHttpClient5Transport.java',
        says: '502, 503, 504 and exceptions are tried at the next node and reported when there is none',
      },
    ],
  },
  {
    name: 'curl',
    userAgent: /^curl\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'drops',
      timeout: 'drops',
    },
    patience: 'without end',
    note: 'A person reads the answer, so there is one. Without `--retry` nothing is sent again.',
    sources: [
      {
        repository: 'curl/curl',
        file: 'src/tool_operate.c',
        says: '408, 429, 500, 502, 503, 504 and time-outs are retried with --retry, every error with --retry-all-errors as well',
      },
    ],
  },
  {
    name: '`gatescope ingest`',
    way: '/ingest',
    reactions: {
      clientError: 'drops',
      tooMany: 'minutes',
      internalError: 'drops',
      unavailable: 'minutes',
      broken: 'minutes',
      timeout: 'minutes',
    },
    patience: 'set by `--patience`',
    note: 'Says what was answered and honours `Retry-After`; what it could not send stays in the file.',
    sources: [
      {
        repository: 'gatescope',
        file: 'src/cli/send-piece.ts',
        says: '408, 429, 502, 503, 504 and errors of the connection are retried with the same Idempotency-Key',
      },
    ],
  },
];
