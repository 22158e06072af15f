/** From an HTTP request to a payload: the part that every HTTP receiver shares. */
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/route.ts';
import type { Accept, Payload, Receipt, Refusal } from '../core/ingest.ts';
import type { Clock } from '../core/ports.ts';
import { fail, type Result } from '../core/result.ts';
import { readBody } from '../ingest/body.ts';
import type { IngestLimits } from '../ingest/limits.ts';
import type { Room } from '../ingest/room.ts';

/** What HTTP receivers need; `room` is one for all of them. */
export interface HttpDoor {
  readonly accept: Accept;
  readonly room: Room;
  readonly limits: IngestLimits;
  readonly clock: Clock;
}

const longestKey = 256;

/** Headers with one value each. */
function headersOf(request: FastifyRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

/** What a receiver adds once it has seen headers and bytes. */
export type Reading = (
  body: Buffer,
  headers: Readonly<Record<string, string>>,
) => Result<Pick<Payload, 'protocol' | 'vocabulary'>, Refusal>;

/** Reads the body of `request` and takes it down the main street; resolves when it is durable or refused. */
export async function takeIn(
  door: HttpDoor,
  receiver: string,
  principal: Principal,
  request: FastifyRequest,
  read: Reading,
): Promise<Result<Receipt, Refusal>> {
  const received = door.clock();
  const body = await readBody(request.raw, principal.tenant, door.room, door.limits);
  if (!body.ok) return body;
  try {
    const headers = headersOf(request);
    const reading = read(body.value.bytes, headers);
    if (!reading.ok) return reading;
    const key = headers['idempotency-key'];
    if (key !== undefined && key.length > longestKey) {
      const reason = `the Idempotency-Key is longer than ${longestKey} characters`;
      return fail({ status: 400, reason });
    }
    return await door.accept({
      tenant: principal.tenant,
      receiver,
      sender: `${principal.name} ${request.ip}`,
      received,
      body: body.value.bytes,
      headers,
      ...reading.value,
      ...(key === undefined || key === '' ? {} : { idempotencyKey: key }),
    });
  } finally {
    body.value.release();
  }
}
