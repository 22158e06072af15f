/**
 * The composition root: it reads like the drawing in ARCHITECTURE.md, starts in the order of the flow and stops in the
 * reverse. Nothing else wires, and nothing else is shared.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import xxhash from 'xxhash-wasm';
import { openAccess } from './access/access.ts';
import { installationSecret } from './access/installation-secret.ts';
import { createSeal } from './access/seal.ts';
import { openDoor } from './api/door.ts';
import { createHttpServer } from './api/http-server.ts';
import { createLive } from './api/live.ts';
import { requireRoom } from './api/require-room.ts';
import { apiRoutes } from './api/routes.ts';
import { createBackups } from './backup/backups.ts';
import { refuseHalfRestored } from './backup/restore.ts';
import type { RunningServer, ServerPorts } from './cli/context.ts';
import { faultOf } from './core/fault.ts';
import type { Horizons } from './core/retention.ts';
import { Running, repeat } from './core/running.ts';
import { openDeadLetters } from './delivery/dead-letters.ts';
import { FolderProblem } from './folder/problems.ts';
import { hasRoom } from './folder/space.ts';
import { startDeriving } from './folds/derive.ts';
import { derivedVocabularies, withDerived } from './folds/derived.ts';
import { folds } from './folds/index.gen.ts';
import { foldsPosition } from './folds/states.ts';
import { carryAudit } from './ingest/carry-audit.ts';
import { createIngest } from './ingest/ingest.ts';
import { defaultLimits } from './ingest/limits.ts';
import { createPastRetentionTally } from './ingest/past-retention.ts';
import { openQuarantine } from './ingest/quarantine.ts';
import { createReadingThreads } from './ingest/reading-threads.ts';
import { createRedactionTally } from './ingest/redaction/counts.ts';
import { createRedaction } from './ingest/redaction/redact.ts';
import { createRoom } from './ingest/room.ts';
import { createSenders } from './ingest/senders.ts';
import { openCursor } from './journal/cursor.ts';
import { openDataFolder } from './journal/data-folder.ts';
import { createDuplicateIndex } from './journal/duplicates.ts';
import { nodeFiles } from './journal/files.ts';
import { openJournal } from './journal/journal.ts';
import { json } from './protocols/json.ts';
import { lines } from './protocols/lines.ts';
import { createFields } from './query/fields.ts';
import { ask } from './receivers/ask.ts';
import { elasticChallenge, elasticErrors, elasticsearchReceiver } from './receivers/elasticsearch.ts';
import { startFileReceivers } from './receivers/file.ts';
import { httpReceiver } from './receivers/http.ts';
import { startOpenzitiNames } from './receivers/openziti-names.ts';
import { createSample, sampleTenant } from './sample/sample.ts';
import {
  ingestLimits,
  journalSettings,
  namingControllers,
  readTls,
  retentionRules,
} from './settings/for-parts.ts';
import type { Settings } from './settings/settings.ts';
import { Absences } from './store/absences.ts';
import { startFilling } from './store/fill.ts';
import { forgetTenant } from './store/forget.ts';
import { lostFacts } from './store/lost-facts.ts';
import { createReader } from './store/read.ts';
import { noteDrop } from './store/remove.ts';
import { createRetention } from './store/retention.ts';
import { openStore } from './store/store.ts';
import { storeDisk } from './store/store-disk.ts';
import { takenTo } from './store/taken.ts';
import { createTurns, inTurn } from './store/turns.ts';
import { createWriter } from './store/write.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { declaredAttributes } from './vocabularies/fields.ts';
import { fallback, own, vocabularies } from './vocabularies/index.gen.ts';

const defaultTenant = 'default';
/** Who acts when nobody asked. */
const self = { kind: 'system', id: 'gatescope', name: 'gatescope' } as const;
const webApp = fileURLToPath(new URL('../ui/dist', import.meta.url));

