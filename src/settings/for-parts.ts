/** Settings in the words of the parts they are for, with the certificates that they name read from their files. */
import { NotAFile, readRegular } from './regular-file.ts';
import type { Settings } from './settings.ts';

export const journalSettings = ({ journal, disk }: Settings) => ({
  segmentBytes: journal.segment,
  retention: { age: journal.retention, share: journal.maxShare },
  disk: { low: disk.alert, full: disk.stop, fullBytes: disk.stopBytes },
});

export const retentionRules = ({ retention: { age, classes, maxShare, bytes, rows } }: Settings) => ({
  age,
  ages: Object.fromEntries(classes.map(({ family, age }) => [family, age])),
  share: maxShare,
  ...(bytes === undefined ? {} : { bytes }),
  ...(rows === undefined ? {} : { rows }),
});

export const ingestLimits = ({ ingest }: Settings) => ({
  body: ingest.body,
  record: ingest.record,
  inFlight: ingest.inFlight,
  wait: ingest.wait / 1000,
  leastRate: ingest.leastRate,
  rateWindow: ingest.rateWindow / 1000,
});

const read = (path: string): Promise<Buffer> =>
  readRegular(path).catch((error: unknown) => {
    throw error instanceof NotAFile ? new Error(`${path} ${error.message}`) : error;
  });

/** The controllers that are asked for names. */
export const namingControllers = ({ openziti }: Settings) =>
  Promise.all(
    openziti.controllers.map(async ({ ca, ...controller }) =>
      ca === undefined ? controller : { ...controller, ca: (await read(ca)).toString() },
    ),
  );

/** Certificate and key; empty without TLS. */
export const readTls = async ({ tls }: Settings) =>
  tls === undefined ? {} : { tls: { cert: await read(tls.cert), key: await read(tls.key) } };
