/**
 * Sample calls as circuits through an OpenZiti network: each is made, used and ended, or is refused. The names of all
 * that takes part are told before, as changes of entities, so that what is worked out from circuits bears names.
 */
import type { Call } from '../call.ts';
import type { Dialect } from '../dialect.ts';
import { shortAt, shortOf, uuidAt } from '../ids.ts';
import { createRandom } from '../random.ts';
import { around } from './openziti-around.ts';
import {
  administrators,
  changed,
  dialling,
  entities,
  event,
  hostOf,
  routerOf,
  stateOf,
  terminatorOf,
} from './openziti-network.ts';

/** A circuit lives longer than a call: the client keeps it for its next ones. */
const callsPerCircuit = 4;

function circuitOf(call: Call) {
  const client = dialling(call.consumer);
  const host = hostOf(call.route.service);
  const [first, last] = [routerOf(call.node), routerOf(call.node + 1)];
  return {
    first,
    last,
    tags: { clientId: shortOf(client), hostId: shortOf(host), serviceId: shortOf(call.route.service) },
    fields: {
      version: 2,
      circuit_id: shortAt(call.time, call.requestId),
      client_id: shortAt(call.time, `s${call.requestId}`),
      service_id: shortOf(call.route.service),
      terminator_id: terminatorOf(call.route.service),
      instance_id: '',
      path: {
        nodes: [shortOf(first), shortOf(last)],
        links: [shortOf(`${first} to ${last}`)],
        ingress_id: shortAt(call.time, `i${call.requestId}`),
        egress_id: shortAt(call.time, `e${call.requestId}`),
        initiator_local_addr: `10.20.0.${call.node + 4}:3022`,
        initiator_remote_addr: `${call.consumer.ip}:${40_000 + (call.sequence % 20_000)}`,
        terminator_local_addr: `10.20.1.7:${30_000 + (call.sequence % 20_000)}`,
        terminator_remote_addr: `10.20.1.${30 + call.node}:8443`,
      },
      link_count: 1,
    },
  };
}

/** The first router counts what it exchanges with the client, the last what it exchanges with the host. */
function usage(call: Call, { first, last, tags, fields }: ReturnType<typeof circuitOf>): readonly string[] {
  const [up, down] = [call.bytesIn * callsPerCircuit + 517, call.bytesOut * callsPerCircuit];
  const counted = (router: string, bytes: object) =>
    event('usage', call.time - 1, {
      version: 3,
      source_id: shortOf(router),
      circuit_id: fields.circuit_id,
      usage: bytes,
      interval_start_utc: Math.floor(call.time / 60_000) * 60,
      interval_length: 60,
      tags,
    });
  return [
    counted(first, { 'ingress.rx': up, 'ingress.tx': down }),
    counted(last, { 'egress.rx': down, 'egress.tx': up }),
  ];
}

function failure({ refusal, status, sequence }: Call): string | undefined {
  if (refusal !== undefined) return 'ROUTER_ERR_PORT_NOT_ALLOWED';
  if (status < 500) return undefined;
  return sequence % 2 === 0 ? 'NO_ONLINE_TERMINATORS' : 'ROUTER_ERR_CONN_REFUSED';
}

function records(call: Call): readonly string[] {
  if (call.refusal?.reason === 'invalidCredentials')
    return [
      event('authentication', call.time, {
        event_type: 'fail',
        type: 'password',
        authenticator_id: shortOf(`password of ${call.consumer.name}`),
        external_jwt_signer_id: '',
        identity_id: shortOf(dialling(call.consumer)),
        auth_policy_id: 'default',
        remote_address: `${call.consumer.ip}:${40_000 + (call.sequence % 20_000)}`,
        success: false,
        reason: 'the password that was given is not that of the user',
        improper_client_cert_chain: false,
      }),
    ];
  const circuit = circuitOf(call);
  const { fields, tags } = circuit;
  const making = { creation_timespan: (call.overhead + 2) * 1_000_000, path_cost: 262_149, tags };
  const cause = failure(call);
  if (cause !== undefined)
    return [
      event('circuit', call.time, { event_type: 'failed', failure_cause: cause, ...fields, ...making }),
    ];
  const lived = call.duration * callsPerCircuit;
  return [
    event('circuit', call.time - lived, { event_type: 'created', ...fields, ...making }),
    ...usage(call, circuit),
    event('circuit', call.time, { event_type: 'deleted', ...fields, duration: lived * 1_000_000, tags }),
  ];
}

/** Everything that has a name was created once, by an administrator. */
function before(time: number): readonly string[] {
  const random = createRandom(time);
  const author = administrators[0] as string;
  return entities.flatMap(([entityType, name], index) => {
    const after = stateOf(name, ['shop'], time + index);
    const eventId = uuidAt(time + index, random.hex(16));
    return changed({ eventId, time: time + index, done: 'created', author, entityType, after });
  });
}

export const openziti: Dialect = { vocabulary: 'openziti', share: 0.06, call: records, around, before };
