/** Whether a consumer was taken along a journal that is no longer here. */

/**
 * Positions are never given twice: a consumer that is ahead of its journal would take new events for known ones. Throws
 * what to do, as the server must not start then.
 */
export function refuseLostJournal(data: string, taken: number, journal: { readonly end: number }): void {
  if (taken <= journal.end) return;
  throw new Error(
    `The journal in ${data} ends at ${journal.end}, but events up to ${taken} were taken from it: a part of the ` +
      'folder is missing. Restore it whole, or start with another data folder.',
  );
}
