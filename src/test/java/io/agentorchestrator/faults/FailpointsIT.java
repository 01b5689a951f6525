package io.agentorchestrator.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.Site;
import io.agentorchestrator.local.WorkerProcess;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each failpoint, reached in a real worker, in the state that it stands for. */
@Tag("faults")
class FailpointsIT {

  private static final Duration WAIT = Duration.ofMinutes(2);

  /** Less than the time-out of the relay's transactions, by which Kafka would abort one. */
  private static final Duration MARKERS = Duration.ofSeconds(30);

  private final Site site = Site.fresh();
  private final UUID agent = UUID.randomUUID();
  private final KafkaProducer<String, String> producer =
      new KafkaProducer<>(
          Map.of("bootstrap.servers", site.servers().bootstrapServers()),
          new StringSerializer(),
          new StringSerializer());
  private final Admin admin =
      Admin.create(Map.of("bootstrap.servers", site.servers().bootstrapServers()));

  @TempDir Path folder;
  private Failpoints failpoints;
  private WorkerProcess worker;

  @BeforeEach
  void startsAWorkerAndAnAgent() {
    failpoints = Failpoints.in(folder);
    worker =
        WorkerProcess.at(site)
            .jvm(failpoints.jvmOption(), "-XX:+ExitOnOutOfMemoryError")
            .settings("--orchestrator.commands.max-backoff=200ms")
            .start()
            .awaitReady();
    send(
        "agents",
        "agent.register.v1",
        agent,
        """
        {"name":"Agent","type":"test","endpoint":"http://127.0.0.1:9000",\
        "max_concurrent_tasks":100,"lease_seconds":0}\
        """);
    await()
        .atMost(WAIT)
        .untilAsserted(
            () -> assertThat(failpoints.hits(Failpoint.AFTER_MARK_PROCESSED)).isPositive());
  }

  @AfterEach
  void ends() {
    worker.close();
    producer.close();
    admin.close();
  }

  @Test
  void stopsWorkInEachStateThatItIsNamedAfter() {
    paused(Failpoint.BEFORE_DATABASE_COMMIT, task -> assertThat(status(task)).isEqualTo("none"));
    await().atMost(WAIT).until(() -> offsets() == commands());
    long offsets = offsets();
    paused(
        Failpoint.AFTER_DATABASE_COMMIT,
        task -> {
          assertThat(status(task)).isEqualTo("submitted");
          assertThat(offsets()).isEqualTo(offsets);
        });
    long more = offsets();
    paused(
        Failpoint.BEFORE_OFFSET_COMMIT,
        task -> {
          assertThat(status(task)).isEqualTo("submitted");
          assertThat(offsets()).isEqualTo(more);
        });
    paused(Failpoint.AFTER_OFFSET_COMMIT, task -> assertThat(offsets()).isEqualTo(commands()));
    paused(
        Failpoint.BEFORE_RELAY_SEND,
        task -> {
          awaitNothingOpen();
          assertThat(count("orchestration_log", "entity_id = '%s'".formatted(task))).isEqualTo(1);
        });
    paused(
        Failpoint.AFTER_RELAY_SEND,
        task -> {
          assertThat(logEnd(IsolationLevel.READ_UNCOMMITTED))
              .isGreaterThan(logEnd(IsolationLevel.READ_COMMITTED));
          assertThat(count("orchestration_log", "entity_id = '%s'".formatted(task))).isEqualTo(1);
        });
    paused(Failpoint.AFTER_RELAY_COMMIT, task -> awaitNothingOpen());
    paused(Failpoint.AFTER_MARK_PROCESSED, task -> assertThat(status(task)).isEqualTo("submitted"));

    long dead = end("orchestrator.commands.dead-letter", IsolationLevel.READ_UNCOMMITTED);
    failpoints.pause(Failpoint.BEFORE_DEAD_LETTER_SEND, 1);
    failpoints.pause(Failpoint.AFTER_DEAD_LETTER_SEND, 1);
    UUID unreadable = UUID.randomUUID();
    send("tasks", "task.create.v1", unreadable, "{\"type\":1}");
    failpoints.awaitReached(Failpoint.BEFORE_DEAD_LETTER_SEND, WAIT);
    assertThat(end("orchestrator.commands.dead-letter", IsolationLevel.READ_UNCOMMITTED))
        .isEqualTo(dead);
    failpoints.release(Failpoint.BEFORE_DEAD_LETTER_SEND);
    failpoints.awaitReached(Failpoint.AFTER_DEAD_LETTER_SEND, WAIT);
    assertThat(end("orchestrator.commands.dead-letter", IsolationLevel.READ_UNCOMMITTED))
        .isEqualTo(dead + 1);
    assertThat(deadLettered(unreadable)).isZero();
    failpoints.release(Failpoint.AFTER_DEAD_LETTER_SEND);
    await().atMost(WAIT).until(() -> deadLettered(unreadable) == 1);

    // Those after a commit first: those before one do not come by again.
    auto(Failpoint.AFTER_DISPATCH_COMMIT, 3600, "assigned");
    auto(Failpoint.BEFORE_DISPATCH_COMMIT, 3600, "submitted");
    auto(Failpoint.AFTER_TIMERS_COMMIT, 1, "failed");
    auto(Failpoint.BEFORE_TIMERS_COMMIT, 1, "assigned");

    failpoints.requireNoneArmed();
    assertThat(failpoints.hits().keySet()).isEqualTo(EnumSet.allOf(Failpoint.class));
    assertThat(failpoints.hits().values()).allSatisfy(hits -> assertThat(hits).isPositive());
  }

