/** What a slow and simple reading of a record takes for secrets: the oracle of the tests of redaction. */

const isName = (name: unknown): boolean =>
  /^(proxy-)?authorization$|cookie$|secret$|password$|privatekey$|token$|randomid$|^salt$/i.test(
    String(name).replaceAll('_', ''),
  );

/** Every secret of a parsed record, those in nested objects too, in the order of their places. */
export function secretsOf(value: unknown, found: string[] = []): string[] {
  const take = (secret: unknown) => {
    if (typeof secret === 'string' && secret !== '' && secret !== '--') found.push(secret);
  };
  if (Array.isArray(value)) for (const item of value) secretsOf(item, found);
  else if (typeof value === 'object' && value !== null) {
    const record = value as Record<string, unknown>;
    if (isName(record.key)) take(record.value);
    for (const [name, member] of Object.entries(record)) {
      if (isName(name)) take(member);
      if (name === 'cookies' && Array.isArray(member))
        for (const cookie of member) take((cookie as Record<string, unknown>).value);
      secretsOf(member, found);
    }
  }
  return found;
}

/** Every text that stands in a record under a name that is no secret's, such as an id that is its token too. */
export function openTextsOf(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'string') found.add(value);
  else if (Array.isArray(value)) for (const item of value) openTextsOf(item, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, member] of Object.entries(value)) if (!isName(name)) openTextsOf(member, found);
  return found;
}
