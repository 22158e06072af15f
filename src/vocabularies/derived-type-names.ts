/**
 * Names of event types that only Gatescope gives, to what it derives from the events of a vocabulary. A record of that
 * name which a gateway sends, or somebody who would forge a trail, is stored under the name of its general event type.
 */
export const derivedNames: Readonly<Record<string, readonly string[]>> = {
  openziti: ['change', 'connection', 'transfer'],
};

/** Whether a record that came from outside must not be stored under `type`. */
export const isDerivedName = (vocabulary: string, type: string): boolean =>
  derivedNames[vocabulary]?.includes(type) === true;
