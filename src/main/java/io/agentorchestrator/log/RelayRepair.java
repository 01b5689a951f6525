package io.agentorchestrator.log;

import io.agentorchestrator.log.RepairFinding.Kind;
import io.agentorchestrator.log.RepairFinding.Weight;
import io.agentorchestrator.log.RepairReport.Outcome;
import io.agentorchestrator.log.RepairReport.Slot;
import io.agentorchestrator.log.StateRestore.EntityTable;
import io.agentorchestrator.topics.TopicProperties;
import io.agentorchestrator.topics.TopicSetup;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/**
 * Brings the relay back after its slot, its checkpoint, the topic's events or the database's were
 * lost: with nothing lost and nothing twice.
 *
 * <p>It keeps all relays off, compares the log's table with the topic by the entries' ids while all
 * workers are paused, publishes what is missing in the order of the positions, and writes the
 * checkpoint from which the relay goes on. After a restore it first brings the database forward to
 * what the topic holds.
 *
 * <p>It may be killed at any time and run again. Before it changes anything it writes into the
 * checkpoint that a repair is under way, which no relay starts from; and the next one compares
 * anew, so what is done already is not done twice.
 */
public final class RelayRepair {

  private static final Duration MOMENT = Duration.ofMillis(100);

  /** A relay that leads publishes within that time, or something is wrong. */
  private static final Duration ON_THE_WAY = Duration.ofSeconds(10);

  private static final String LOCK_NOT_AVAILABLE = "55P03";
  private static final String QUERY_CANCELED = "57014";

  private final RelayProperties properties;
  private final RelayDatabase database;
  private final TopicProperties topics;
  private final TopicSetup topicSetup;
  private final Map<String, Object> kafka;
  private final List<StateRestore> restores;
  private final InstantSource clock;

  /**
   * Makes one for a worker's settings.
   *
   * @param database where the database is
   * @param kafka how an admin client reaches Kafka
   * @param restores what is kept besides the log
   */
  public static RelayRepair of(
      RelayProperties properties,
      JdbcConnectionDetails database,
      TopicProperties topics,
      Map<String, Object> kafka,
      List<StateRestore> restores) {
    return new RelayRepair(
        properties,
        RelayDatabase.of(database),
        topics,
        new TopicSetup(topics, kafka),
        kafka,
        restores,
        InstantSource.system());
  }

  RelayRepair(
      RelayProperties properties,
      RelayDatabase database,
      TopicProperties topics,
      TopicSetup topicSetup,
      Map<String, Object> kafka,
      List<StateRestore> restores,
      InstantSource clock) {
    this.properties = properties;
    this.database = database;
    this.topics = topics;
    this.topicSetup = topicSetup;
    this.kafka = Map.copyOf(kafka);
    this.restores = List.copyOf(restores);
    this.clock = clock;
  }

  /**
   * Repairs, or says what it would do.
   *
   * @param listener hears how far it is
   * @throws RepairImpossibleException if something is in the way that has to be moved first
   * @throws SQLException if PostgreSQL fails; run it again
   * @throws org.apache.kafka.common.KafkaException if Kafka fails; likewise
   */
  public RepairReport run(RepairOptions options, RepairStep.Listener listener)
      throws SQLException, InterruptedException {
    try (Connection session = database.connectForRepair()) {
      Run run = new Run(session, options, listener);
      return options.dryRun() ? run.look() : run.repair();
    }
  }

  /** One repair. */
  private final class Run {

    private final Connection session;
    private final RepairOptions options;
    private final RepairStep.Listener listener;
    private final TopicScan log =
        new TopicScan(topics.log(), properties.slot() + "-relay-repair", kafka);
    private final LogComparison comparison;
    private final List<RepairFinding> findings = new ArrayList<>();
    private final long begun = System.nanoTime();

    private Duration paused = Duration.ZERO;
    private Slot slot = Slot.KEPT;
    private RollForward.Result restored = new RollForward.Result(0, Map.of(), 0);
    private long published;
    private @Nullable RelayCheckpoint checkpoint;

    Run(Connection session, RepairOptions options, RepairStep.Listener listener) {
      this.session = session;
      this.options = options;
      this.listener = listener;
      this.comparison = new LogComparison(session, log);
    }

