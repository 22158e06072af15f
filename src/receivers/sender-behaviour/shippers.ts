/** What log shippers and collectors do with a batch that was not taken. */
import type { SenderBehaviour } from './behaviour.ts';

export const shipperSenders: readonly SenderBehaviour[] = [
  {
    name: 'Fluent Bit, `es` and `opensearch`',
    // The plugin `http` has the same name; for both an answer is as good as a broken connection.
    userAgent: /^(Fluent-Bit|aws-fluent-bit-plugin)\b/,
    reactions: {
      clientError: 'few',
      tooMany: 'few',
      internalError: 'few',
      unavailable: 'few',
      broken: 'few',
      timeout: 'few',
    },
    patience: 'not stated in its source',
    note: '`Retry_Limit` is 1 by default: set it to `no_limits`.',
    sources: [
      {
        repository: 'fluent/fluent-bit',
        file: 'plugins/out_es/es.c',
        says: 'any status but 200 and 201, and any error of the connection, asks the engine for a retry',
      },
      {
        repository: 'fluent/fluent-bit',
        file: 'src/flb_output.c',
        says: 'an output retries once unless Retry_Limit says otherwise',
      },
    ],
  },
  {
    name: 'Fluent Bit, `http`',
    userAgent: /^Fluent-Bit\b/,
    reactions: {
      clientError: 'drops',
      tooMany: 'few',
      internalError: 'few',
      unavailable: 'few',
      broken: 'few',
      timeout: 'few',
    },
    patience: 'not stated in its source',
    note: '`Retry_Limit` is 1 by default: set it to `no_limits`.',
    sources: [
      {
        repository: 'fluent/fluent-bit',
        file: 'plugins/out_http/http.c',
        says: '4xx other than 408 and 429 is an error without retry; every other status outside 200 to 205 and every error of the connection is retried',
      },
    ],
  },
  {
    name: 'Beats (Filebeat, Metricbeat)',
    userAgent: /^Elastic-\w*beat\//i,
    reactions: {
      clientError: 'endless',
      tooMany: 'endless',
      internalError: 'endless',
      unavailable: 'endless',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: 'set by `timeout`',
    sources: [
      {
        repository: 'elastic/beats',
        file: 'libbeat/outputs/elasticsearch/client.go',
        says: 'any status but 200 and any error of the connection gives the whole batch back to be retried; single items only after 429 and 5xx',
      },
    ],
  },
  {
    name: 'Logstash, output `elasticsearch`',
    userAgent: /^Logstash\//,
    reactions: {
      clientError: 'endless',
      tooMany: 'endless',
      internalError: 'endless',
      unavailable: 'endless',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: '60 s (`timeout`)',
    note: 'A node is asked `HEAD /` before it is used again after a broken connection.',
    sources: [
      {
        repository: 'logstash-plugins/logstash-output-elasticsearch',
        file: 'lib/logstash/plugin_mixins/elasticsearch/common.rb',
        says: 'a bulk request is repeated with growing delays after every status outside 2xx, every error of the connection and every other exception',
      },
    ],
  },
  {
    name: 'OpenTelemetry Collector, `otlphttp`',
    userAgent: /^OpenTelemetry Collector\b/,
    way: '/ingest',
    reactions: {
      clientError: 'drops',
      tooMany: 'minutes',
      internalError: 'drops',
      unavailable: 'minutes',
      broken: 'minutes',
      timeout: 'minutes',
    },
    patience: '30 s (`timeout`)',
    note: 'Gives up after `retry_on_failure.max_elapsed_time` (5 min). Understands `Retry-After`.',
    sources: [
      {
        repository: 'open-telemetry/opentelemetry-collector',
        file: 'exporter/otlphttpexporter/otlp.go',
        says: '429, 502, 503, 504 and errors of the connection are retried; every other status is permanent',
      },
    ],
  },
  {
    name: 'OpenTelemetry Collector, `elasticsearch`',
    userAgent: /^OpenTelemetry Collector\b/,
    way: '/es',
    reactions: {
      clientError: 'drops',
      tooMany: 'few',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'few',
      timeout: 'drops',
    },
    patience: '90 s (`timeout`)',
    note: 'Older releases retried 500 to 504 as well. Set `retry::retry_on_status: [429, 503]` and `retry::max_retries`.',
    sources: [
      {
        repository: 'open-telemetry/opentelemetry-collector-contrib',
        file: 'exporter/elasticsearchexporter/esclient.go',
        says: 'every error of a request but the end of its own time is retried, 2 times by default, and so are the statuses of retry_on_status',
      },
      {
        repository: 'open-telemetry/opentelemetry-collector-contrib',
        file: 'exporter/elasticsearchexporter/README.md',
        says: 'retry_on_status is 429 alone by default',
      },
      {
        repository: 'elastic/go-docappender',
        file: 'bulk_indexer.go',
        says: 'a status over 299 fails the whole batch, and the batch is not kept',
      },
    ],
  },
  {
    name: 'Vector, sinks `elasticsearch` and `http`',
    userAgent: /^Vector\//,
    reactions: {
      clientError: 'drops',
      tooMany: 'endless',
      internalError: 'endless',
      unavailable: 'endless',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: '60 s (`request.timeout_secs`)',
    sources: [
      {
        repository: 'vectordotdev/vector',
        file: 'src/sinks/elasticsearch/retry.rs',
        says: '429, 5xx other than 501 and every error of the connection are retried; other 4xx are not',
      },
      {
        repository: 'vectordotdev/vector',
        file: 'src/sinks/util/http.rs',
        says: 'the same for other HTTP sinks, and 408',
      },
    ],
  },
  {
    name: 'rsyslog, `omelasticsearch`',
    reactions: {
      clientError: 'drops',
      tooMany: 'endless',
      internalError: 'endless',
      unavailable: 'endless',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: 'set by `indextimeout`',
    note: 'Sends no user agent. 401 and 403 are retried too. Set `action.resumeRetryCount="-1"`.',
    sources: [
      {
        repository: 'rsyslog/rsyslog',
        file: 'plugins/omelasticsearch/omelasticsearch.c',
        says: 'errors of the connection, 401, 403, 429 and 5xx suspend the action, so that the core retries; other statuses are failures of the data',
      },
    ],
  },
  {
    name: 'rsyslog, `omhttp`',
    reactions: {
      clientError: 'drops',
      tooMany: 'endless',
      internalError: 'endless',
      unavailable: 'endless',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: 'not stated in its source',
    note: 'Sends no user agent. Set `action.resumeRetryCount="-1"`.',
    sources: [
      {
        repository: 'rsyslog/rsyslog',
        file: 'contrib/omhttp/omhttp.c',
        says: 'errors of the connection, 429 and 5xx suspend the action; 3xx and other 4xx are failures of the data',
      },
    ],
  },
  {
    name: 'syslog-ng, `http` and `elasticsearch-http`',
    userAgent: /^syslog-ng /,
    reactions: {
      clientError: 'endless',
      tooMany: 'endless',
      internalError: 'endless',
      unavailable: 'endless',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: 'set by `timeout`',
    note: 'Drops after 410, 416, 422, 424, 425, 451 and 508, and after three attempts that got 504.',
    sources: [
      {
        repository: 'syslog-ng/syslog-ng',
        file: 'modules/http/http-worker.c',
        says: 'an error of the connection and every status without a rule of its own mean "not connected": the worker waits and sends again',
      },
      {
        repository: 'syslog-ng/syslog-ng',
        file: 'lib/logthrdest/logthrdestdrv.c',
        says: 'not connected rewinds the batch; an error counts, and drops it after three',
      },
    ],
  },
];
