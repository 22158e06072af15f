/** Refuses what changes tables while the disk is full: the engine would leave them half changed. */
import { ApiError } from '../access/api-error.ts';
import { freeBytes, noRoom, startRoom } from '../folder/space.ts';

/** Throws 503 when there is no room on the disk of `data`. */
export async function requireRoom(data: string): Promise<void> {
  const free = await freeBytes(data);
  if (free < startRoom)
    throw new ApiError(503, 'Disk full', `Nothing can be removed now: ${noRoom(data, free)}.`, {
      retryAfter: 30,
    });
}
