import { describe, expect, it } from 'vitest';
import { linesOf, read, readLine, recordsOf } from '../reading.fixture.ts';
import { traefik } from './traefik.ts';

const records = recordsOf('traefik/access.ndjson');
const [plain, refused, unrouted, failed] = records.map((record) => read(traefik, record));

describe('a Traefik access log in JSON', () => {
  it('fills the columns, with nanoseconds as microseconds', () => {
    expect(plain).toMatchObject({
      time: 1_795_265_388_254_118,
      outcome: 'success',
      service: 'orders@file',
      route: 'orders@file',
      consumer: 'ana',
      clientIp: '203.0.113.24',
      method: 'GET',
      scheme: 'https',
      host: 'orders.acme.test',
      path: '/v1/orders?page=2',
      status: 200,
      granted: true,
      duration: 131_402,
      upstreamDuration: 118_930,
      overhead: 12_472,
      bytesOut: 1862,
      attempts: 2,
      attributes: { TLSVersion: '1.3', entryPointName: 'websecure' },
    });
  });

  it('knows what a middleware refused: a router, but no backend', () => {
    expect(refused).toMatchObject({
      outcome: 'denied',
      denialReason: 'invalidCredentials',
      errorOrigin: 'gateway',
      granted: false,
      attempts: 0,
      service: 'orders@file',
    });
  });

  it('knows that nobody was asked by an origin status of 0, too', () => {
    expect(unrouted).toMatchObject({
      outcome: 'clientError',
      attempts: 0,
      route: undefined,
      upstreamDuration: undefined,
    });
  });

  it('blames the backend for what Traefik answers in its place, also where its address is an object', () => {
    expect(failed).toMatchObject({ outcome: 'failure', errorOrigin: 'upstream', granted: true });
    const { OriginStatus: _, ...older } = records[3] ?? {};
    expect(read(traefik, older)).toMatchObject({ errorOrigin: 'upstream' });
  });

  it('cannot tell who answered where the operator has dropped what says so', () => {
    const { DownstreamStatus, RequestMethod, RequestPath } = records[3] ?? {};
    expect(read(traefik, { DownstreamStatus, RequestMethod, RequestPath })).toMatchObject({
      outcome: 'failure',
      errorOrigin: undefined,
      granted: undefined,
    });
  });
});

describe('a Traefik line', () => {
  const [own, forbidden] = linesOf('traefik/lines.log').map((line) => readLine(traefik, line));

  it('fills the columns', () => {
    expect(own).toMatchObject({
      time: 1_795_265_388_000_000,
      user: 'ana',
      path: '/v1/orders?page=2',
      status: 200,
      route: 'orders@file',
      duration: 131_000,
      granted: true,
    });
  });

  it('knows a refusal by the missing backend', () => {
    expect(forbidden).toMatchObject({ outcome: 'denied', granted: false, clientIp: '203.0.113.77' });
  });

  it('is told from a combined line by what stands behind it', () => {
    const [line = ''] = linesOf('nginx/lines.log');
    expect(traefik.parseLine?.(line)).toBeUndefined();
    expect(traefik.parseLine?.(`${line} 12ms`)).toBeUndefined();
  });
});
