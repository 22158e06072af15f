/** What an OpenZiti controller says beside circuits: sessions, sign-ins, what came and went, metrics, changes. */
import { shortAt, shortOf, uuidAt } from '../ids.ts';
import type { Random } from '../random.ts';
import { consumers, services } from '../world.ts';
import {
  administrators,
  changed,
  dialling,
  event,
  hostOf,
  routerOf,
  routers,
  stateOf,
  terminatorOf,
} from './openziti-network.ts';

type Say = (random: Random, time: number) => readonly string[];

const sessions: Say = (random, time) => {
  const consumer = random.pick(consumers);
  const identity = shortOf(dialling(consumer));
  const address = `${consumer.ip}:${40_000 + random.below(20_000)}`;
  const apiSession = uuidAt(time, random.hex(16));
  const service = random.pick(services);
  return [
    event('authentication', time, {
      event_type: 'success',
      type: 'password',
      authenticator_id: shortOf(`password of ${consumer.name}`),
      external_jwt_signer_id: '',
      identity_id: identity,
      auth_policy_id: 'default',
      remote_address: address,
      success: false,
      reason: '',
      improper_client_cert_chain: false,
    }),
    event('apiSession', time + 2, {
      event_type: random.pick(['created', 'created', 'refreshed']),
      id: apiSession,
      type: 'jwt',
      token: '',
      identity_id: identity,
      ip_address: address,
    }),
    event('session', time + 9, {
      event_type: 'created',
      session_type: 'Dial',
      provider: 'jwt',
      id: shortAt(time, random.hex(14)),
      token: shortAt(time, random.hex(14)),
      api_session_id: apiSession,
      identity_id: identity,
      service_id: shortOf(service),
    }),
    event('connect', time + 20, {
      src_type: 'identity',
      dst_type: 'router',
      src_id: identity,
      src_addr: address,
      dst_id: shortOf(routerOf(random.below(3))),
      dst_addr: '10.20.0.4:3022',
    }),
    event('sdk', time + 31, { event_type: 'sdk-online', identity_id: identity }),
  ];
};

const terminator = (router: string, service: string, time: number, online: boolean): string =>
  event('terminator', time, {
    event_type: online ? 'router-online' : 'router-offline',
    service_id: shortOf(service),
    terminator_id: terminatorOf(service),
    router_id: shortOf(router),
    host_id: shortOf(hostOf(service)),
    instance_id: '',
    router_online: online,
    precedence: 'default',
    static_cost: 0,
    dynamic_cost: 4,
    total_terminators: 2,
    usable_default_terminators: online ? 2 : 1,
    usable_required_terminators: 0,
  });

/** A router is away for a quarter of a minute, and with it its links and terminators. */
const absence: Say = (random, time) => {
  const router = random.pick(routers);
  const service = random.pick(services);
  const away = time - 15_000;
  return [
    event('router', away, {
      event_type: 'router-offline',
      router_id: shortOf(router),
      router_online: false,
    }),
    event('link', away + 1, { event_type: 'fault', link_id: shortOf(`${router} to core-1`) }),
    terminator(router, service, away + 4, false),
    event('router', time, { event_type: 'router-online', router_id: shortOf(router), router_online: true }),
    terminator(router, service, time + 4, true),
  ];
};

const metrics: Say = (random, time) => {
  const [source, target] = [routerOf(random.below(3)), 'core-1'];
  const mean = random.around(4_200_000, 0.2);
  return [
    event('metrics', time, {
      metric_type: 'histogram',
      source_id: shortOf(source),
      source_entity_id: shortOf(`${source} to ${target}`),
      version: 3,
      metric: 'link.latency',
      metrics: {
        count: 360,
        min: Math.round(mean * 0.9),
        mean,
        p50: mean,
        p95: mean * 1.2,
        p99: mean * 1.7,
        max: Math.round(mean * 2.2),
      },
      tags: { sourceRouterId: shortOf(source), targetRouterId: shortOf(target) },
      source_event_id: uuidAt(time, random.hex(16)),
    }),
  ];
};

const dials: Say = (random, time) => {
  const service = random.pick(services);
  const counted = (kind: string, count: number) =>
    event('service', time, {
      version: 2,
      event_type: kind,
      terminator_id: terminatorOf(service),
      service_id: shortOf(service),
      count,
      interval_start_utc: Math.floor(time / 60_000) * 60 - 60,
      interval_length: 60,
    });
  return [
    counted('service.dial.success', 1 + random.below(40)),
    ...(random.chance(0.2) ? [counted('service.dial.fail', 1)] : []),
  ];
};

/** An administrator changes who may use a service; one of ten such changes is refused. */
const change: Say = (random, time) => {
  const service = random.pick(services);
  const { hex, pick } = random;
  const roles = ['shop', pick(['restricted', 'partners', 'finance'])];
  return changed(
    {
      eventId: uuidAt(time, hex(16)),
      time,
      done: 'updated',
      author: pick(administrators),
      entityType: 'services',
      before: stateOf(service, ['shop'], time - 86_400_000),
      after: stateOf(service, roles, time),
    },
    !random.chance(0.1),
  );
};

const counts: Say = (random, time) => [
  event('entityCount', time, {
    counts: {
      apiSessions: 200 + random.below(60),
      identities: 22,
      routers: 3,
      services: services.length,
      sessions: 700 + random.below(300),
      terminators: services.length * 2,
    },
  }),
];

const alert: Say = (random, time) => {
  const [router, service] = [random.pick(routers), random.pick(services)];
  return [
    event('alert', time, {
      alert_source_type: 'router',
      alert_source_id: shortOf(router),
      severity: 'error',
      message: 'the service cannot be listened for',
      details: ['network interface eth3 has no address that could be used'],
      related_entities: { router: shortOf(router), service: shortOf(service) },
    }),
  ];
};

/** The common ones more often. */
const said: readonly Say[] = [
  sessions,
  sessions,
  sessions,
  metrics,
  metrics,
  dials,
  dials,
  change,
  counts,
  absence,
  alert,
];

export const around = (random: Random, time: number): readonly string[] => random.pick(said)(random, time);
