/** How to point the gateways here, with the lines to paste; in full with each gateway in `examples/`. */
export interface Way {
  readonly name: string;
  readonly where: string;
  /** `base`: address of Gatescope, with a slash at its end. */
  readonly lines: (base: string) => string;
}

const file = (path: string, vocabulary: string): string =>
  ['receivers:', '  files:', `    - path: ${path}`, `      vocabulary: ${vocabulary}`].join('\n');

export const ways: readonly Way[] = [
  {
    name: 'curl',
    where: 'In a shell. The token is made under Settings, with the scope ingest.',
    lines: (base) =>
      [
        `curl ${base}ingest \\`,
        `  -H 'Authorization: Bearer YOUR_TOKEN' \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  -d '{"type": "hello", "message": "first light"}'`,
      ].join('\n'),
  },
  {
    name: 'Otoroshi',
    where: 'A data exporter of type elastic, without a filter. Otoroshi makes the rest itself.',
    lines: (base) =>
      JSON.stringify(
        {
          type: 'elastic',
          enabled: true,
          name: 'Gatescope',
          filtering: { include: [], exclude: [] },
          config: {
            uris: [`${base}es`],
            index: 'otoroshi-events',
            user: 'gatescope',
            password: 'YOUR_TOKEN',
            version: '8',
          },
        },
        null,
        2,
      ),
  },
  {
    name: 'Kong',
    where: 'The plugin http-log, of no service or route, so that it logs every request.',
    lines: (base) =>
      [
        'plugins:',
        '  - name: http-log',
        '    config:',
        `      http_endpoint: ${base}ingest/kong`,
        '      headers:',
        '        Authorization: Bearer YOUR_TOKEN',
      ].join('\n'),
  },
  {
    name: 'OpenZiti',
    where: 'In gatescope.yaml: the event log of the controller, which its configuration has to ask for.',
    lines: () => file('/var/log/ziti/events.json', 'openziti'),
  },
  {
    name: 'NGINX',
    where: 'In gatescope.yaml, then start Gatescope again. A log in the combined format has format: lines.',
    lines: () =>
      [
        'receivers:',
        '  files:',
        '    - path: /var/log/nginx/access.json',
        '      format: ndjson',
        '      vocabulary: nginx',
      ].join('\n'),
  },
  {
    name: 'Another log file',
    where: 'In gatescope.yaml. The vocabulary is apache, caddy, envoy, haproxy, otel, traefik or webmethods.',
    lines: () => file('/var/log/envoy/access.json', 'envoy'),
  },
];
