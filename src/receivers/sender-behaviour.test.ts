import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gainsByBreak } from './sender-behaviour/behaviour.ts';
import { refusalManner, senderBehaviours, wayIn } from './sender-behaviour/table.ts';

const rows = senderBehaviours.map((sender) => [sender.name, sender] as const);

describe('the table of what senders do', () => {
  it.each(rows)('says where it was read that %s behaves so, or that it was not checked', (_, sender) => {
    if (sender.reactions === undefined) {
      expect(sender.sources).toEqual([]);
      expect(sender.patience).toBe('not checked');
      return;
    }
    expect(sender.sources.length).toBeGreaterThan(0);
    for (const { repository, file, says } of sender.sources) {
      expect(repository).toMatch(/^[\w.-]+\/[\w.-]+$|^gatescope$/);
      expect(file).toMatch(/^\S+\.\w+$/);
      expect(says.length).toBeGreaterThan(20);
    }
  });

  it('has every sender once', () => {
    const names = senderBehaviours.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('knows no sender that keeps less after a broken connection than after 503: the ground of the default under /es', () => {
    const worse = senderBehaviours.filter(
      ({ reactions }) =>
        reactions !== undefined &&
        gainsByBreak({ ...reactions, unavailable: reactions.broken, broken: reactions.unavailable }),
    );
    expect(worse.map(({ name }) => name)).toEqual([]);
  });
});

describe('a temporary refusal', () => {
  it.each([
    ['/es', 'Otoroshi-ahc', 'break'],
    ['/es', 'Otoroshi-akka', 'break'],
    ['/ingest', 'Otoroshi-ahc', 'break'],
    ['/es', undefined, 'break'],
    ['/es', 'Apache-HttpAsyncClient/4.1.4 (Java/17.0.9)', 'break'],
    ['/es', 'OpenTelemetry Collector Contrib/0.150.0 (linux/amd64)', 'break'],
    ['/ingest', 'OpenTelemetry Collector Contrib/0.150.0 (linux/amd64)', 'answer'],
    ['/es', 'Elastic-filebeat/9.1.2 (linux; amd64)', 'answer'],
    ['/es', 'Logstash/8.19.0 (OS=Linux) logstash-output-elasticsearch/12.0.3', 'answer'],
    ['/es', 'curl/8.5.0', 'answer'],
    ['/ingest', 'lua-resty-http/0.17.2 (Lua) ngx_lua/10028', 'answer'],
    ['/ingest', undefined, 'answer'],
  ] as const)('under %s to %s: %s', (way, userAgent, manner) => {
    expect(refusalManner(way, userAgent)).toBe(manner);
  });
});

describe('a way in', () => {
  it.each([
    ['/es', '/es'],
    ['/es/_bulk', '/es'],
    ['//es//_bulk', '/es'],
    ['/ingest', '/ingest'],
    ['/ingest/nginx', '/ingest'],
    ['/essential', undefined],
    ['/api/events', undefined],
    ['/livez', undefined],
  ])('of %s is %s', (path, way) => {
    expect(wayIn(path)).toBe(way);
  });

  it('is found whatever the path is', () => {
    fc.assert(fc.property(fc.webPath(), (path) => [undefined, '/es', '/ingest'].includes(wayIn(path))));
  });
});
