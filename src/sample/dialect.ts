/** What the sample traffic knows of a gateway: which share of the calls it takes, and what it writes of them. */
import type { Call } from './call.ts';
import type { Random } from './random.ts';

export interface Dialect {
  /** Vocabulary in which it speaks. */
  readonly vocabulary: string;
  /** Its share of the calls; those of all dialects together are 1. */
  readonly share: number;
  /** The records about one call, each a line of JSON, in the order of writing. `whole`: with all that rides along. */
  call(call: Call, whole: boolean): readonly string[];
  /** What it says beside its calls at this time (milliseconds), in a few records at most. */
  around?(random: Random, time: number): readonly string[];
  /** What it has said before everything else, such as the names of things. */
  before?(time: number): readonly string[];
}
