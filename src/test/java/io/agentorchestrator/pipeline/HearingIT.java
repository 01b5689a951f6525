package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalRunProcess;
import io.agentorchestrator.local.LocalWorker;
import io.agentorchestrator.local.ReservedPort;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.local.Site;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/**
 * Up to when the agents are heard, while everything that may be away is away. The database's clock
 * is put forward where time has to pass.
 */
class HearingIT {

  private static final String AGENTS = "orchestrator.commands.agents";
  private static final int PARTITIONS = 4;

  /** How many commands are on their way at most, twice that for a moment. */
  private static final int AHEAD = 100;

  /** Marks less far apart than this leave what leases count from as it is. */
  private static final Duration GAP = Duration.ofSeconds(5);

  /** More than any gap. */
  private static final Duration OUTAGE = Duration.ofMinutes(1);

  /** So long that marks would have been made, did anybody make them. */
  private static final Duration SOME_ROUNDS = Duration.ofSeconds(3);

  private record Mark(Instant heardUntil, Instant countingSince) {}

  @Test
  void getsOnWhileNothingComesAndUnderLoad() {
    try (Pipeline pipeline = Pipeline.start(1)) {
      Site site = pipeline.site();
      Map<Integer, Mark> first = awaitFirstMarks(site);
      assertThat(first.values())
          .allSatisfy(mark -> assertThat(mark.heardUntil()).isBefore(mark.countingSince()));
      Map<Integer, Mark> idle = awaitHeardWithoutGap(site, first, now(site));

      AtomicBoolean enough = new AtomicBoolean();
      CompletableFuture<Void> load = CompletableFuture.runAsync(() -> keepBusy(pipeline, enough));
      try {
        awaitHeardWithoutGap(site, idle, now(site).plusSeconds(3));

        assertThat(load).isNotDone();
      } finally {
        enough.set(true);
        load.join();
      }
      assertThat(Settling.count(site, "SELECT count(*) FROM command_keys")).isGreaterThan(AHEAD);
    }
  }

  /** Has all partitions heard for the first time, and none for the second before it is read. */
  private static Map<Integer, Mark> awaitFirstMarks(Site site) {
    execute(
        site,
        """
        CREATE FUNCTION keep_first() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RETURN NULL; END $$;
        CREATE TRIGGER keep_first BEFORE UPDATE ON heard_partitions
        FOR EACH ROW EXECUTE FUNCTION keep_first();
        DELETE FROM heard_partitions
        """);
    Map<Integer, Mark> first = awaitMarks(site, mark -> true);
    execute(site, "DROP TRIGGER keep_first ON heard_partitions");
    return first;
  }

