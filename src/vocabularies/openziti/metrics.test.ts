import { describe, expect, it } from 'vitest';
import { metrics } from './metrics.ts';
import { captured, stored, storedWith, written } from './stored.fixture.ts';

describe('a metric', () => {
  it('says of what it is, and has its figures as attributes', () => {
    expect(stored(metrics.example)).toMatchObject({
      family: 'metric',
      gateway: 'ctrl-berlin',
      node: 'Edge4kTqZ',
      entityType: 'links',
      entityId: '5xHnQ3vKdYpLs8RzW2mTcJ',
      attributes: {
        metric: 'link.latency',
        metric_type: 'histogram',
        'metrics.p95': '4890021.6',
        'metrics.count': '360',
        'tags.targetRouterId': 'Core7mXwB',
      },
    });
  });

  it.each([
    ['intValue', captured, 'worker_count', { 'metrics.value': '1' }],
    ['timer', captured, 'services.list', { 'metrics.m1_rate': '0', 'metrics.p9999': '0' }],
    ['histogram', captured, 'ctrl.tx.msgsize', { 'metrics.mean': '695.8', 'metrics.min': '0' }],
    ['meter', written, 'ingress.rx.bytesrate', { 'metrics.count': '918221', 'metrics.m1_rate': '30.25' }],
    ['floatValue', written, 'xgress.window.fill', { 'metrics.value': '0.375' }],
  ])('of the kind %s keeps its figures, also those that are 0', (metric_type, lines, name, figures) => {
    expect(storedWith(lines, name).attributes).toMatchObject({ metric_type, ...figures });
  });

  it('of a filtered subscription has the figures that are left', () => {
    const { attributes, entityType } = storedWith(written, '"ctrl.latency"');
    expect(entityType).toBe('routers');
    expect(Object.keys(attributes ?? {}).filter((name) => name.startsWith('metrics.'))).toEqual([
      'metrics.p95',
    ]);
  });

  it('of version 2 may have its time in two parts', () => {
    expect(storedWith(written, '"edge.connections"')).toMatchObject({
      time: 1_657_920_000_250_000,
      attributes: { 'metrics.value': '17' },
    });
  });

  it('of the first version has its figures under the same names', () => {
    expect(storedWith(written, 'link.latency.p95').attributes).toMatchObject({
      'metrics.count': '12',
      'metrics.p95': '4890021.5',
      'metrics.mean': '4210388',
    });
    const gauge = { namespace: 'metrics', source_id: 'r', metric: 'pool.size', metrics: { 'pool.size': 4 } };
    expect(stored(gauge).attributes).toMatchObject({ 'metrics.value': '4' });
  });
});

describe('a count of entities', () => {
  it('has each kind as an attribute, those of two words too', () => {
    expect(storedWith(captured, '"namespace":"entityCount"').attributes).toMatchObject({
      'counts.identities': '1',
      'counts.routers.edge': '0',
      'counts.postureCheckTypes': '5',
    });
  });

  it('that failed says why', () => {
    expect(storedWith(written, '"namespace":"entityCount"')).toMatchObject({
      outcome: 'failure',
      error: 'the store is closed',
    });
  });
});
