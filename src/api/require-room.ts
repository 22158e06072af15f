/** Refuses what changes tables while the disk is full: the engine would leave them half changed. */
import { ApiError } from '../access/api-error.ts';
import { freeBytes, sizeText, startRoom } from '../folder/space.ts';

/** Throws 503 when there is no room on the disk of `data`. */
export async function requireRoom(data: string): Promise<void> {
  if ((await freeBytes(data)) >= startRoom) return;
  const detail = `Nothing can be removed now, as the disk of the data folder is full: free at least ${sizeText(startRoom)} there.`;
  throw new ApiError(503, 'Disk full', detail, { retryAfter: 30 });
}
