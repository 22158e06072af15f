/**
 * The kinds of entity that Otoroshi keeps, and how its audit actions and alerts spell them: the older API in capitals
 * of its own (`CREATE_DATA_EXPORTER_CONFIG`, `DataExporterConfigCreatedAlert`), the generic API by the resource's name
 * (`CREATE_DATA-EXPORTER`, `data-exporterCreated`).
 */

export interface EntityKind {
  /** As the column `entityType` says it: the resource of the generic API, in the singular. */
  readonly kind: string;
  /** In a sentence. */
  readonly many: string;
  /** In actions of the older API. */
  readonly action: string;
  /** The same behind ACCESS_ and behind ACCESS_ALL_, where it is not `action` with an S. */
  readonly access?: string;
  readonly accessAll?: string;
  /** In alerts of the older API. */
  readonly alert?: string;
}

export const entityKinds: readonly EntityKind[] = [
  { kind: 'apikey', many: 'API keys', action: 'APIKEY', alert: 'ApiKey' },
  { kind: 'auth-module', many: 'authentication modules', action: 'AUTH_MODULE', alert: 'AuthModuleConfig' },
  { kind: 'backend', many: 'stored backends', action: 'STORED_NG_BACKEND', alert: 'StoredNgBackend' },
  // Its alerts say Cert, and one of them Delete; they stand among the alerts.
  { kind: 'certificate', many: 'certificates', action: 'CERTIFICATE' },
  {
    kind: 'client-cert-validator',
    many: 'validators of client certificates',
    action: 'CLIENT_CERT_VALIDATOR',
    alert: 'ClientCertificateValidator',
  },
  {
    kind: 'data-exporter',
    many: 'data exporters',
    action: 'DATA_EXPORTER_CONFIG',
    accessAll: 'DATA_EXPORTER_CONFIG',
    alert: 'DataExporterConfig',
  },
  { kind: 'error-template', many: 'error templates', action: 'ERROR_TEMPLATE', alert: 'ErrorTemplate' },
  { kind: 'jwt-verifier', many: 'JWT verifiers', action: 'GLOBAL_JWT_VERIFIER', alert: 'GlobalJwtVerifier' },
  { kind: 'route', many: 'routes', action: 'ROUTE', alert: 'Route' },
  {
    kind: 'route-composition',
    many: 'compositions of routes',
    action: 'NG_ROUTE_COMPOSITION',
    alert: 'NgRouteComposition',
  },
  { kind: 'script', many: 'scripts', action: 'SCRIPT', alert: 'Script' },
  { kind: 'service-descriptor', many: 'services', action: 'SERVICE_DESCRIPTOR', alert: 'ServiceDescriptor' },
  {
    kind: 'service-group',
    many: 'service groups',
    action: 'SERVICE_GROUP',
    access: 'SERVICES_GROUP',
    accessAll: 'SERVICES_GROUPS',
    alert: 'ServiceGroup',
  },
  { kind: 'tcp-service', many: 'TCP services', action: 'TCP_SERVICE', alert: 'TcpService' },
  { kind: 'team', many: 'teams', action: 'TEAM', alert: 'Team' },
  { kind: 'tenant', many: 'tenants', action: 'TENANT', alert: 'Tenant' },
];

/** Kinds that the generic API alone knows. */
const genericOnly = [
  'admin-session',
  'api',
  'apisubscription',
  'auth-module-user',
  'draft',
  'global-config',
  'organization',
  'route-template',
  'simple-admin-user',
  'user-alert',
  'user-dashboard',
  'wasm-plugin',
];
const spellings: readonly (readonly [name: string, kind: string])[] = [
  ...genericOnly.map((kind) => [kind, kind] as const),
  ...entityKinds.map(({ kind }) => [kind, kind] as const),
  ...entityKinds.map(({ kind, action }) => [action.toLowerCase(), kind] as const),
];
const kinds: ReadonlyMap<string, string> = new Map(
  spellings.flatMap(([name, kind]) => [[name, kind] as const, [`${name}s`, kind] as const]),
);

/** The kind of a resource as an action writes it, in the singular or the plural and in any case. */
export function kindOfResource(resource: string): string {
  const name = resource.toLowerCase();
  return kinds.get(name) ?? name.replaceAll('_', '-');
}