  /**
   * Waits until all that was sent before a moment is heard, and holds what leases count from to
   * each mark on the way: it moves with a gap, which a machine at its limits may well make, and
   * with nothing else.
   */
  private static Map<Integer, Mark> awaitHeardWithoutGap(
      Site site, Map<Integer, Mark> first, Instant moment) {
    Map<Integer, Mark> last = new TreeMap<>(first);
    patiently()
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              marks(site)
                  .forEach(
                      (partition, mark) -> {
                        Mark before = Objects.requireNonNull(last.put(partition, mark));
                        if (mark.heardUntil().isBefore(before.heardUntil().plus(GAP))) {
                          assertThat(mark.countingSince()).isEqualTo(before.countingSince());
                        }
                      });
              return last.values().stream().allMatch(mark -> mark.heardUntil().isAfter(moment));
            });
    return last;
  }

  /** There is always something to read, and never much. */
  private static void keepBusy(Pipeline pipeline, AtomicBoolean enough) {
    for (int sent = 0; !enough.get(); sent += AHEAD) {
      int almost = sent - AHEAD / 2;
      patiently()
          .pollInterval(Duration.ofMillis(2))
          .until(
              () -> Settling.count(pipeline.site(), "SELECT count(*) FROM command_keys") >= almost);
      pipeline.sendAll(
          Stream.generate(() -> Commands.registerAgent(UUID.randomUUID(), 1))
              .limit(AHEAD)
              .toList());
    }
  }

  @Test
  void hearsNothingBeforeItIsApplied() {
    // So many consumers that none has all partitions of the agents, however they are assigned.
    try (Pipeline pipeline =
        Pipeline.start(
            1,
            "--orchestrator.commands.max-backoff=200ms",
            "--orchestrator.commands.concurrency=4")) {
      Site site = pipeline.site();
      UUID agent = UUID.randomUUID();
      pipeline.ask(Commands.registerAgent(agent, 1));
      Instant before = now(site);
      awaitHeard(site, before);
      execute(
          site,
          """
          CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
          AS $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = '53100'; END $$;
          CREATE TRIGGER refuse BEFORE UPDATE ON agents FOR EACH ROW EXECUTE FUNCTION refuse()
          """);

      int partition = pipeline.send(Commands.registerAgent(agent, 7)).partition();
      Instant sent = now(site);
      // The other consumers go on.
      patiently().until(() -> anyHeard(site, sent.plusSeconds(3)));
      assertThat(mark(site, partition).heardUntil()).isBefore(sent);
      forward(site, OUTAGE);
      Instant later = now(site);
      patiently().until(() -> anyHeard(site, later));
      assertThat(mark(site, partition).heardUntil()).isBefore(sent);
      assertThat(mark(site, partition).countingSince()).isBefore(sent);

      execute(site, "DROP TRIGGER refuse ON agents");
      patiently()
          .until(
              () -> {
                boolean heard = mark(site, partition).heardUntil().isAfter(sent);
                // Read after the mark, so it must be there.
                assertThat(heard && slots(site, agent) != 7).as("marked too early").isFalse();
                return heard;
              });
      assertThat(mark(site, partition).countingSince()).isAfter(later);
    }
  }

  @Test
  void hearsNothingBehindAnOpenTransaction() {
    try (Pipeline pipeline = Pipeline.start(1);
        KafkaProducer<byte[], byte[]> producer =
            new KafkaProducer<>(
                Map.of(
                    "bootstrap.servers",
                    pipeline.site().servers().bootstrapServers(),
                    "transactional.id",
                    pipeline.site().name() + "-producer"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      Site site = pipeline.site();
      ObjectNode open = Commands.registerAgent(UUID.randomUUID(), 1);
      UUID waiting = UUID.randomUUID();
      producer.initTransactions();
      awaitHeard(site, now(site));

      producer.beginTransaction();
      int partition = get(producer.send(Pipeline.record(site, open))).partition();
      pipeline.send(
          new ProducerRecord<>(
              site.topic(AGENTS),
              partition,
              waiting.toString().getBytes(StandardCharsets.UTF_8),
              Pipeline.record(site, Commands.registerAgent(waiting, 1)).value()));
      Instant sent = now(site);
      patiently().until(() -> anyHeard(site, sent.plusSeconds(3)));
      assertThat(mark(site, partition).heardUntil()).isBefore(sent);
      assertThat(Settling.count(site, "SELECT count(*) FROM agents")).isZero();

      producer.abortTransaction();
      awaitHeard(site, sent);
      assertThat(Settling.count(site, "SELECT count(*) FROM agents")).isEqualTo(1);
    }
  }

  @Test
  void appliesWhatItCannotMark() {
    try (Pipeline pipeline = Pipeline.start(1)) {
      Site site = pipeline.site();
      Map<Integer, Mark> before = awaitHeard(site, now(site));
      execute(site, "ALTER TABLE heard_partitions RENAME TO elsewhere");
      pipeline.ask(Commands.registerAgent(UUID.randomUUID(), 1));
      forward(site, OUTAGE);
      Instant later = now(site);
      pipeline.ask(Commands.registerAgent(UUID.randomUUID(), 1));
      execute(site, "ALTER TABLE elsewhere RENAME TO heard_partitions");

      Map<Integer, Mark> after = awaitHeard(site, later);

      assertGap(before, after, later);
    }
  }

  @Test
  @Tag("faults")
  void hearsNothingWhileKafkaIsAway(@TempDir Path folder) {
    ReservedPort port = ReservedPort.take();
    LocalRunProcess kafka = LocalRunProcess.startKafka(folder, port.number());
    try {
      Site site = Site.fresh(Servers.of(Servers.shared().postgres(), "127.0.0.1:" + port.number()));
      try (Pipeline pipeline = Pipeline.at(site, 1)) {
        awaitHeard(site, now(site));
        kafka.kill();
        Map<Integer, Mark> before = awaitNoMoreMarks(site);
        forward(site, OUTAGE);
        Instant later = now(site);
        assertThat(awaitNoMoreMarks(site)).isEqualTo(before);
        kafka = LocalRunProcess.startKafka(folder, port.number());

        Map<Integer, Mark> after = awaitHeard(site, later);

        assertGap(before, after, later);
        assertThat(pipeline.workers()).hasSize(1);
      }
    } finally {
      kafka.kill();
      port.close();
    }
  }

  @Test
  void hearsNothingWhileItIsStopped() {
    Site site = Site.fresh();
    try (LocalWorker worker = LocalWorker.start(site)) {
      assertThat(worker.rest()).isNotNull();
      awaitHeard(site, now(site));
    }
    Map<Integer, Mark> before = marks(site);
    forward(site, OUTAGE);
    Instant later = now(site);
    try (LocalWorker worker = LocalWorker.start(site)) {
      assertThat(worker.rest()).isNotNull();

      Map<Integer, Mark> after = awaitHeard(site, later);

      assertGap(before, after, later);
    }
  }

  @Test
  void followsAClockThatIsPutBack() {
    try (Pipeline pipeline = Pipeline.start(1)) {
      Site site = pipeline.site();
      forward(site, OUTAGE);
      Instant ahead = now(site);
      awaitHeard(site, ahead);
      forward(site, Duration.ZERO);
      Instant back = now(site);

      Map<Integer, Mark> after =
          awaitMarks(
              site, mark -> mark.heardUntil().isAfter(back) && mark.heardUntil().isBefore(ahead));

      assertThat(after.values())
          .allSatisfy(mark -> assertThat(mark.countingSince()).isAfter(back).isBefore(ahead));
      assertThat(pipeline.workers()).hasSize(1);
    }
  }

  private static void assertGap(
      Map<Integer, Mark> before, Map<Integer, Mark> after, Instant later) {
    before.values().forEach(mark -> assertThat(mark.heardUntil()).isBefore(later));
    after.values().forEach(mark -> assertThat(mark.countingSince()).isAfter(later));
  }

  /** Waits until all that was sent before a moment is heard. */
  private static Map<Integer, Mark> awaitHeard(Site site, Instant moment) {
    return awaitMarks(site, mark -> mark.heardUntil().isAfter(moment));
  }

  private static Map<Integer, Mark> awaitMarks(Site site, Predicate<Mark> wanted) {
    return patiently()
        .until(
            () -> marks(site),
            marks -> marks.size() == PARTITIONS && marks.values().stream().allMatch(wanted));
  }

  /** Waits until no mark is made any more, such as one that was on its way. */
  private static Map<Integer, Mark> awaitNoMoreMarks(Site site) {
    Map<Integer, Mark> last = new TreeMap<>();
    patiently()
        .during(SOME_ROUNDS)
        .until(
            () -> {
              Map<Integer, Mark> marks = marks(site);
              boolean same = marks.equals(last);
              last.clear();
              last.putAll(marks);
              return same;
            });
    return last;
  }

  private static ConditionFactory patiently() {
    return await().atMost(Duration.ofMinutes(3)).pollInterval(Duration.ofMillis(100));
  }

  private static boolean anyHeard(Site site, Instant moment) {
    return marks(site).values().stream().anyMatch(mark -> mark.heardUntil().isAfter(moment));
  }

  private static Mark mark(Site site, int partition) {
    return Objects.requireNonNull(marks(site).get(partition));
  }

  private static Map<Integer, Mark> marks(Site site) {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT topic, partition, heard_until, counting_since FROM heard_partitions")) {
      Map<Integer, Mark> marks = new TreeMap<>();
      while (row.next()) {
        assertThat(row.getString(1)).isEqualTo(site.topic(AGENTS));
        marks.put(row.getInt(2), new Mark(instant(row, 3), instant(row, 4)));
      }
      return marks;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int slots(Site site, UUID agent) {
    return Settling.count(
        site, "SELECT max_concurrent_tasks FROM agents WHERE id = '" + agent + "'");
  }

  /** Puts the clock of a site's database forward, from the true time. */
  private static void forward(Site site, Duration by) {
    execute(
        site,
        """
        CREATE OR REPLACE FUNCTION orchestrator_clock() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT clock_timestamp() + interval ''%d s'''
        """
            .formatted(by.toSeconds()));
  }

  private static Instant now(Site site) {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT orchestrator_clock()")) {
      row.next();
      return instant(row, 1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Instant instant(ResultSet row, int column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  private static void execute(Site site, String sql) {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static <T> T get(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