  @Test
  void throwsWhatServersAndDriversThrow() {
    failpoints.throwSql(Failpoint.BEFORE_DATABASE_COMMIT, "40001", 1, 2);
    assertAppliedOnce(create());
    failpoints.awaitReached(Failpoint.BEFORE_DATABASE_COMMIT, WAIT);
    assertThat(failpoints.reached(Failpoint.BEFORE_DATABASE_COMMIT)).hasSize(2);

    failpoints.throwSql(Failpoint.AFTER_DATABASE_COMMIT, "08006", 1, 1);
    assertAppliedOnce(create());
    failpoints.awaitReached(Failpoint.AFTER_DATABASE_COMMIT, WAIT);

    for (Failpoint point : List.of(Failpoint.AFTER_RELAY_SEND, Failpoint.AFTER_RELAY_COMMIT)) {
      failpoints.throwTimeout(point, 1, 1);
      assertAppliedOnce(create());
      failpoints.awaitReached(point, WAIT);
    }
    await()
        .atMost(WAIT)
        .untilAsserted(
            () -> assertThat(failpoints.hits(Failpoint.AFTER_RELAY_COMMIT)).isGreaterThan(4));

    failpoints.throwOutOfMemory(Failpoint.BEFORE_DATABASE_COMMIT, 1);
    create();
    assertThat(worker.awaitEnd(WAIT)).as("exit code of ExitOnOutOfMemoryError").isEqualTo(3);
  }

  @Test
  void haltsAtTheHitThatWasSaidAndLetsTheNextWorkerGoBy() {
    failpoints.halt(Failpoint.AFTER_DATABASE_COMMIT, 3);
    UUID first = create();
    await().atMost(WAIT).until(() -> status(first).equals("submitted"));
    UUID second = create();
    await().atMost(WAIT).until(() -> status(second).equals("submitted"));
    assertThat(failpoints.reached(Failpoint.AFTER_DATABASE_COMMIT)).isEmpty();
    assertThatThrownBy(failpoints::requireNoneArmed)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("AFTER_DATABASE_COMMIT");
    UUID third = create();

    assertThat(worker.awaitEnd(WAIT)).isEqualTo(137);

    failpoints.requireNoneArmed();
    assertThat(failpoints.hits(Failpoint.AFTER_DATABASE_COMMIT)).isEqualTo(4);
    assertThat(status(third)).isEqualTo("submitted");
    worker = WorkerProcess.at(site).jvm(failpoints.jvmOption()).start().awaitReady();
    UUID fourth = create();
    assertAppliedOnce(fourth);
    assertThat(worker.isAlive()).isTrue();
  }

  /** A look at what is, while the worker stands at a failpoint. */
  private interface Look {
    void at(UUID task) throws Exception;
  }