/** Resolves when requests are answered. Rejects with what to do when it cannot start; then nothing is left running. */
export async function startServer(settings: Settings, ports: ServerPorts): Promise<RunningServer> {
  const { log, clock, newId, version } = ports;
  const { data, port, host, basePath } = settings;
  const started = clock();
  const running = new Running();
  try {
    refuseHalfRestored(data);
    const folder = await openDataFolder(data, clock, log);
    if (!folder.ok) throw new FolderProblem(folder.error.reason);
    const { diskFull, established } = folder.value;
    running.push(() => folder.value.close());

    // The door says that we recover, and holds what is sent, until the routes are there.
    const tls = await readTls(settings);
    const errorShapes = [{ ...elasticErrors, challenge: elasticChallenge }];
    const door = await openDoor({ port, host, basePath, log, errorShapes, ...tls });
    running.push(() => door.close());
    log.info('The door is open.', { url: door.url });

    // Who may do what.
    const opened = await openAccess({ data, clock, log, newId, diskFull, established });
    if (!opened.ok) throw new FolderProblem(opened.error.reason);
    const access = opened.value;
    running.push(() => access.close());
    await access.users.ensureFirst(ports.announce);
    await access.tokens.fix(defaultTenant, settings.adminToken);

    // The store starts while the journal is read, and says which positions it has.
    const server = settings.store;
    const opening = openStore({
      ...(server === undefined ? {} : { server }),
      engine: settings.engine,
      data,
      clock,
      log,
    });
    running.push(() =>
      opening.then(
        (store) => store.close(),
        () => undefined,
      ),
    );
    // Waited for when the segments are read; until then nobody listens to a failure.
    opening.catch(() => undefined);
    const cursor = await openCursor(data, 'store', nodeFiles);
    // The folds too were taken along positions that must not be given out again.
    const folded = foldsPosition(data);
    const taken = takenTo(opening, cursor, log).then((position) => Math.max(position, folded));
    taken.catch(() => undefined);

    // The journal and what lies before it.
    const duplicates = createDuplicateIndex(settings.ingest.duplicates);
    const journal = await openJournal({
      folder: data,
      clock,
      log,
      duplicates,
      takenTo: taken,
      ...journalSettings(settings),
    });
    running.push(() => journal.close());
    const secret = await installationSecret(data, log, { established });
    const seal = createSeal(secret);
    const quarantine = await openQuarantine({
      folder: data,
      clock,
      log,
      journal,
      seal,
      ...settings.quarantine,
    });
    running.push(() => quarantine.close());
    const senders = createSenders();
    const { h64 } = await xxhash();
    const limits = { ...ingestLimits(settings), records: defaultLimits.records };
    const tally = createRedactionTally();
    const pastRetention = createPastRetentionTally();
    const ownRetention = settings.retention.classes.map(({ family }) => family);
    const street = {
      journal,
      duplicates,
      quarantine,
      redaction: createRedaction(settings.redaction),
      tally,
      hash: h64,
      newId,
      senders,
      log,
      limits,
      ownRetention,
    };
    const threads = createReadingThreads({
      redaction: settings.redaction,
      largest: limits.record,
      ownRetention,
      scrub: street.redaction.scrub,
      most: availableParallelism(),
      log,
    });
    running.push(() => threads.close());
    const horizons: Horizons = (name) => retention.horizons(name);
    const accept = createIngest({ ...street, vocabularies, fallback, threads, horizons, pastRetention });
    // Our own records and what we derive have a street of their own: nobody else can send them.
    const derived = derivedVocabularies(folds);
    const acceptOwn = createIngest({ ...street, vocabularies: derived, fallback: own });

    // The consumer that fills the store.
    const store = await opening;
    const absences = new Absences(await openCursor(data, 'store-absences', nodeFiles));
    const writer = createWriter({
      client: store.client,
      forgottenTo: () => duplicates.oldestTime,
      newId,
      absences,
      log,
    });
    const deadLetters = await openDeadLetters(data, writer.name);
    running.push(() => deadLetters.close());
    const exclusive = createTurns();
    const filling = startFilling({
      store,
      consumer: inTurn(writer, exclusive),
      journal,
      cursor,
      absences,
      deadLetters,
      onLost: (rows) => {
        for (const { tenant, facts } of lostFacts(rows))
          access
            .record({ ...facts, actor: self }, tenant)
            .catch((error: unknown) => log.error('A loss could not be audited.', { reason: String(error) }));
      },
      clock,
      log,
    });
    running.push(() => filling.stop());
    const disk = storeDisk({ client: server && store.client, data, journal, ...journalSettings(settings) });
    const retention = createRetention({
      client: store.client,
      rules: { ...retentionRules(settings), spared: disk.spared },
      disk,
      drops: access.drops,
      exclusive,
      beforeDrop: (partition) => noteDrop({ client: store.client, journal, absences, cursor }, partition),
      clock,
      log,
    });
    store.prepared.then(retention.look).catch(() => undefined);

    const backups = await createBackups({
      data,
      journal,
      quarantine,
      cursor,
      store,
      embedded: server === undefined,
      owned: { 'folds.db': (to) => deriving.copyTo(to) },
      exclusively: filling.exclusively,
      version,
      newId,
      clock,
      log,
    });
    running.push(() => backups.stop());

    // What is worked out from events, and comes back in as events.
    const { confirmation } = settings.folds;
    const deriving = await startDeriving({
      folds,
      accept: acceptOwn,
      journal,
      data,
      confirmation,
      coresWanted: () => threads.allBusy,
      clock,
      log,
    });
    running.push(() => deriving.stop());
    const naming = startOpenzitiNames({
      controllers: await namingControllers(settings),
      ask,
      learn: deriving.learn,
      clock,
      log,
    });
    running.push(() => naming.stop());

    // Questions.
    const fields = createFields(declaredAttributes([...vocabularies, ...derived, fallback, own]));
    const journalEnd = () => journal.end;
    const reader = createReader({
      client: store.client,
      unprepared: () => store.unprepared,
      clock,
      fields,
      journalEnd,
      maskSecret: secret,
    });
    const live = createLive({ journal, clock });
    const closing = new AbortController();
    running.push(async () => closing.abort());
    live
      .run(closing.signal)
      .catch((error: unknown) => log.error('Live figures have stopped.', { reason: faultOf(error) }));

    // What serves newcomers, and what we say of ourselves.
    const consumers = () => [filling.status, deriving.status];
    const storedTo = () => filling.status.position;
    const forget = async (tenant: string) => {
      await store.prepared;
      await requireRoom(data);
      const removing = { client: store.client, journal, absences, storedTo, journalEnd };
      const removeStored = () => filling.exclusively(() => forgetTenant(removing, tenant));
      deriving.forget(tenant);
      let removed = 0;
      // What was under way, and what was derived meanwhile, is journalled behind what is removed first.
      for (let left = await removeStored(), rounds = 0; left > 0 && rounds < 5; rounds++) {
        removed += left;
        deriving.forget(tenant);
        left = await removeStored();
      }
      await quarantine.forget(tenant);
      senders.forget(tenant);
      await access.drops.forget(tenant);
      return removed;
    };
    const sample = createSample({
      accept,
      protocol: json,
      clock,
      log,
      rate: settings.sample.rate,
      enter: async () => void (await access.tenants.create(sampleTenant, self)),
      leave: async () => {
        const removed = await backups.first(() => forget(sampleTenant));
        await access.tenants.remove(sampleTenant, self);
        return removed;
      },
    });
    running.push(() => sample.stop());
    const storeProblem = async () =>
      (await store.problem()) ?? (filling.status.recovered ? undefined : 'The store is recovering.');
    const metrics = createMetrics({
      equation: () => [...journal.totals()].map(([tenant, totals]) => ({ tenant, ...totals })),
      lateDuplicates: () => writer.lateDuplicates,
      consumers: () => consumers().map((status) => ({ consumer: status.name, ...status })),
      comparison: () => ({
        // A series that begins when something is lost would hide the first loss from a rate.
        lost: [...[...journal.totals().keys()].map((tenant) => ({ tenant, rows: 0 })), ...filling.lost],
        surplus: filling.compared?.surplus.total ?? 0,
        gaps: journal.gaps.reduce((sum, { first, end }) => sum + end - first, 0),
      }),
      folds: () => deriving.figures(),
      redactions: () => tally.totals(),
      journal: () => ({ ...journal.stats(), syncs: journal.stats().fsyncs }),
      retention: {
        dropped: () => access.drops.totals,
        pastRetention: () => pastRetention.totals(),
        store: () => retention.store,
      },
      storeReady: () => filling.status.state === 'running',
    });
    running.push(async () => metrics.stop());

    // The routes.
    const room = createRoom(limits.inFlight, limits.wait);
    const way = { accept, room, limits, clock };
    const http = await createHttpServer({
      routes: [
        ...httpReceiver({ ...way, vocabularies: [...vocabularies, fallback].map(({ name }) => name) }),
        ...elasticsearchReceiver(way),
        ...access.routes(async (tenant) => void (await backups.first(() => forget(tenant)))),
        ...apiRoutes({
          reader,
          fields,
          vocabularies: withDerived([...vocabularies, fallback, own], folds),
          quarantine,
          replay: { accept, protocols: { json, lines }, clock },
          senders,
          sample,
          health: {
            checks: [
              { name: 'store', check: storeProblem },
              {
                name: 'disk',
                check: async () =>
                  journal.pressure === 'full' ? 'The disk is full: nothing is taken in.' : undefined,
              },
            ],
            metrics: () => metrics.text(),
          },
          status: {
            version,
            started,
            journal,
            consumers,
            lost: () => filling.lost,
            compared: () => filling.compared,
            naming: naming.status,
            storeProblem,
            retention: { retention, drops: access.drops },
          },
          live: { live, authenticate: access.authenticate, closing: closing.signal },
          backups: {
            backups,
            record: access.record,
            authenticate: access.authenticate,
            closing: closing.signal,
          },
          tail: { journal, authenticate: access.authenticate, seal, clock, log, closing: closing.signal },
        }),
      ],
      authenticate: access.authenticate,
      log,
      newId,
      version,
      ...tls,
      basePath,
      trustedProxies: settings.trustedProxies,
      web: webApp,
      errorShapes,
      observe: metrics.observe,
      closing,
    });
    http.enter(door);
    running.push(() => http.close());
    const files = startFileReceivers({
      files: settings.receivers.files,
      accept,
      sourcePosition: (key) => journal.sourcePosition(key),
      room,
      clock,
      log,
    });
    running.push(() => files.stop());
    const chores = [
      { name: 'audit', work: () => carryAudit({ access, acceptOwn, clock }), every: 500 },
      { name: 'folds', work: () => deriving.tick(), every: 1_000 },
      {
        name: 'journal',
        work: () => backups.holdOff(() => journal.retain({ storedTo: storedTo() })),
        every: 60_000,
      },
      { name: 'store', work: () => filling.check(), every: 3_600_000 },
      { name: 'quarantine', work: () => backups.holdOff(() => quarantine.retain()), every: 600_000 },
      {
        name: 'retention',
        work: () => backups.holdOff(() => filling.exclusively(retention.run)),
        every: 60_000,
      },
      { name: 'control', work: async () => (await hasRoom(data)) && access.share(), every: 1_000 },
    ];
    for (const chore of chores) running.push(repeat(chore, log));
    return { url: door.url, stop: () => running.unwind(log) };
  } catch (error) {
    await running.unwind(log);
    throw error;
  }
}
