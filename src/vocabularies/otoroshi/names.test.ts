import { readFileSync } from 'node:fs';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { eventOf } from '../../../test/otoroshi-records.ts';
import { createRedaction } from '../../ingest/redaction/redact.ts';
import { alertEvent } from './alert-event.ts';
import { auditEvent } from './audit-event.ts';
import { finderOf } from './names.ts';
import { otoroshi } from './otoroshi.ts';

const named = [auditEvent, alertEvent].flatMap((type) =>
  (type.names ?? []).map((about) => ({ type, about })),
);
const page = readFileSync(new URL('../../../docs/reference/catalog/otoroshi.md', import.meta.url), 'utf8');

describe.each(named)('the name $about.name', ({ type, about }) => {
  const event = eventOf(about.example);

  it('comes as its type and is judged as the table says', () => {
    const action = about.name.startsWith('All')
      ? 'AllrouteDeleted'
      : about.name.replace('*', type === alertEvent ? 'route' : 'ROUTE');
    expect(event).toMatchObject({
      type: type.name,
      family: about.family ?? type.family,
      action,
      severity: about.severity,
      outcome: about.outcome,
    });
  });

  it('brings only fields that its type describes, and no secret', () => {
    expect(Object.keys(about.example).filter((field) => !(field in type.fields.properties))).toEqual([]);
    expect([...Compile(type.fields).Errors(about.example)]).toEqual([]);
    const bytes = Buffer.from(JSON.stringify(about.example));
    expect(createRedaction().redact(bytes).bytes.toString()).toBe(bytes.toString());
  });
});

