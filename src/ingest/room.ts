/**
 * Room for the bodies in flight, over all receivers. It is taken as bytes arrive and shared fairly: first by tenant,
 * then by the bodies of a tenant. Who finds none waits, and its socket is not read meanwhile; after a while it is
 * refused. Why it is shared like this: docs/adr/0017-room-shared-fairly.md.
 *
 * - **Shares.** A tenant may hold 15/16 of what the other tenants leave, and a body 15/16 of what its tenant's other
 *   bodies leave of that: there is always some left for who holds little, and a large body that waits is passed by small
 *   ones.
 * - **Giving up.** Who holds no more than a fair share and has waited for a second gets the room of the largest body that
 *   is still arriving, of the tenant that holds the most. A small body is given that of a large one of its own tenant.
 * - **Going beyond.** Where all bodies of a tenant wait, none of them could ever go on. Then the first goes on beyond the
 *   size: one at a time over all tenants. What it takes there is not counted against anybody.
 */

export interface Room {
  /** Bytes held. More than the size by no more than what one body takes. */
  readonly held: number;
  /**
   * A place for one body of `tenant`. `giveUp` is called, once, when the body has lost its place to another while it was
   * arriving; without it that does not happen.
   */
  enter(tenant: string, giveUp?: () => void): Place;
}

export interface Place {
  /**
   * True once there is room for `bytes` more; false when there was none in time, or the place is lost. Must not be called
   * again before it has resolved.
   */
  take(bytes: number): true | Promise<boolean>;
  /** The body has arrived in full: it loses its place no more. */
  arrived(): void;
  /** Gives back all that was taken. May be called again. */
  leave(): void;
}

/** Of what the others leave. */
const share = 15 / 16;
/** Of the size: a body up to here is small. */
const smallShare = 1 / 128;
/** Milliseconds, until others may have to give up their room. */
const patience = 1_000;

interface Tenant {
  readonly name: string;
  readonly bodies: Set<Body>;
  /** In the order in which they came. */
  readonly waiting: Set<Body>;
  held: number;
  /** Of that, by those who wait. */
  heldWaiting: number;
}

interface Body {
  readonly tenant: Tenant;
  /** Undefined once it has arrived, or where it never gives up. */
  giveUp: (() => void) | undefined;
  holds: number;
  /** Held beyond the size. */
  beyond: number;
  /** What it waits for; undefined when it does not. */
  wants: number | undefined;
  readonly admit: () => void;
  readonly leave: () => void;
}

/** None of its bodies can go on, and so none will leave. */
const isStuck = ({ held, heldWaiting, waiting }: Tenant): boolean => waiting.size > 0 && held === heldWaiting;

/** The one with the most room that may be asked to give it up. */
function largestArriving({ bodies }: Tenant): Body | undefined {
  let largest: Body | undefined;
  for (const body of bodies)
    if (body.giveUp !== undefined && body.holds > (largest?.holds ?? 0)) largest = body;
  return largest;
}

/**
 * @param size bytes
 * @param wait milliseconds for which a body waits, over all the times that it has to
 */
