/**
 * The alerts of Otoroshi, as a table: name, how much it matters, what it tells of, and what it brings beside the
 * envelope (Otoroshi events documentation; names as a real 17.17 sends them, and as older versions spelled them).
 */
import type { Outcome, Severity } from '../../core/event.ts';
import type { GatewayRecord } from '../../core/spec.ts';
import {
  aboutAdmin,
  apikey,
  breaker,
  byPerson,
  certificate,
  change,
  login,
  polyfill,
  quotas,
  seenRequest,
  service,
} from './alert-samples.ts';
import { entityKinds } from './entities.ts';
import { ofNoRoute } from './event-type.ts';

export interface AlertName {
  readonly name: string;
  readonly doc: string;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly own: GatewayRecord;
}
type Row = readonly [name: string, severity: Severity, doc: string];

/** Alerts of one shape. */
const alerts = (own: GatewayRecord, outcome: Outcome, rows: readonly Row[]): readonly AlertName[] =>
  rows.map(([name, severity, doc]) => ({ name, doc, severity, outcome, own }));

/** The three alerts about one kind of entity; `note` ends their sentences. */
const changed = (alert: string, action: string, many: string, note = ''): readonly AlertName[] => [
  ...alerts(change(`CREATE_${action}`), 'success', [
    [`${alert}CreatedAlert`, 'info', `One of the ${many} was created${note}.`],
  ]),
  ...alerts(change(`UPDATE_${action}`), 'success', [
    [`${alert}UpdatedAlert`, 'info', `One of the ${many} was changed${note}.`],
  ]),
  ...alerts(change(`DELETE_${action}`), 'success', [
    [`${alert}DeletedAlert`, 'notice', `One of the ${many} was deleted${note}.`],
  ]),
];
const olderSpelling = ', as older versions spell it';

