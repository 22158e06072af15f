/** Finds the bytes of one member of a JSON object, so that a record can be cut out of its envelope as it was sent. */

const quote = 0x22;
const backslash = 0x5c;

/** Place after the string that begins at `at`. */
function afterString(bytes: Buffer, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
  return end + 1;
}

/** Bytes between two rests. */
const stride = 1 << 18;

const indexOf = (keys: readonly Buffer[], key: Buffer): number => keys.findIndex((each) => each.equals(key));

/**
 * The bytes of the values of top-level members `names` in `object`, which must be valid JSON; a member that is not there
 * is not in the answer. Of repeated members the last counts, as for JSON.parse. One pass, whatever it holds, with a rest
 * now and then in which others may run.
 */
export function* jsonMembers(
  object: Buffer,
  names: readonly string[],
): Generator<void, ReadonlyMap<string, Buffer>> {
  let rested = 0;
  const keys = names.map((name) => Buffer.from(JSON.stringify(name)));
  const members = new Map<string, Buffer>();
  let valueFrom = -1;
  let wanted: string | undefined;
  let depth = 0;
  for (let at = 0; at < object.length; ) {
    if (at - rested > stride) {
      rested = at;
      yield;
    }
    const byte = object[at] as number;
    if (byte === quote) {
      const end = afterString(object, at);
      if (depth === 1 && valueFrom < 0) wanted = names[indexOf(keys, object.subarray(at, end))];
      at = end;
      continue;
    }
    const closes = byte === 0x7d || byte === 0x5d;
    if (byte === 0x7b || byte === 0x5b) depth += 1;
    else if (depth === 1 && byte === 0x3a && valueFrom < 0) valueFrom = at + 1;
    else if (depth === 1 && (byte === 0x2c || closes) && valueFrom >= 0) {
      if (wanted !== undefined) members.set(wanted, trimmed(object, valueFrom, at));
      valueFrom = -1;
    }
    if (closes) depth -= 1;
    at += 1;
  }
  return members;
}

function trimmed(bytes: Buffer, from: number, to: number): Buffer {
  let start = from;
  let end = to;
  while (start < end && (bytes[start] as number) <= 0x20) start += 1;
  while (end > start && (bytes[end - 1] as number) <= 0x20) end -= 1;
  return bytes.subarray(start, end);
}
