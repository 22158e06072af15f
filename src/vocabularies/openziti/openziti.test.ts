import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayRecord } from '../../core/spec.ts';
import { openziti } from './openziti.ts';
import { captured, lineWith, readLine, stored, storedWith, written } from './stored.fixture.ts';

const parse = (line: string): GatewayRecord => JSON.parse(line);
const idOf = (line: string, byte = 0): string => readLine(line, byte).id;

describe('recognising OpenZiti', () => {
  it.each([
    ['alert', ['alert']],
    ['apiSession', ['apiSession', 'edge.apiSessions']],
    ['authentication', ['authentication', 'edge.authentications']],
    ['circuit', ['circuit', 'fabric.circuits', 'fabric.sessions']],
    ['cluster', ['cluster', 'fabric.cluster']],
    ['connect', ['connect']],
    ['entityChange', ['entityChange']],
    ['entityCount', ['entityCount', 'edge.entityCounts']],
    ['link', ['link', 'fabric.links']],
    ['metrics', ['metrics']],
    ['router', ['router', 'fabric.routers']],
    ['sdk', ['sdk']],
    ['service', ['service', 'services', 'service.events']],
    ['session', ['session', 'edge.sessions']],
    ['terminator', ['terminator', 'fabric.terminators']],
    ['usage', ['usage', 'fabric.usage']],
  ])('knows the type %s by every spelling of its namespace', (name, spellings) => {
    const types = spellings.map((namespace) => openziti.recognise({ namespace, event_src_id: 'ctrl' })?.name);
    expect(types).toEqual(spellings.map(() => name));
  });

  it('knows every captured line and every written one, and refuses none', () => {
    const events = [...captured, ...written].map((line) => stored(line));
    expect(events.filter(({ vocabulary }) => vocabulary !== 'openziti')).toEqual([]);
    expect(events.filter(({ time }) => !(time > 1e15))).toEqual([]);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([...openziti.types.map(({ name }) => name).filter((name) => name !== 'event'), 'postures']),
    );
  });

  it('stores both spellings alike but for the namespace', () => {
    const byOlder = new Map(
      captured
        .filter((line) => /"namespace":"(edge|fabric|service)\./.test(line))
        .map((line) => {
          const { namespace, ...rest } = parse(line);
          return [JSON.stringify(rest), line] as const;
        }),
    );
    const pairs = captured.flatMap((line) => {
      const { namespace, ...rest } = parse(line);
      const older = byOlder.get(JSON.stringify(rest));
      return older === undefined || older === line ? [] : [[line, older] as const];
    });
    expect(pairs.length).toBeGreaterThan(5);
    for (const [line, older] of pairs) {
      const { id, raw, attributes, ...columns } = stored(line);
      const { id: otherId, raw: otherRaw, attributes: others, ...otherColumns } = stored(older);
      expect(otherColumns).toEqual(columns);
      expect({ ...others, namespace: '' }).toEqual({ ...attributes, namespace: '' });
      expect([attributes?.namespace, others?.namespace]).toEqual([
        parse(line).namespace,
        parse(older).namespace,
      ]);
    }
  });

  it('keeps kinds that it has never heard of under their own name', () => {
    expect(stored({ namespace: 'fabric.tunnels', event_src_id: 'ctrl', depth: 3 })).toMatchObject({
      vocabulary: 'openziti',
      type: 'tunnels',
      family: 'unknown',
      gateway: 'ctrl',
      attributes: { namespace: 'fabric.tunnels', depth: '3' },
    });
  });

  it('takes events from before 1.3, which do not name their controller', () => {
    const event = storedWith(written, '"namespace":"fabric.sessions"');
    expect(event).toMatchObject({ type: 'circuit', action: 'created', circuitId: 'oM9X' });
    expect(event.gateway).toBeUndefined();
  });

  it('leaves what merely has a namespace to others', () => {
    const pod = { namespace: 'metrics', pod: 'prometheus-0', message: 'started' };
    expect(openziti.recognise(pod)).toBeUndefined();
    expect(openziti.recognise({ namespace: 'kube-system', event_type: 'Warning' })).toBeUndefined();
    expect(openziti.recognise({ namespace: '', event_src_id: 'ctrl' })).toBeUndefined();
    expect(openziti.recognise({ namespace: ['circuit'], event_src_id: 'ctrl' })).toBeUndefined();
  });
});

