/** What gateways do with a batch that was not taken. */
import type { SenderBehaviour, Source } from './behaviour.ts';

const otoroshiQueue: Source = {
  repository: 'MAIF/otoroshi',
  file: 'otoroshi/app/events/OtoroshiEventsActor.scala',
  says: 'the queue of an exporter drops its oldest event when it is full; only the events of a send that threw are offered to it again, those of a refused send are logged',
};

/** Of both HTTP clients inside Otoroshi: `Otoroshi-ahc`, and `Otoroshi-akka` where the exporter has TLS settings. */
const otoroshi = /^Otoroshi-/;

export const gatewaySenders: readonly SenderBehaviour[] = [
  {
    name: 'Otoroshi, exporter `elastic`',
    userAgent: otoroshi,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: 'at least 20 s',
    note: 'Retries at once and byte for byte, tens of times a second; `bufferSize` events are kept, the oldest are dropped beyond. An answer of 200 with `errors: true` is final too.',
    sources: [
      otoroshiQueue,
      {
        repository: 'MAIF/otoroshi',
        file: 'otoroshi/app/events/impl/ElasticAnalytics.scala',
        says: 'a status of 400 or more, or errors in a bulk answer, are logged and returned as the result; a failed request is passed on so that the caller sends again',
      },
    ],
  },
  {
    name: 'Otoroshi, exporter `webhook`',
    userAgent: otoroshi,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'endless',
      timeout: 'endless',
    },
    patience: 'not stated in its source',
    note: 'Every answer counts as success, and none is logged as an error.',
    sources: [
      otoroshiQueue,
      {
        repository: 'MAIF/otoroshi',
        file: 'otoroshi/app/events/impl/WebHookAnalytics.scala',
        says: 'any answer completes the send, whatever its status; a failed request is passed on so that the caller sends again',
      },
    ],
  },
  {
    name: 'Otoroshi, exporter `http`',
    userAgent: otoroshi,
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'drops',
      timeout: 'drops',
    },
    patience: '60 s (`timeout`)',
    note: 'Never sends again, not even after a refused connection: use `elastic` or `webhook`.',
    sources: [
      {
        repository: 'MAIF/otoroshi',
        file: 'otoroshi/app/models/dataExporter.scala',
        says: 'a status outside 2xx and an exception alike become a failed result, which the queue only logs',
      },
    ],
  },
  {
    name: 'Kong, plugin `http-log`',
    reactions: {
      clientError: 'minutes',
      tooMany: 'minutes',
      internalError: 'minutes',
      unavailable: 'minutes',
      broken: 'minutes',
      timeout: 'minutes',
    },
    patience: '10 s (`timeout`)',
    note: 'A batch is lost after `queue.max_retry_time` (60 s), entries beyond `queue.max_entries` (10 000) at once. Sent with the HTTP library’s user agent, as APISIX.',
    sources: [
      {
        repository: 'Kong/kong',
        file: 'kong/plugins/http-log/handler.lua',
        says: 'a status of 300 or more and an error of the connection are failures',
      },
      {
        repository: 'Kong/kong',
        file: 'kong/tools/queue.lua',
        says: 'a failed batch is sent again with doubling delays until max_retry_time, then dropped; a full queue drops its oldest entries',
      },
    ],
  },
  {
    name: 'APISIX, `http-logger` and `elasticsearch-logger`',
    reactions: {
      clientError: 'drops',
      tooMany: 'drops',
      internalError: 'drops',
      unavailable: 'drops',
      broken: 'drops',
      timeout: 'drops',
    },
    patience: '3 s (`http-logger`), 10 s (`elasticsearch-logger`)',
    note: 'Set `max_retry_count` (default 0: one attempt) and `retry_delay`; then every failure is retried.',
    sources: [
      {
        repository: 'apache/apisix',
        file: 'apisix/utils/batch-processor.lua',
        says: 'any failure is retried max_retry_count times, 0 by default, then the entries are dropped',
      },
      {
        repository: 'apache/apisix',
        file: 'apisix/plugins/http-logger.lua',
        says: 'a status of 400 or more and an error of the connection are failures',
      },
      {
        repository: 'apache/apisix',
        file: 'apisix/plugins/elasticsearch-logger.lua',
        says: 'any status but 200 and an error of the connection are failures',
      },
    ],
  },
  {
    name: 'webMethods API Gateway, Elasticsearch and custom destinations',
    patience: 'not checked',
    note: 'Its source is not public.',
    sources: [],
  },
];