    /** Changes nothing, so whatever runs may run on: what is on its way is not missing. */
    RepairReport look() throws SQLException, InterruptedException {
      requireSchema();
      RelayStart start = RelayStart.read(topics, properties.slot(), kafka);
      comparison.readTopic(count -> listener.done(RepairStep.READ, count));
      comparison.compare();
      boolean leads = ReplicationSlot.isActive(session, properties.slot());
      long deadline = System.nanoTime() + ON_THE_WAY.toNanos();
      while (leads && comparison.takeOutArrived() > 0 && System.nanoTime() < deadline) {
        Thread.sleep(MOMENT);
      }
      // The checkpoint of one that leads is older than its slot by now, and proves nothing.
      judge(leads ? Optional.empty() : whyRefused(start));
      return report(outcome());
    }

    RepairReport repair() throws SQLException, InterruptedException {
      requireSchema();
      try (RelayLeadership leadership =
          RelayLeadership.standForRepair(database, properties.slot())) {
        awaitLeadership(leadership);
        topicSetup.ensure();
        try (RelayProducer producer =
            new RelayProducer(topics.relayCheckpoint(), properties.slot(), kafka)) {
          producer.fencePredecessor();
          listener.done(RepairStep.FENCED, 0);
          RelayStart start = RelayStart.read(topics, properties.slot(), kafka);
          // Nobody publishes any more, so this need not keep the workers waiting.
          comparison.readTopic(count -> listener.done(RepairStep.READ, count));
          pause();
          long since = System.nanoTime();
          comparison.compare();
          judge(whyRefused(start));
          Outcome outcome = outcome();
          if (outcome == Outcome.REPAIRED) {
            repair(start, leadership, producer);
          }
          paused = Duration.ofNanos(System.nanoTime() - since);
          return report(outcome);
        }
      }
    }

    private void requireSchema() throws SQLException {
      if (!Sql.isTrue(session, "SELECT to_regclass('relay_confirmation') IS NOT NULL")) {
        throw new RepairImpossibleException(
            "Expected the schema of this version, but the database has an older one or none. Start a worker first: it brings the schema up to date, and writes nothing before the repair is done.");
      }
    }

    private void awaitLeadership(RelayLeadership leadership)
        throws SQLException, InterruptedException {
      long deadline = System.nanoTime() + options.timeout().toNanos();
      while (!leadership.tryAcquire()) {
        if (System.nanoTime() > deadline) {
          List<LockHolders.Session> holders = LockHolders.ofLeadership(session, properties.slot());
          throw new RepairImpossibleException(
              "Expected within %d s that no relay leads, but it does: %s. A relay that leads needs no repair, as `relay status` tells; to repair all the same, stop the workers first."
                  .formatted(options.timeout().toSeconds(), holders));
        }
        Thread.sleep(MOMENT);
      }
      listener.done(RepairStep.LEADING, 0);
    }

    /** From here on nobody appends to the log until this session ends. */
    private void pause() throws SQLException {
      try (Statement statement = session.createStatement()) {
        statement.execute("SET lock_timeout = %d".formatted(options.timeout().toMillis()));
        statement.execute("SELECT pg_advisory_lock(%s)".formatted(LogGate.LOCK));
        statement.execute("SET lock_timeout = 0");
      } catch (SQLException e) {
        if (LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
          throw new RepairImpossibleException(
              "Expected all workers to pause within %d s, but there are transactions that do not end: %s."
                  .formatted(options.timeout().toSeconds(), LockHolders.ofGate(session)));
        }
        throw e;
      }
      listener.done(RepairStep.PAUSED, 0);
    }

    private void judge(Optional<RelayRefusedException> whyRefused) throws SQLException {
      ReplicationSlot.State state = ReplicationSlot.state(session, properties.slot());
      slot =
          switch (state) {
            case USABLE, FOREIGN -> Slot.KEPT;
            case MISSING -> Slot.MADE;
            case LOST -> Slot.REPLACED;
          };
      whyRefused.ifPresent(
          refused ->
              findings.add(
                  new RepairFinding(
                      Kind.RELAY_REFUSED,
                      state == ReplicationSlot.State.FOREIGN ? Weight.STOPS : Weight.MENDED,
                      1,
                      String.valueOf(refused.getMessage()),
                      List.of())));
      List<EntityTable> tables =
          restores.stream().map(StateRestore::table).flatMap(Optional::stream).toList();
      findings.addAll(RepairFindings.of(session, comparison, tables, options.afterRestore()));
      published = count(Kind.NOT_ON_TOPIC);
      listener.done(RepairStep.COMPARED, published);
    }

    private Optional<RelayRefusedException> whyRefused(RelayStart start) throws SQLException {
      try {
        start.requireHistory(session);
        start.from(session);
        return Optional.empty();
      } catch (RelayRefusedException e) {
        return Optional.of(e);
      }
    }

