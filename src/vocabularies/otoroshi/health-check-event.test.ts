import { describe, expect, it } from 'vitest';
import { eventOf } from '../../../test/otoroshi-records.ts';
import { healthCheckEvent } from './health-check-event.ts';

describe('a HealthCheckEvent', () => {
  const { example } = healthCheckEvent;

  it('goes by the colour', () => {
    expect(eventOf(example)).toMatchObject({
      outcome: 'success',
      severity: 'info',
      duration: 23_000,
      status: 200,
    });
    expect(eventOf(example).attributes).toMatchObject({ health: 'GREEN', logicCheck: 'true' });
    expect(eventOf({ ...example, health: 'YELLOW' })).toMatchObject({
      outcome: 'success',
      severity: 'warning',
    });
    expect(eventOf({ ...example, health: 'RED', status: 503 })).toMatchObject({ outcome: 'failure' });
  });

  it('has no status when nothing answered', () => {
    expect(eventOf({ ...example, health: 'BLACK', status: 0, error: 'Connection refused' })).toMatchObject({
      status: undefined,
      outcome: 'failure',
      severity: 'critical',
      error: 'Connection refused',
      host: 'orders-1.internal:8443',
      path: '/health',
    });
  });
});