export const alertNames: readonly AlertName[] = [
  ...alerts(breaker, 'failure', [
    ['CircuitBreakerOpenedAlert', 'error', 'A breaker opened: calls to the target are refused.'],
  ]),
  ...alerts(breaker, 'success', [
    ['CircuitBreakerClosedAlert', 'notice', 'A breaker closed: calls to the target are let through again.'],
  ]),
  ...alerts({ ...ofNoRoute, limit: 1000, current: 1003 }, 'unknown', [
    ['MaxConcurrentRequestReachedAlert', 'error', 'More requests were under way than are allowed at once.'],
  ]),
  ...alerts(
    {
      '@env': undefined,
      limit: 500,
      overhead: 812,
      target: { host: 'orders.acme.test', scheme: 'https', uri: '/v1/orders' },
      service,
    },
    'unknown',
    [['HighOverheadAlert', 'warning', 'A call cost more time in Otoroshi itself than is allowed.']],
  ),
  ...alerts(
    { ...quotas('daily_quotas_almost_exceeded'), settings: { enabled: true, dailyQuotasThreshold: 0.8 } },
    'unknown',
    [
      ['QuotasAlmostExceeded', 'warning', 'An API key has used most of its quota; repeated at every call.'],
      ['QuotasAlmostExceededAlert', 'warning', 'The same, by the name of its class.'],
    ],
  ),
  ...alerts(quotas('daily_quotas_exceeded'), 'denied', [
    ['QuotasExceeded', 'error', 'An API key has used its whole quota; repeated at every call.'],
    ['QuotasExceededAlert', 'error', 'The same, by the name of its class.'],
  ]),
  ...alerts({ from: '203.0.113.24', to: 'orders.acme.test', uri: '/v1/orders', apiKey: apikey }, 'denied', [
    ['RevokedApiKeyUsageAlert', 'warning', 'A known API key came with a wrong secret, disabled or expired.'],
  ]),
  ...alerts({ ...ofNoRoute, inHoursOrLess: 24, apikey }, 'unknown', [
    ['ApiKeySecretWillRotate', 'warning', 'The secret of an API key is about to change.'],
  ]),
  ...alerts({ ...ofNoRoute, oldApikey: apikey, apikey }, 'success', [
    ['ApiKeySecretHasRotated', 'info', 'The secret of an API key has changed.'],
  ]),
  ...alerts(certificate, 'unknown', [
    ['CertAlmostExpiredAlert', 'warning', 'A certificate is about to expire.'],
    ['CertExpiredAlert', 'critical', 'A certificate has expired.'],
  ]),
  ...alerts(certificate, 'success', [['CertRenewalAlert', 'info', 'A certificate was renewed.']]),
  ...changed('Cert', 'CERTIFICATE', 'certificates'),
  ...alerts(change('DELETE_CERTIFICATE'), 'success', [
    ['CertDeleteAlert', 'notice', `One of the certificates was deleted${olderSpelling}.`],
  ]),
  ...alerts({ ...login, provider: undefined }, 'success', [
    ['AdminFirstLogin', 'notice', 'An administrator signed in to the UI for the first time.'],
    ['AdminLoggedOutAlert', 'info', 'An administrator signed out of the UI.'],
  ]),
  ...alerts(login, 'success', [
    ['AdminLoggedInAlert', 'info', 'An administrator signed in to the UI.'],
    ['UserLoggedInAlert', 'info', 'A user signed in to a private application.'],
  ]),
  ...alerts(byPerson, 'denied', [
    ['BlackListedBackOfficeUserAlert', 'warning', 'A blocked user tried to sign in to the UI.'],
  ]),
  ...alerts({ ...ofNoRoute, user: {} }, 'success', [
    ['SessionDiscardedAlert', 'notice', 'An administrator ended the session of another.'],
    ['SessionsDiscardedAlert', 'notice', 'An administrator ended all sessions of administrators.'],
  ]),
  ...alerts(aboutAdmin('DELETE_ADMIN'), 'success', [
    ['U2FAdminDeletedAlert', 'notice', 'An administrator was deleted; sent for those with a password too.'],
  ]),
  ...alerts(aboutAdmin('DELETE_WEBAUTHN_ADMIN'), 'success', [
    ['WebAuthnAdminDeletedAlert', 'notice', 'An administrator with a hardware key was deleted.'],
  ]),
  ...alerts(byPerson, 'success', [
    ['PanicModeAlert', 'critical', 'An administrator ended all sessions and closed Otoroshi to changes.'],
    ['DbResetAlert', 'critical', 'An administrator emptied the whole data store.'],
    ['DangerZoneAccessAlert', 'warning', 'An administrator opened the danger zone of the settings.'],
  ]),
  ...alerts({ ...aboutAdmin('FULL_OTOROSHI_EXPORT'), export: { label: 'Otoroshi export' } }, 'success', [
    ['OtoroshiExportAlert', 'warning', 'The whole configuration was exported; it is in the record twice.'],
  ]),
  ...alerts(
    {
      ...change('UPDATE_GLOBAL_CONFIG'),
      oldConfig: { lines: ['prod'] },
      newConfig: { lines: ['prod', 'dev'] },
    },
    'success',
    [['GlobalConfigModification', 'notice', 'The global configuration was changed.']],
  ),
  ...entityKinds.flatMap(({ alert, action, many }) =>
    alert === undefined ? [] : changed(alert, action, many),
  ),
  ...alerts(change('CREATE_NG_ROUTE_COMPOSITION'), 'success', [
    [
      'NgRouteCompoisitionCreatedAlert',
      'info',
      'One of the compositions of routes was created; misspelled by Otoroshi.',
    ],
  ]),
  ...changed('Service', 'SERVICE_DESCRIPTOR', 'services', olderSpelling),
  ...alerts(change('STARTED_SNOWMONKEY'), 'success', [
    ['SnowMonkeyStartedAlert', 'notice', 'The snow monkey was let loose to make outages.'],
  ]),
  ...alerts(change('STOPPED_SNOWMONKEY'), 'success', [
    ['SnowMonkeyStoppedAlert', 'notice', 'The snow monkey was stopped.'],
  ]),
  ...alerts(change('UPDATED_SNOWMONKEY_CONFIG'), 'success', [
    ['SnowMonkeyConfigUpdatedAlert', 'info', 'What the snow monkey does was changed.'],
  ]),
  ...alerts(change('RESET_SNOWMONKEY_OUTAGES'), 'success', [
    [
      'SnowMonkeyResetAlert',
      'notice',
      'Outages of the snow monkey were ended, or one was made: it has both under this name.',
    ],
    ['SnowMonkeyOutageRegisteredAlert', 'warning', 'The snow monkey made an outage of a service.'],
  ]),
  ...alerts(polyfill, 'unknown', [
    [
      'CdnPolyfillIoDetectedAlert',
      'warning',
      'A page loads scripts from polyfill.io, which is in bad hands.',
    ],
    ['CdnPolyfillIoReplacedAlert', 'notice', 'Scripts of polyfill.io were replaced in a page.'],
  ]),
  ...alerts(
    {
      ...ofNoRoute,
      route: service,
      payload: '{"then":"$1:__proto__:then"}',
      suspicious_score: 12,
      request: seenRequest,
    },
    'unknown',
    [['ReactToShellDetectedAlert', 'critical', 'A request looks like an attack on React server components.']],
  ),
  ...alerts(
    {
      ...ofNoRoute,
      action: 'remove',
      to: 'client',
      from: 'plugin',
      header_name: 'x-trace',
      header_value: 'aaaaaaaa',
      request: seenRequest,
    },
    'unknown',
    [['HeaderTooLongAlert', 'warning', 'A header was too long and was cut or taken away.']],
  ),
  ...alerts(
    {
      ...ofNoRoute,
      crd: { kind: 'Route' },
      customizedSpec: { id: 'route_1' },
      error: 'obj.name: error.path.missing',
    },
    'failure',
    [['FailedCrdParsing', 'error', 'A custom resource of Kubernetes could not be read.']],
  ),
  ...alerts(
    {
      '@serviceId': 'user-alert_1',
      '@service': 'Otoroshi',
      alertSubcategory: 'user-analytics',
      alertId: 'user-alert_1',
      alertName: 'Errors of the shop',
      severity: 'warning',
      message: 'More than one in ten calls failed',
      tenant: 'default',
      teams: ['default'],
      windowSeconds: 300,
      combine: 'AND',
      conditions: [
        {
          query: 'error_rate_ts',
          reducer: 'avg',
          operator: '>',
          threshold: 10,
          value: 12.5,
          matched: true,
          error: null,
        },
      ],
    },
    'unknown',
    [
      [
        'UserAnalyticsAlert',
        'warning',
        'A rule of user analytics fired; the record says how much it matters.',
      ],
    ],
  ),
  ...alerts(change('CREATE_ROUTE'), 'success', [
    ['*Created', 'info', 'An entity was created by the generic API, as in routeCreated and apikeyCreated.'],
  ]),
  ...alerts(change('UPDATE_ROUTE'), 'success', [
    ['*Updated', 'info', 'An entity was changed by the generic API, as in routeUpdated and apikeyUpdated.'],
  ]),
  ...alerts(change('PATCHED_ROUTE'), 'success', [
    ['*Patched', 'info', 'Parts of an entity were changed by the generic API, as in routePatched.'],
  ]),
  ...alerts(change('DELETE_ROUTE'), 'success', [
    ['*Deleted', 'notice', 'An entity was deleted by the generic API, as in routeDeleted and apikeyDeleted.'],
  ]),
  ...alerts(change('DELETE_ALL_ROUTES'), 'success', [
    [
      'All*Deleted',
      'warning',
      'All entities of a kind were deleted by the generic API, as in AllrouteDeleted.',
    ],
  ]),
];
