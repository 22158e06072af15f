import { describe, expect, it } from 'vitest';
import { captured, stored, storedWith, written } from './stored.fixture.ts';
import { usage } from './usage.ts';

const partsOf = (lines: readonly string[]) =>
  lines.filter((line) => /"namespace":"(fabric\.)?usage"/.test(line)).map((line) => stored(line));

describe('usage', () => {
  it('fills upload and download, of whom and by which router', () => {
    expect(stored(usage.example)).toMatchObject({
      time: 1_768_473_050_325_117,
      family: 'usage',
      gateway: 'ctrl-berlin',
      node: 'Edge4kTqZ',
      serviceId: '1pLx7VdQmZrK4sTn9YwGhE',
      consumerId: 'anaLptp7Q',
      circuitId: '3vTq8LmYxWdRk2NsPz6HcA',
      bytesIn: 18_452,
      bytesOut: 990_211,
      attributes: { interval_start_utc: '1768473040', interval_length: '5', 'tags.hostId': 'pgHost9xW' },
    });
  });

  it('counts each byte once when its kinds are added up, in version 2', () => {
    const parts = partsOf(written).filter(
      ({ attributes, action }) => attributes?.interval_start_utc === '1774765865' && action !== undefined,
    );
    expect(parts.map(({ action }) => action)).toEqual([
      'usage.ingress.rx',
      'usage.ingress.tx',
      'usage.egress.rx',
      'usage.egress.tx',
      'usage.fabric.rx',
    ]);
    expect(parts.map(({ bytesIn }) => bytesIn)).toEqual([18_452, ...Array(4).fill(undefined)]);
    expect(parts.map(({ bytesOut }) => bytesOut)).toEqual([
      undefined,
      undefined,
      990_211,
      undefined,
      undefined,
    ]);
  });

  it('leaves fabric bytes out of the columns: every hop and retransmission is in them', () => {
    const [two] = partsOf([captured.find((line) => line.includes('usage.fabric.tx')) as string]);
    expect(two).not.toHaveProperty('bytesIn');
    expect(two?.attributes).toMatchObject({ 'usage.fabric.tx': '162' });
    const three = storedWith(written, '"fabric.rx":19020');
    expect(three).not.toHaveProperty('bytesIn');
    expect(three).not.toHaveProperty('bytesOut');
    expect(three).not.toHaveProperty('consumerId');
    expect(three.attributes).toMatchObject({ 'usage.fabric.rx': '19020', 'usage.fabric.tx': '991877' });
  });

  it('has its kinds under one name in both versions', () => {
    const two = storedWith(captured, '"namespace":"usage"', 'usage.ingress.rx');
    const three = storedWith(captured, '"version":3,"source_id":"oIqwA6C0Cx"', '"ingress.rx":124');
    expect(two.attributes?.['usage.ingress.rx']).toBe('124');
    expect(three.attributes?.['usage.ingress.rx']).toBe('124');
    expect(three).toMatchObject({ bytesIn: 124, bytesOut: 300_415 });
    expect(three).not.toHaveProperty('action');
  });

  it.each([
    [{ 'egress.rx': 5 }, undefined, 5],
    [{ 'ingress.rx': 3, 'ingress.tx': 5 }, 3, undefined],
    [{ 'ingress.rx': 3, 'ingress.tx': 5, 'egress.rx': 5, 'egress.tx': 3 }, 3, 5],
  ])('of version 3 need not have every kind: %j', (kinds, bytesIn, bytesOut) => {
    const event = stored({ ...usage.example, usage: kinds });
    expect([event.bytesIn, event.bytesOut]).toEqual([bytesIn, bytesOut]);
  });

  it('knows the kinds of old routers, which come with their prefix in version 3', () => {
    expect(storedWith(written, '"usage.ingress.rx":77')).toMatchObject({ bytesIn: 77, bytesOut: 99 });
  });

  it('keeps the length of its interval, which need not be a minute', () => {
    const lengths = partsOf(captured).map(({ attributes }) => attributes?.interval_length);
    expect(new Set(lengths)).toEqual(new Set(['5']));
  });
});

describe('counters of a service', () => {
  it.each([
    ['service.dial.success', 'success', 'info', undefined],
    ['service.dial.fail', 'failure', 'error', undefined],
    ['service.dial.timeout', 'failure', 'warning', 'timeout'],
    ['service.dial.error_other', 'failure', 'warning', 'error_other'],
    ['service.dial.terminator.timeout', 'failure', 'warning', 'terminator.timeout'],
    ['service.dial.terminator.misconfigured', 'failure', 'warning', 'terminator.misconfigured'],
  ])('tell how %s ended and how often', (event_type, outcome, severity, error) => {
    const event = storedWith(written, `"namespace":"service",`, `"${event_type}"`);
    expect(event).toMatchObject({
      family: 'metric',
      action: event_type,
      outcome,
      severity,
      serviceId: '2mWq8RtLzXvKd5NcYpHs0B',
      attributes: { count: '3', interval_start_utc: '1774765800', interval_length: '60' },
    });
    expect(event.error).toBe(error);
  });

  it('are of family health for health checks, which are of no terminator', () => {
    const passed = storedWith(captured, 'health_check.passed');
    expect(passed).toMatchObject({ family: 'health', outcome: 'success' });
    expect(passed.attributes).not.toHaveProperty('terminator_id');
    expect(storedWith(captured, 'health_check.failed').outcome).toBe('failure');
  });
});
