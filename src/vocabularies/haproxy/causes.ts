/**
 * What HAProxy's termination state says of a request: the first letter who ended the session, the second what HAProxy
 * was waiting for (HAProxy configuration manual, "Session state at disconnection").
 */
import { blame, type Cause, refusal } from '../access-verdict.ts';

const client = blame('client');
const upstream = blame('upstream');
const gateway = blame('gateway');
const refused = refusal('policyViolation');

/** By both letters, else by the first. L, answered by HAProxy itself, and - say nothing of an error. */
const causes: ReadonlyMap<string, Cause> = new Map([
  ['PR', refused],
  ['PT', refused],
  ['PH', upstream],
  ['P', gateway],
  ['C', client],
  ['c', client],
  ['S', upstream],
  ['s', upstream],
  ['R', gateway],
  ['I', gateway],
  ['D', gateway],
  ['U', gateway],
  ['K', gateway],
]);

/** HAProxy says PR of a request that it could not read, too, and answers it with 400. */
export function causeOf(state: string | undefined, status: number | undefined): Cause | undefined {
  if (state === undefined) return undefined;
  const cause = causes.get(state.slice(0, 2)) ?? causes.get(state.slice(0, 1));
  return cause === refused && status === 400 ? client : cause;
}
