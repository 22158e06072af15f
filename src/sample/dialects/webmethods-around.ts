/** What webMethods API Gateway says beside its calls: monitors, performance data, threats, its life and its audit log. */
import { uuidAt, uuidOf } from '../ids.ts';
import type { Random } from '../random.ts';
import { consumers, people, type Route, routes } from '../world.ts';

export const ofNode = (node: number) => ({
  tenantId: 'default',
  stage: 'Production',
  sourceGateway: 'APIGateway',
  sourceGatewayNode: `10.0.75.${node + 1}`,
  serverID: `apigw-${node + 1}.shop.example:5555`,
});
export const ofApi = ({ service, path }: Route) => ({
  apiId: uuidOf(service),
  apiName: service,
  apiVersion: /^\/v(\d)/.exec(path)?.[1] ?? '1',
  operationName: path,
});

type Say = (random: Random, time: number) => Readonly<Record<string, unknown>>;

const hour = 3_600_000;
const inWords = (time: number): string => new Date(time).toUTCString().slice(5);

const monitor: Say = (random, time) => ({
  eventType: 'Monitor',
  creationDate: time,
  ...ofNode(random.below(3)),
  ...ofApi(random.pick(routes)),
  alertType: 'Monitor',
  alertSource: 'Monitor Performance',
  alertDesc: 'Answers took longer than they may',
  monitorAttr: `AVGRESPONSETIME GT ${random.pick([200, 300, 500])}.0`,
});

const performanceData: Say = (random, time) => {
  const route = random.pick(routes);
  const stop = time - (time % hour);
  const calls = 200 + random.below(2_000);
  const faults = random.below(9);
  return {
    eventType: 'PerformanceData',
    creationDate: time,
    ...ofApi(route),
    intervalStart: inWords(stop - hour),
    intervalStop: inWords(stop),
    availability: 100 - faults / 10,
    avgResponseTime: Math.round(route.backend * 1.2),
    minResponseTime: Math.round(route.backend / 3),
    maxResponseTime: Math.round(route.backend * 9),
    successCount: calls - faults,
    faultCount: faults,
    totalCount: calls,
    includeFaults: true,
  };
};

const threats = [
  ['limitMessageSize', 'MsgSizeLimitFilter', 'DENY', 'The message is larger than 5 MB'],
  ['denyBySql', 'SQLInjectionFilter', 'DENY', 'A parameter looks like a statement of SQL'],
  ['limitRate', 'DoSLimitFilter', 'DENY', 'More than 200 requests within 10 seconds'],
  ['watchXml', 'XSSFilter', 'ALERT', 'A field has markup in it'],
] as const;
const threat: Say = (random, time) => {
  const [ruleName, filterName, alertAction, message] = random.pick(threats);
  const { service, path } = random.pick(routes);
  return {
    eventType: 'ThreatProtection',
    creationDate: time,
    ...ofNode(random.below(3)),
    ruleName,
    filterName,
    alertAction,
    requestType: 'REST',
    message,
    requestUser: 'Default',
    requestHost: random.pick(consumers).ip,
    resourcePath: `/gateway/${service}${path}`,
  };
};

const lifecycle: Say = (random, time) => {
  const node = random.below(3);
  const isStart = random.chance(0.5);
  return {
    eventType: 'Lifecycle',
    creationDate: time,
    ...ofNode(node),
    eventStatus: isStart ? 'STARTED' : 'SHUTDOWN',
    eventDesc: isStart ? 'API Gateway was started' : 'API Gateway was shut down',
    targetName: `apigw-${node + 1}.shop.example`,
  };
};

const changes = [
  ['Create', 'created'],
  ['Update', 'updated'],
  ['Activate', 'activated'],
  ['Delete', 'deleted'],
] as const;
const audit: Say = (random, time) => {
  const { service } = random.pick(routes);
  const isLogin = random.chance(0.3);
  const failed = isLogin && random.chance(0.3);
  const [action, done] = random.pick(changes);
  return {
    id: uuidAt(time, random.hex(16)),
    creationDate: time,
    ...ofNode(random.below(3)),
    objectType: isLogin ? 'User' : 'API',
    action: isLogin ? 'Login' : action,
    object: isLogin ? undefined : uuidOf(service),
    message: isLogin ? `Signing in ${failed ? 'failed' : 'succeeded'}` : `The API ${service} was ${done}`,
    user: random.pick(people),
    status: failed ? 'Failure' : 'Success',
  };
};

/** The common ones more often. */
const said: readonly Say[] = [
  monitor,
  performanceData,
  performanceData,
  threat,
  threat,
  lifecycle,
  audit,
  audit,
];

export const around = (random: Random, time: number): readonly string[] => [
  JSON.stringify(random.pick(said)(random, time)),
];
