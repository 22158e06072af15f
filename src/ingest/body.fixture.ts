/** For tests of bodies: a server that does nothing but read them. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Refusal } from '../core/ingest.ts';
import type { Result } from '../core/result.ts';
import { type Body, readBody } from './body.ts';
import { defaultLimits, type IngestLimits } from './limits.ts';
import { createRoom, type Room } from './room.ts';

let server: Server | undefined;

export function close(): void {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
}

export interface Reading {
  readonly port: number;
  readonly room: Room;
  /** What was read, in the order of the requests. */
  readonly read: Result<Body, Refusal>[];
  /** Resolves when the next body was read or refused. */
  next(): Promise<void>;
}

/** A server that reads bodies and answers with their length, until {@link close}. */
export async function open(more: Partial<IngestLimits> = {}): Promise<Reading> {
  const limits = { ...defaultLimits, ...more };
  const room = createRoom(limits.inFlight, limits.wait);
  const read: Result<Body, Refusal>[] = [];
  let seen = Promise.withResolvers<void>();
  server = createServer(async (request, response) => {
    const body = await readBody(request, 'a', room, limits);
    read.push(body);
    seen.resolve();
    seen = Promise.withResolvers();
    if (body.ok) body.value.release();
    response.statusCode = body.ok ? 200 : body.error.status;
    response.end(body.ok ? String(body.value.bytes.length) : body.error.reason);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, room, read, next: () => seen.promise };
}

export async function post(port: number, body: Buffer | string, encoding?: string) {
  const answer = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: typeof body === 'string' ? body : new Uint8Array(body),
    ...(encoding === undefined ? {} : { headers: { 'content-encoding': encoding } }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Resolves when the next request begins. */
export const nextRequest = (): Promise<unknown> => once(server as Server, 'request');

/** Sends the head of a request and then a piece every `every` milliseconds, until the connection ends; what was answered. */
export async function dribble(
  port: number,
  headers: string,
  pieces: Iterator<string | Buffer, unknown>,
  every: number,
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (bytes: Buffer) => {
    answer += bytes.toString('latin1');
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\n${headers}\r\n\r\n`);
  const sending = setInterval(() => socket.write((pieces.next().value ?? '') as Buffer), every);
  await closed;
  clearInterval(sending);
  return answer;
}

/** One by one. */
export const bytesOf = (all: Buffer): Buffer[] => Array.from(all, (byte) => Buffer.from([byte]));

/** 400 KB. */
export const text = Buffer.from('{"a":1}\n'.repeat(50_000));