export function createRoom(size: number, wait: number): Room {
  const tenants = new Map<string, Tenant>();
  const small = size * smallShare;
  let held = 0;
  let beyond = 0;
  let waiting = 0;
  /** The body that may go beyond the size, and since when. */
  let ahead: Body | undefined;
  let aheadSince = 0;

  const mostOf = (tenant: Tenant): number => share * (size - (held - tenant.held));
  const fits = ({ tenant, holds }: Body, bytes: number): boolean =>
    holds + bytes <= share * (mostOf(tenant) - (tenant.held - holds));

  /** Lets in who fits: those of the tenant that holds the least first. */
  function admit(): void {
    if (waiting === 0) return;
    const order = [...tenants.values()].filter((tenant) => tenant.waiting.size > 0);
    order.sort((left, right) => left.held - right.held);
    for (const tenant of order) {
      if (tenant.held >= mostOf(tenant)) continue;
      for (const body of tenant.waiting) if (fits(body, body.wants as number)) body.admit();
    }
    if (ahead !== undefined) return;
    const [first] = order.find(isStuck)?.waiting ?? [];
    if (first === undefined) return;
    ahead = first;
    aheadSince = performance.now();
    first.admit();
  }

  /** Who gives up its room to `body`, which waits. */
  function findVictim(body: Body): Body | undefined {
    const { tenant, holds } = body;
    const wants = body.wants as number;
    const tooLong = ahead?.giveUp !== undefined && performance.now() - aheadSince > wait;
    if (tooLong && isStuck(tenant)) return ahead;
    const fair = size / tenants.size;
    if (tenant.held + wants <= fair) {
      const rich = [...tenants.values()].filter((other) => other !== tenant && other.held > fair);
      rich.sort((left, right) => right.held - left.held);
      for (const other of rich) {
        const victim = largestArriving(other);
        if (victim !== undefined) return victim;
      }
    }
    const own = holds + wants <= small ? largestArriving(tenant) : undefined;
    return own !== undefined && own.holds > small ? own : undefined;
  }

  function press(body: Body): void {
    while (body.wants !== undefined) {
      const victim = findVictim(body);
      if (victim === undefined) return;
      const { giveUp } = victim;
      victim.leave();
      giveUp?.();
    }
  }

  function tenantOf(name: string): Tenant {
    const found = tenants.get(name);
    if (found !== undefined) return found;
    const made: Tenant = { name, bodies: new Set(), waiting: new Set(), held: 0, heldWaiting: 0 };
    tenants.set(name, made);
    return made;
  }

  function enter(name: string, giveUp?: () => void): Place {
    const tenant = tenantOf(name);
    let isHere = true;
    let waited = 0;
    let stopWaiting: (got: boolean) => void = () => {};

    const hold = (bytes: number): void => {
      if (fits(body, bytes)) {
        body.holds += bytes;
        tenant.held += bytes;
        held += bytes;
      } else {
        body.beyond += bytes;
        beyond += bytes;
      }
    };
    const body: Body = {
      tenant,
      giveUp,
      holds: 0,
      beyond: 0,
      wants: undefined,
      admit() {
        const bytes = body.wants as number;
        stopWaiting(true);
        hold(bytes);
      },
      leave() {
        if (!isHere) return;
        isHere = false;
        if (body.wants !== undefined) stopWaiting(false);
        tenant.bodies.delete(body);
        if (tenant.bodies.size === 0) tenants.delete(name);
        tenant.held -= body.holds;
        held -= body.holds;
        beyond -= body.beyond;
        if (ahead === body) ahead = undefined;
        admit();
      },
    };
    tenant.bodies.add(body);

    function waitFor(bytes: number): Promise<boolean> {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const since = performance.now();
      const late = setTimeout(() => {
        stopWaiting(false);
        admit();
      }, wait - waited);
      const pressing = setInterval(() => press(body), Math.min(patience, wait / 2));
      stopWaiting = (got) => {
        clearTimeout(late);
        clearInterval(pressing);
        waited += performance.now() - since;
        body.wants = undefined;
        tenant.waiting.delete(body);
        tenant.heldWaiting -= body.holds;
        waiting -= 1;
        resolve(got);
      };
      body.wants = bytes;
      tenant.waiting.add(body);
      tenant.heldWaiting += body.holds;
      waiting += 1;
      admit();
      return promise;
    }

    return {
      take(bytes) {
        if (!isHere) return Promise.resolve(false);
        if (ahead !== body && !fits(body, bytes)) return waitFor(bytes);
        hold(bytes);
        return true;
      },
      arrived() {
        body.giveUp = undefined;
      },
      leave: body.leave,
    };
  }

  return {
    get held() {
      return held + beyond;
    },
    enter,
  };
}
