/**
 * Ids of the sample traffic. Those of events begin with their time, so that a second run with the same seed tells of
 * other events; those of things are worked out from their names, so that all gateways and runs agree.
 */
import { createRandom } from './random.ts';

/** The form of a UUID, version 7: the time in milliseconds and 16 hexadecimal digits. */
export function uuidAt(time: number, drawn: string): string {
  const at = time.toString(16).padStart(12, '0');
  return `${at.slice(0, 8)}-${at.slice(8)}-7${drawn.slice(0, 3)}-a${drawn.slice(3, 6)}-${drawn.slice(4)}`;
}

/** 22 letters and digits, as OpenZiti names circuits. */
export const shortAt = (time: number, drawn: string): string => `${time.toString(36)}${drawn}`.slice(0, 22);

function hexOf(name: string, digits: number): string {
  let seed = 0x811c9dc5;
  for (let index = 0; index < name.length; index += 1)
    seed = Math.imul(seed ^ name.charCodeAt(index), 0x01000193);
  return createRandom(seed).hex(digits);
}

/** Always the same UUID for a name. */
export function uuidOf(name: string): string {
  const hex = hexOf(name, 32);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/** Always the same short id for a name, as OpenZiti has it. */
export const shortOf = (name: string): string => hexOf(name, 10);