  private void paused(Failpoint point, Look look) {
    long told = failpoints.hits(Failpoint.AFTER_MARK_PROCESSED);
    failpoints.pause(point, 1);
    UUID task = create();
    failpoints.awaitReached(point, WAIT);
    try {
      look.at(task);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    failpoints.release(point);
    assertAppliedOnce(task);
    await()
        .atMost(WAIT)
        .until(
            () ->
                failpoints.hits(Failpoint.AFTER_MARK_PROCESSED) == told + 1
                    && offsets() == commands());
  }

  /**
   * Kafka ends a transaction on its partitions after it has acknowledged the commit. One that
   * nobody commits would be open for longer than this waits, which the step before shows.
   */
  private void awaitNothingOpen() {
    await()
        .atMost(MARKERS)
        .untilAsserted(
            () ->
                assertThat(logEnd(IsolationLevel.READ_COMMITTED))
                    .isEqualTo(logEnd(IsolationLevel.READ_UNCOMMITTED)));
  }

  private void auto(Failpoint point, int timeoutSeconds, String status) {
    failpoints.pause(point, 1);
    UUID task = UUID.randomUUID();
    send(
        "tasks",
        "task.create.v1",
        task,
        """
        {"type":"t","description":"d","timeout_seconds":%d,"max_retries":0}\
        """
            .formatted(timeoutSeconds));
    failpoints.awaitReached(point, WAIT);
    assertThat(status(task)).isEqualTo(status);
    failpoints.release(point);
  }

  private UUID create() {
    UUID task = UUID.randomUUID();
    send(
        "tasks",
        "task.create.v1",
        task,
        "{\"type\":\"t\",\"description\":\"d\",\"assignment\":\"manual\"}");
    return task;
  }

  private void assertAppliedOnce(UUID task) {
    await().atMost(WAIT).until(() -> status(task).equals("submitted"));
    assertThat(count("orchestration_log", "entity_id = '%s'".formatted(task))).isEqualTo(1);
  }

  private void send(String topic, String type, UUID subject, String data) {
    try {
      producer
          .send(
              new ProducerRecord<>(
                  site.topic("orchestrator.commands." + topic),
                  subject.toString(),
                  """
                  {"specversion":"1.0","id":"%s","source":"/faults","type":"%s","subject":"%s",\
                  "data":%s}\
                  """
                      .formatted(UUID.randomUUID(), type, subject, data)))
          .get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private String status(UUID task) {
    return query("SELECT coalesce(max(status), 'none') FROM tasks WHERE id = '%s'".formatted(task));
  }

  private long deadLettered(UUID subject) {
    return count(
        "orchestration_log",
        "type = 'command.dead-lettered.v1' AND entity_id = '%s'".formatted(subject));
  }

  private long count(String table, String condition) {
    return Long.parseLong(query("SELECT count(*) FROM %s WHERE %s".formatted(table, condition)));
  }

  private String query(String sql) {
    try (Connection connection = DriverManager.getConnection(site.servers().jdbcUrl(site.name()));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How far the worker's consumers have got with the commands, all in all. */
  private long offsets() {
    try {
      return admin
          .listConsumerGroupOffsets(site.name())
          .partitionsToOffsetAndMetadata()
          .get()
          .values()
          .stream()
          .mapToLong(offset -> offset.offset())
          .sum();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private long commands() {
    return end("orchestrator.commands.agents", IsolationLevel.READ_COMMITTED)
        + end("orchestrator.commands.tasks", IsolationLevel.READ_COMMITTED);
  }

  private long logEnd(IsolationLevel isolation) {
    return end("orchestrator.log", isolation);
  }

  private long end(String topic, IsolationLevel isolation) {
    Set<TopicPartition> partitions =
        IntStream.range(0, 4)
            .mapToObj(partition -> new TopicPartition(site.topic(topic), partition))
            .collect(Collectors.toSet());
    try {
      return admin
          .listOffsets(
              partitions.stream()
                  .collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())),
              new ListOffsetsOptions(isolation))
          .all()
          .get()
          .values()
          .stream()
          .mapToLong(offset -> offset.offset())
          .sum();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