    private long count(Kind kind) {
      return findings.stream()
          .filter(finding -> finding.kind() == kind)
          .mapToLong(RepairFinding::count)
          .sum();
    }

    private Outcome outcome() {
      boolean stops =
          findings.stream()
              .anyMatch(
                  finding ->
                      finding.weight() == Weight.STOPS
                          || (finding.weight() == Weight.NEEDS_FORCE && !options.force()));
      boolean mends = findings.stream().anyMatch(finding -> finding.weight() == Weight.MENDED);
      if (!mends && findings.stream().noneMatch(finding -> finding.weight() == Weight.STOPS)) {
        return Outcome.NOTHING_TO_DO;
      }
      return stops ? Outcome.REFUSED : Outcome.REPAIRED;
    }

    private void repair(RelayStart start, RelayLeadership leadership, RelayProducer producer)
        throws SQLException, InterruptedException {
      DatabaseServer server = DatabaseServer.read(session);
      RelayCheckpoint marked =
          start
              .checkpoint()
              .orElseGet(() -> RelayCheckpoint.atCommit(server.systemIdentifier(), 0, null))
              .during(new RelayCheckpoint.Repair(clock.instant(), options.afterRestore()));
      producer.publish(List.of(), marked);
      listener.done(RepairStep.MARKED, 0);
      if (count(Kind.NOT_IN_TABLE) > 0) {
        restored =
            new RollForward(session, log, restores)
                .run(count -> listener.done(RepairStep.RESTORED, count));
      }
      long from = prepareSlot(leadership);
      Republication republication =
          new Republication(session, producer, new EventRecords(topics), properties, marked);
      published = republication.run(count -> listener.done(RepairStep.PUBLISHED, count));
      verify();
      listener.done(RepairStep.VERIFIED, 0);
      checkpoint = republication.checkpoint(server.systemIdentifier(), from);
      leadership.writeProgress(checkpoint.publishedUntil());
      leadership.verify();
      producer.publish(List.of(), checkpoint);
      listener.done(RepairStep.CHECKPOINTED, 0);
      RelayConfirmation.make(session, properties.slot());
    }

    /**
     * Sees to the slot. Nobody appends, so all entries lie before the position returned, and all
     * that come behind it.
     */
    private long prepareSlot(RelayLeadership leadership) throws SQLException, InterruptedException {
      ReplicationSlot.free(session, properties.slot());
      if (slot == Slot.REPLACED) {
        ReplicationSlot.drop(session, properties.slot());
      }
      long from;
      if (slot == Slot.KEPT) {
        from = Sql.number(session, "SELECT pg_current_wal_insert_lsn() - '0/0'");
        // A commit of ours behind it, so that the WAL is written that far.
        leadership.writeProgress(null);
      } else {
        make();
        from = ReplicationSlot.read(session, properties.slot()).confirmedLsn();
      }
      listener.done(RepairStep.SLOT_READY, 0);
      return from;
    }

    private void make() throws SQLException {
      try (Statement statement = session.createStatement()) {
        statement.execute("SET statement_timeout = %d".formatted(options.timeout().toMillis()));
        ReplicationSlot.create(session, properties.slot());
        statement.execute("SET statement_timeout = 0");
      } catch (SQLException e) {
        if (QUERY_CANCELED.equals(e.getSQLState())) {
          throw new RepairImpossibleException(
              "Expected to make the replication slot within %d s, but it waits for transactions that write: %s. End them, and run this again."
                  .formatted(options.timeout().toSeconds(), LockHolders.writing(session)));
        }
        throw e;
      }
    }

    private void verify() throws SQLException {
      long twice = count(Kind.PUBLISHED_TWICE);
      long outOfOrder = count(Kind.OUT_OF_ORDER) + count(Kind.LATER_PUBLISHED);
      comparison.readOn();
      RepairFindings.requireMended(session, twice, outOfOrder);
    }

    private RepairReport report(Outcome outcome) throws SQLException {
      return new RepairReport(
          outcome,
          options.dryRun(),
          List.copyOf(findings),
          Sql.number(session, "SELECT count(*) FROM orchestration_log"),
          comparison.events(),
          outcome == Outcome.REPAIRED ? published : 0,
          outcome != Outcome.REPAIRED
              ? 0
              : options.dryRun() ? count(Kind.NOT_IN_TABLE) : restored.entries(),
          restored.entities(),
          restored.verified(),
          outcome == Outcome.REPAIRED ? slot : Slot.KEPT,
          checkpoint == null ? null : RelayCheckpoint.lsn(checkpoint.commitLsn()),
          Duration.ofNanos(System.nanoTime() - begun),
          paused);
    }
  }
}