describe('the identity of an OpenZiti event', () => {
  it('is the same for a line that two loggers write', () => {
    const circuit = lineWith(captured, '"namespace":"circuit"', '"created"');
    expect(idOf(circuit, 10)).toBe(idOf(circuit, 20));
    const metric = lineWith(captured, 'pool.listener.ctrl.worker_count');
    expect(idOf(metric, 10)).toBe(idOf(metric, 20));
  });

  it('parts all captured lines, though half of them share an id with another', () => {
    expect(new Set(captured.map((line) => idOf(line))).size).toBe(new Set(captured).size);
  });

  it('is not the id of the report for metrics, nor that of the session for sessions', () => {
    const report = captured.filter((line) => line.includes('dc2c340a-2173-45ae-b19c-4abb1607209c'));
    expect(report.length).toBe(2);
    expect(new Set(report.map((line) => idOf(line))).size).toBe(2);
    const life = written.filter((line) => line.includes('"id":"cmp0a1b2c0001x9q8legacy01"'));
    expect(life.length).toBe(2);
    expect(new Set(life.map((line) => idOf(line))).size).toBe(2);
  });

  it('parts a change from its commit, which has the same event id', () => {
    const both = written.filter((line) => line.includes('0b54a6c9b701"'));
    expect(both.map((line) => idOf(line))).toEqual([
      '5e0c7d7e-2f0d-4c9d-8a55-0b54a6c9b701/created',
      '5e0c7d7e-2f0d-4c9d-8a55-0b54a6c9b701/committed',
    ]);
  });

  it('parts what is said again at another moment, such as two parts of one interval with equal counts', () => {
    const again = (line: string) => line.replace(/("timestamp":"[^"]*\d)\d([Z+])/, '$19$2');
    for (const name of ['"usage.ingress.rx"', '"service.dial.success"', '"sdk-status-unknown"']) {
      const [line = ''] = [...captured, ...written].filter((each) => each.includes(name));
      expect(again(line)).not.toBe(line);
      expect(idOf(again(line))).not.toBe(idOf(line));
    }
  });

  it('is the place where the time is too coarse or missing to tell two events apart', () => {
    const alert = lineWith(captured, '"namespace":"alert"');
    const router = lineWith(written, '"namespace":"connect"', '"src_id":"bobTun5Rk"', '"dst_type":"router"');
    const undated = lineWith(written, '"namespace":"service.events"', '1637000000');
    for (const line of [alert, router, undated]) {
      expect(idOf(line, 10)).toBe('events.json:10');
      expect(idOf(line, 20)).toBe('events.json:20');
    }
  });
});

describe('the time of an OpenZiti event', () => {
  it.each([
    ['2026-11-21T13:40:34.598090162+01:00', 1_795_264_834_598_090],
    ['2026-11-21T12:40:38.59857252Z', 1_795_264_838_598_572],
    ['2026-11-21T13:49:28.97+01:00', 1_795_265_368_970_000],
    ['2026-11-21T13:49:28-05:00', 1_795_286_968_000_000],
    [{ seconds: 1_657_920_000, nanos: 250_000_000 }, 1_657_920_000_250_000],
    [{ seconds: '1657920000' }, 1_657_920_000_000_000],
  ])('is read from %j', (timestamp, time) => {
    expect(stored({ namespace: 'sdk', event_src_id: 'ctrl', timestamp }).time).toBe(time);
  });

  it('is the end of the interval for usage and counters without one of their own', () => {
    expect(storedWith(written, '"circuit_id":"oM9X"', '"usage":512').time).toBe(1_637_000_060_000_000);
    expect(storedWith(written, '"namespace":"service.events"').time).toBe(1_637_000_060_000_000);
  });

  it('is not that of a state, which may be the first of the first year', () => {
    expect(storedWith(captured, '"namespace":"entityChange"').time).toBe(1_795_264_859_044_034);
  });
});

describe('secrets in OpenZiti events', () => {
  const secrets = [
    '0b1c2d3e-4f50-4a61-8b72-9c83ad94be05',
    'bG9uZy1oYXNoLW9mLWEtcGFzc3dvcmQ',
    'c2FsdC1vZi1pdA',
    'JBSWY3DPEHPK3PXP',
    'bW9yZS1zYWx0',
    'RC-1111-aaaa',
    'RC-2222-bbbb',
    '46533773-bfef-42e3-9a3f-94e753c7aaaa',
    'vT-8f2c1d',
    'aW5zdGFuY2Utc2VjcmV0',
    '5d6e7f80-91a2-4b3c-8d4e-5f60718293a4',
  ];

  it.each(secrets)('do not get as far as the event: %s', (secret) => {
    const lines = written.filter((line) => line.includes(secret));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(JSON.stringify(stored(line))).not.toContain(secret);
  });

  it('leave the session findable whose id is also its token', () => {
    const line = lineWith(captured, '"namespace":"session"');
    expect(stored(line).entityId).toBe(parse(line).token);
  });
});

describe('any OpenZiti record', () => {
  const names = fc.constantFrom('constructor', '__proto__', 'updated', 'usage.ingress.rx', '', '-');
  const anything = fc.oneof(names, fc.jsonValue(), fc.dictionary(names, fc.jsonValue()));

  it.each(openziti.types)('of the type $name is stored, whatever its fields are', (type) => {
    const fields = Object.keys(type.fields.properties).filter((name) => name !== 'namespace');
    const record = fc.record(Object.fromEntries(fields.map((name) => [name, anything])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(record, (made) => {
        const event = stored({ ...made, namespace: type.name, event_src_id: 'ctrl' });
        expect(event).toMatchObject({ vocabulary: 'openziti', type: type.name, gateway: 'ctrl' });
      }),
      { numRuns: 50 },
    );
  });
});
