/** The Node that Gatescope needs, and what to say where it is older. */
export const neededNode = 24;

export const tooOldNode = (version: string): string =>
  `Node ${version} is too old: install Node ${neededNode}, or start by npm start.`;

/** Whether something could not be loaded because this Node does not have it yet. */
export const wantsNewerNode = (error: unknown): boolean =>
  (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_BUILTIN_MODULE';
