-- Generated from src/core/event.ts by src/store/schema.ts; not to be edited.

CREATE DATABASE IF NOT EXISTS gatescope ENGINE = Atomic;

CREATE TABLE IF NOT EXISTS gatescope.version (
  version UInt32,
  since DateTime DEFAULT now()
) ENGINE = MergeTree
ORDER BY version;

CREATE TABLE IF NOT EXISTS gatescope.detached (
  name String,
  since DateTime DEFAULT now()
) ENGINE = MergeTree
ORDER BY name;

CREATE TABLE IF NOT EXISTS gatescope.events (
  position UInt64 CODEC(Delta, ZSTD(1)),
  batch UInt64 CODEC(Delta, ZSTD(1)),
  id String CODEC(ZSTD(1)),
  weight Int32 CODEC(ZSTD(1)),
  causedBy String CODEC(ZSTD(1)),
  tenant LowCardinality(String) CODEC(ZSTD(1)),
  time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  received DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
  vocabulary LowCardinality(String) CODEC(ZSTD(1)),
  type LowCardinality(String) CODEC(ZSTD(1)),
  family LowCardinality(String) CODEC(ZSTD(1)),
  action LowCardinality(String) CODEC(ZSTD(1)),
  severity LowCardinality(String) CODEC(ZSTD(1)),
  outcome LowCardinality(String) CODEC(ZSTD(1)),
  gateway LowCardinality(String) CODEC(ZSTD(1)),
  node LowCardinality(String) CODEC(ZSTD(1)),
  env LowCardinality(String) CODEC(ZSTD(1)),
  zone LowCardinality(String) CODEC(ZSTD(1)),
  service LowCardinality(String) CODEC(ZSTD(1)),
  serviceId LowCardinality(String) CODEC(ZSTD(1)),
  apiVersion LowCardinality(String) CODEC(ZSTD(1)),
  route LowCardinality(String) CODEC(ZSTD(1)),
  operation LowCardinality(String) CODEC(ZSTD(1)),
  product LowCardinality(String) CODEC(ZSTD(1)),
  package LowCardinality(String) CODEC(ZSTD(1)),
  plan LowCardinality(String) CODEC(ZSTD(1)),
  consumer LowCardinality(String) CODEC(ZSTD(1)),
  consumerId LowCardinality(String) CODEC(ZSTD(1)),
  consumerGroups Array(LowCardinality(String)) CODEC(ZSTD(1)),
  identityType LowCardinality(String) CODEC(ZSTD(1)),
  application LowCardinality(String) CODEC(ZSTD(1)),
  user LowCardinality(String) CODEC(ZSTD(1)),
  clientIp String CODEC(ZSTD(1)),
  userAgent LowCardinality(String) CODEC(ZSTD(1)),
  country LowCardinality(String) CODEC(ZSTD(1)),
  method LowCardinality(String) CODEC(ZSTD(1)),
  scheme LowCardinality(String) CODEC(ZSTD(1)),
  host LowCardinality(String) CODEC(ZSTD(1)),
  path String CODEC(ZSTD(1)),
  status Nullable(UInt16) CODEC(ZSTD(1)),
  protocol LowCardinality(String) CODEC(ZSTD(1)),
  granted Nullable(Bool) CODEC(ZSTD(1)),
  denialReason LowCardinality(String) CODEC(ZSTD(1)),
  nativeDenialReason LowCardinality(String) CODEC(ZSTD(1)),
  errorOrigin LowCardinality(String) CODEC(ZSTD(1)),
  error String CODEC(ZSTD(1)),
  message String CODEC(ZSTD(1)),
  cached Nullable(Bool) CODEC(ZSTD(1)),
  duration Nullable(Int64) CODEC(ZSTD(1)),
  upstreamDuration Nullable(Int64) CODEC(ZSTD(1)),
  overhead Nullable(Int64) CODEC(ZSTD(1)),
  bytesIn Nullable(Int64) CODEC(ZSTD(1)),
  bytesOut Nullable(Int64) CODEC(ZSTD(1)),
  attempts Nullable(UInt16) CODEC(ZSTD(1)),
  requestId String CODEC(ZSTD(1)),
  parentRequestId String CODEC(ZSTD(1)),
  traceId String CODEC(ZSTD(1)),
  spanId String CODEC(ZSTD(1)),
  entityType LowCardinality(String) CODEC(ZSTD(1)),
  entityId String CODEC(ZSTD(1)),
  circuitId String CODEC(ZSTD(1)),
  retention LowCardinality(String) CODEC(ZSTD(1)),
  reportedTime LowCardinality(String) CODEC(ZSTD(1)),
  attributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  rawEncoding LowCardinality(String) CODEC(ZSTD(1)),
  raw String CODEC(ZSTD(1)),
  INDEX byPosition position TYPE minmax GRANULARITY 1,
  INDEX byId id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX byRequestId requestId TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX byTraceId traceId TYPE bloom_filter(0.01) GRANULARITY 1,
  PROJECTION overview (SELECT tenant, toStartOfFiveMinutes(time), family, env, gateway, outcome, sum(weight), sum(duration * weight), sumIf(weight, isNotNull(duration)), minIf(duration, weight > 0), maxIf(duration, weight > 0), sum(upstreamDuration * weight), sumIf(weight, isNotNull(upstreamDuration)), minIf(upstreamDuration, weight > 0), maxIf(upstreamDuration, weight > 0), sum(overhead * weight), sumIf(weight, isNotNull(overhead)), minIf(overhead, weight > 0), maxIf(overhead, weight > 0), sum(bytesIn * weight), sumIf(weight, isNotNull(bytesIn)), minIf(bytesIn, weight > 0), maxIf(bytesIn, weight > 0), sum(bytesOut * weight), sumIf(weight, isNotNull(bytesOut)), minIf(bytesOut, weight > 0), maxIf(bytesOut, weight > 0), quantilesDDStateIf(0.01, 0.5, 0.75, 0.9, 0.95, 0.99)(duration, weight > 0), quantilesDDStateIf(0.01, 0.5, 0.75, 0.9, 0.95, 0.99)(upstreamDuration, weight > 0), quantilesDDStateIf(0.01, 0.5, 0.75, 0.9, 0.95, 0.99)(overhead, weight > 0), uniqCombined64StateIf(consumer, notEmpty(consumer) AND weight > 0) GROUP BY tenant, toStartOfFiveMinutes(time), family, env, gateway, outcome),
  PROJECTION routes (SELECT tenant, toStartOfHour(time), family, env, service, route, outcome, sum(weight), sum(duration * weight), sumIf(weight, isNotNull(duration)), minIf(duration, weight > 0), maxIf(duration, weight > 0), sum(upstreamDuration * weight), sumIf(weight, isNotNull(upstreamDuration)), minIf(upstreamDuration, weight > 0), maxIf(upstreamDuration, weight > 0), sum(overhead * weight), sumIf(weight, isNotNull(overhead)), minIf(overhead, weight > 0), maxIf(overhead, weight > 0), sum(bytesIn * weight), sumIf(weight, isNotNull(bytesIn)), minIf(bytesIn, weight > 0), maxIf(bytesIn, weight > 0), sum(bytesOut * weight), sumIf(weight, isNotNull(bytesOut)), minIf(bytesOut, weight > 0), maxIf(bytesOut, weight > 0), quantilesDDStateIf(0.01, 0.5, 0.75, 0.9, 0.95, 0.99)(duration, weight > 0), quantilesDDStateIf(0.01, 0.5, 0.75, 0.9, 0.95, 0.99)(upstreamDuration, weight > 0), quantilesDDStateIf(0.01, 0.5, 0.75, 0.9, 0.95, 0.99)(overhead, weight > 0) GROUP BY tenant, toStartOfHour(time), family, env, service, route, outcome),
  PROJECTION consumers (SELECT tenant, toStartOfFifteenMinutes(time), family, env, consumer, outcome, sum(weight), sum(bytesIn * weight), sumIf(weight, isNotNull(bytesIn)), minIf(bytesIn, weight > 0), maxIf(bytesIn, weight > 0), sum(bytesOut * weight), sumIf(weight, isNotNull(bytesOut)), minIf(bytesOut, weight > 0), maxIf(bytesOut, weight > 0) GROUP BY tenant, toStartOfFifteenMinutes(time), family, env, consumer, outcome),
  PROJECTION breakdown (SELECT tenant, toStartOfFiveMinutes(time), family, env, gateway, service, route, status, outcome, denialReason, sum(weight), sum(duration * weight), sumIf(weight, isNotNull(duration)), minIf(duration, weight > 0), maxIf(duration, weight > 0), sum(upstreamDuration * weight), sumIf(weight, isNotNull(upstreamDuration)), minIf(upstreamDuration, weight > 0), maxIf(upstreamDuration, weight > 0), sum(overhead * weight), sumIf(weight, isNotNull(overhead)), minIf(overhead, weight > 0), maxIf(overhead, weight > 0), sum(bytesIn * weight), sumIf(weight, isNotNull(bytesIn)), minIf(bytesIn, weight > 0), maxIf(bytesIn, weight > 0), sum(bytesOut * weight), sumIf(weight, isNotNull(bytesOut)), minIf(bytesOut, weight > 0), maxIf(bytesOut, weight > 0) GROUP BY tenant, toStartOfFiveMinutes(time), family, env, gateway, service, route, status, outcome, denialReason)
) ENGINE = MergeTree
PARTITION BY (retention, toDate(time))
ORDER BY (tenant, toStartOfHour(time), service, time, position)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1, min_compressed_bytes_to_fsync_after_merge = 1, old_parts_lifetime = 30, min_bytes_for_wide_part = 134217728, vertical_merge_algorithm_min_rows_to_activate = 1, merge_selector_base = 12;
