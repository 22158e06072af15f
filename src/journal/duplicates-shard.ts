/**
 * One part of the duplicate index: a ring of ids in order of arrival, and an open-addressed table into it.
 *
 * A table slot holds 17 bits of the hash and the 15 bits of the ring index. What a slot says is checked against the
 * ring, so an id that has left the ring may leave its slot behind: slots are not emptied one by one, each of which
 * would cost a trip to memory, but the table is made again from the ring when an eighth of it is stale.
 */

const indexBits = 15;
const indexMask = (1 << indexBits) - 1;
const tags = 1 << 17;
/** Ids between two marks of time. */
const stretch = 256;
const staleShare = 1 / 8;
/** At most three quarters full, stale slots included. */
const slotsFor = (ids: number): number => Math.ceil(ids * (1 + staleShare) * (4 / 3)) + 2;

/** The most ids that one shard can hold: index + 1 must fit beside the tag, as 0 means empty. */
export const shardCapacity = indexMask;

export class Shard {
  readonly #capacity: number;
  /** Low half, high half and content of each id; both halves 0 for one that was forgotten. */
  #ring: Uint32Array;
  /** 0 is empty, else tag and ring index, plus one. */
  #slots: Uint32Array;
  /** Slots for each tag: an id belongs where its tag says. */
  #spread: number;
  /** The latest time of receipt in each stretch of the ring. */
  readonly #marks: Float64Array;
  #next = 0;
  #used = 0;
  #stale = 0;
  #evictedTo = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
    const initial = Math.min(capacity, 128);
    this.#ring = new Uint32Array(initial * 3);
    this.#slots = new Uint32Array(slotsFor(initial));
    this.#spread = this.#slots.length / tags;
    this.#marks = new Float64Array(Math.ceil(capacity / stretch));
  }

  /** The latest time of receipt among the ids that had to go; 0 when none had. */
  get evictedTo(): number {
    return this.#evictedTo;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#ring.byteLength + this.#slots.byteLength + this.#marks.byteLength;
  }

  /** The content hash known for this id; undefined when it was unknown and is now put in. */
  claim(low: number, high: number, content: number, received: number): number | undefined {
    const place = this.#find(low, high);
    if (place >= 0) return this.#ring[place + 2];
    this.#insert(low, high, content, received);
    return undefined;
  }

  forget(low: number, high: number): void {
    const place = this.#find(low, high);
    if (place < 0) return;
    this.#ring[place] = 0;
    this.#ring[place + 1] = 0;
    this.#size--;
    this.#wearOff();
  }

  /** Where the ring has an id, or -1. */
  #find(low: number, high: number): number {
    const tag = low >>> indexBits;
    const slots = this.#slots;
    const ring = this.#ring;
    let at = (tag * this.#spread) | 0;
    for (let slot = slots[at] as number; slot !== 0; slot = slots[at] as number) {
      if ((slot - 1) >>> indexBits === tag) {
        const place = ((slot - 1) & indexMask) * 3;
        if (ring[place] === low && ring[place + 1] === high) return place;
      }
      at = at + 1 === slots.length ? 0 : at + 1;
    }
    return -1;
  }

  #insert(low: number, high: number, content: number, received: number): void {
    if (this.#next * 3 === this.#ring.length) {
      if (this.#next < this.#capacity) this.#grow();
      else this.#next = 0;
    }
    const index = this.#next++;
    const place = index * 3;
    const mark = Math.floor(index / stretch);
    const evicts = this.#used === this.#capacity;
    if (evicts && index % stretch === 0)
      this.#evictedTo = Math.max(this.#evictedTo, this.#marks[mark] as number);
    if (!evicts) this.#used++;
    else if (this.#ring[place] !== 0 || this.#ring[place + 1] !== 0) this.#size--;
    this.#marks[mark] = index % stretch === 0 ? received : Math.max(this.#marks[mark] as number, received);
    this.#ring[place] = low;
    this.#ring[place + 1] = high;
    this.#ring[place + 2] = content;
    this.#size++;
    this.#put(low >>> indexBits, index);
    if (evicts) this.#wearOff();
  }

  #put(tag: number, index: number): void {
    const slots = this.#slots;
    let at = (tag * this.#spread) | 0;
    while (slots[at] !== 0) at = at + 1 === slots.length ? 0 : at + 1;
    slots[at] = ((tag << indexBits) | index) + 1;
  }

  /** One more slot is stale. */
  #wearOff(): void {
    this.#stale++;
    if (this.#stale <= (this.#ring.length / 3) * staleShare) return;
    this.#slots.fill(0);
    this.#putAll();
  }

  #grow(): void {
    const capacity = Math.min(this.#capacity, (this.#ring.length / 3) * 2);
    const ring = new Uint32Array(capacity * 3);
    ring.set(this.#ring);
    this.#ring = ring;
    this.#slots = new Uint32Array(slotsFor(capacity));
    this.#spread = this.#slots.length / tags;
    this.#putAll();
  }

  #putAll(): void {
    this.#stale = 0;
    for (let index = 0; index < this.#used; index++) {
      const low = this.#ring[index * 3] as number;
      if (low !== 0 || this.#ring[index * 3 + 1] !== 0) this.#put(low >>> indexBits, index);
    }
  }
}
