/** Names of what a gateway tells of by id: learned from its changes, or asked of it. */

export type NamedKind = 'service' | 'identity' | 'router';

/** The name that an id has. */
export interface Named {
  readonly kind: NamedKind;
  readonly id: string;
  readonly name: string;
  /** Since when, by the clock of the gateway, in microseconds since 1970: of two names the later one holds. */
  readonly since: number;
}