describe('the names of Otoroshi', () => {
  it('are each there once, with a sentence', () => {
    const names = named.map(({ about }) => about.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(named.filter(({ about }) => !/^[A-Z].*\.$/.test(about.doc))).toEqual([]);
  });

  it.each(documentedAlerts().map((name) => [name]))(
    'know the documented alert %s, and so does its page',
    (name) => {
      expect(alertEvent.names?.some((about) => about.name === name)).toBe(true);
      expect(page).toContain(`| \`${name}\` |`);
    },
  );

  it.each(documentedActions().map((name) => [name]))(
    'know the documented action %s, and so does its page',
    (name) => {
      expect(auditEvent.names?.some((about) => about.name === name)).toBe(true);
      expect(page).toContain(`| \`${name}\` |`);
    },
  );

  it.each(documentedTypes().map((name) => [name]))(
    'include the type %s, which has a section on the page',
    (name) => {
      expect(otoroshi.recognise({ '@type': name, '@id': '1' })?.name).toBe(name);
      expect(page).toContain(`## ${name}\n`);
    },
  );
});

describe('finding a name', () => {
  const find = finderOf([
    { name: 'READ_ALL_*' },
    { name: 'READ_*' },
    { name: 'READ_ME' },
    { name: 'All*Deleted' },
  ]);

  it('prefers the very name, then the longest pattern', () => {
    expect(find('READ_ME')).toEqual({ found: { name: 'READ_ME' }, rest: '' });
    expect(find('READ_ALL_ROUTES')).toEqual({ found: { name: 'READ_ALL_*' }, rest: 'ROUTES' });
    expect(find('READ_ROUTE')).toEqual({ found: { name: 'READ_*' }, rest: 'ROUTE' });
    expect(find('AllrouteDeleted')).toEqual({ found: { name: 'All*Deleted' }, rest: 'route' });
  });

  it('needs something where the star is', () => {
    expect(find('READ_')).toBeUndefined();
    expect(find('AllDeleted')).toBeUndefined();
    expect(find(undefined)).toBeUndefined();
  });
});

/** Otoroshi events documentation, and what real ones were seen sending. */
function documentedAlerts(): string[] {
  const changed = (names: string): string[] =>
    names
      .split(' ')
      .flatMap((name) => ['Created', 'Updated', 'Deleted'].map((done) => `${name}${done}Alert`));
  return [
    ...changed(
      'ServiceGroup Service ApiKey ServiceDescriptor Route GlobalJwtVerifier AuthModuleConfig TcpService',
    ),
    ...changed('DataExporterConfig Cert'),
    ...`MaxConcurrentRequestReachedAlert CircuitBreakerOpenedAlert CircuitBreakerClosedAlert SessionDiscardedAlert
    SessionsDiscardedAlert PanicModeAlert OtoroshiExportAlert U2FAdminDeletedAlert BlackListedBackOfficeUserAlert
    AdminLoggedInAlert AdminFirstLogin AdminLoggedOutAlert GlobalConfigModification RevokedApiKeyUsageAlert
    HighOverheadAlert QuotasAlmostExceeded QuotasExceeded ApiKeySecretWillRotate ApiKeySecretHasRotated CertDeleteAlert
    CertRenewalAlert CertExpiredAlert CertAlmostExpiredAlert UserLoggedInAlert WebAuthnAdminDeletedAlert DbResetAlert
    DangerZoneAccessAlert SnowMonkeyStartedAlert SnowMonkeyStoppedAlert SnowMonkeyConfigUpdatedAlert
    SnowMonkeyResetAlert CdnPolyfillIoDetectedAlert CdnPolyfillIoReplacedAlert ReactToShellDetectedAlert
    HeaderTooLongAlert FailedCrdParsing UserAnalyticsAlert`.split(/\s+/),
  ];
}

function documentedActions(): string[] {
  const five = (names: string): string[] =>
    names
      .split(' ')
      .flatMap((name) => [
        `ACCESS_${name}`,
        `ACCESS_ALL_${name}S`,
        `CREATE_${name}`,
        `UPDATE_${name}`,
        `DELETE_${name}`,
      ]);
  return [
    ...five(
      'APIKEY AUTH_MODULE CERTIFICATE CLIENT_CERT_VALIDATOR GLOBAL_JWT_VERIFIER SCRIPT TCP_SERVICE TEAM TENANT',
    ),
    ...`ACCESS_DATA_EXPORTER_CONFIG ACCESS_ALL_DATA_EXPORTER_CONFIG CREATE_DATA_EXPORTER_CONFIG
    UPDATE_DATA_EXPORTER_CONFIG DELETE_DATA_EXPORTER_CONFIG ACCESS_SERVICES_GROUP ACCESS_ALL_SERVICES_GROUPS
    CREATE_SERVICE_GROUP UPDATE_SERVICE_GROUP DELETE_SERVICE_GROUP ACCESS_SERVICES_FROM_SERVICES_GROUP SERVICESEARCH
    ACTIVATE_PANIC_MODE ACCESS_GLOBAL_LIVESTATS CircuitBreakerOpenedEvent CircuitBreakerClosedEvent
    MaxConcurrentRequestReachedEvent SnowMonkeyOutageRegisteredEvent JobStartedEvent JobStoppedEvent JobRunEvent
    JobErrorEvent MirroringEvent READ_* READ_ALL_* COUNT_ALL_* CREATE_* UPDATE_* PATCHED_* DELETE_* DELETE_ALL_*
    BULK_CREATE_* BULK_UPDATE_* BULK_PATCH_* BULK_DELETED_*`.split(/\s+/),
  ];
}

function documentedTypes(): string[] {
  return `GatewayEvent TcpEvent HealthCheckEvent AuditEvent AlertEvent WebsocketEvent TrafficCaptureEvent
  RequestFlowReport RequestBodyEvent ResponseBodyEvent HttpAccessEvent WasmLogEvent ApiDeploymentEvent CorazaTrailEvent
  ErrorRewriteReport WorkflowRunEvent WorkflowEmitEvent FullStateExport MirroringEvent AnalyticEvent`.split(
    /\s+/,
  );
}
