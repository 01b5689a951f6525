package io.agentorchestrator.log;

import static io.agentorchestrator.log.RelayFixture.PATIENCE;
import static io.agentorchestrator.log.RelayFixture.append;
import static io.agentorchestrator.log.RelayFixture.awaitState;
import static io.agentorchestrator.log.RelayFixture.header;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.log.RelayFixture.Task;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.cumulative.CumulativeCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@ExtendWith(OutputCaptureExtension.class)
class LogRelayIT {

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String END_LEADERS =
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
          + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

  private RelayFixture fixture;

  @BeforeEach
  void prepare() {
    fixture = new RelayFixture();
  }

  @AfterEach
  void tidy() throws SQLException {
    fixture.close();
  }

  @Test
  void publishesWhatWasThereBeforeItsFirstStartAsTheContractSays() throws SQLException {
    // Given
    Task task = new Task();
    UUID id;
    try (Connection connection = fixture.connect()) {
      id = append(connection, task, "task.assigned.v1", "{\"status\":\"assigned\",\"n\":1E2}");
    }

    // When
    fixture.startedRelay(500);

    // Then
    fixture.assertPublishedOnce();
    ConsumerRecord<String, byte[]> event = fixture.read(fixture.topics.log()).getFirst();
    assertThat(event.key()).isEqualTo(task.id.toString());
    assertThat(header(event, "content-type")).isEqualTo("application/cloudevents+json");
    assertThat(header(event, "ce_type")).isEqualTo("task.assigned.v1");
    assertThat(header(event, "ce_agentid")).isEqualTo(new UUID(7, 7).toString());
    JsonNode json = JSON.readTree(event.value());
    assertThat(json.get("specversion").asString()).isEqualTo("1.0");
    assertThat(json.get("id").asString()).isEqualTo(id.toString());
    assertThat(json.get("source").asString()).isEqualTo("/agent-orchestrator");
    assertThat(json.get("type").asString()).isEqualTo("task.assigned.v1");
    assertThat(json.get("subject").asString()).isEqualTo(task.id.toString());
    assertThat(json.get("agentid").asString()).isEqualTo(new UUID(7, 7).toString());
    assertThat(Instant.parse(json.get("time").asString()))
        .isEqualTo(
            Instant.parse(
                fixture.query(
                    "SELECT to_char(recorded_at AT TIME ZONE 'UTC',"
                        + " 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || 'Z' FROM orchestration_log")));
    JsonNode data = json.get("data");
    assertThat(data.get("position").isIntegralNumber()).isTrue();
    assertThat(data.get("operation").asString()).isEqualTo("task.assign");
    assertThat(data.get("entity_type").asString()).isEqualTo("task");
    assertThat(data.get("entity_id").asString()).isEqualTo(task.id.toString());
    assertThat(data.get("entity_version").asLong()).isEqualTo(1);
    assertThat(data.get("status").asString()).isEqualTo("success");
    assertThat(data.get("command").get("source").asString()).isEqualTo("/tests");
    assertThat(data.get("command").get("digest").asString()).isEqualTo("abc");
    assertThat(data.get("actor").asString()).isEqualTo("alice");
    assertThat(new String(event.value(), StandardCharsets.UTF_8))
        .contains("\"changes\":{\"status\":\"assigned\",\"n\":1E2},\"details\":{}");

    ConsumerRecord<String, byte[]> copy = fixture.read(fixture.topics.assignments()).getFirst();
    assertThat(copy.key()).isEqualTo(new UUID(7, 7).toString());
    assertThat(copy.value()).isEqualTo(event.value());
    assertThat(copy.headers()).isEqualTo(event.headers());
  }

  @Test
  @Tag("faults")
  void publishesOnceThroughRestartsWhileTransactionsOverlap() throws Exception {
    // Given
    LogRelay relay = fixture.startedRelay(7);
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      for (int restart = 0; restart < 6; restart++) {
        int published = published();
        List<Future<?>> writers = new ArrayList<>();
        for (int size : List.of(1, 13, 25)) {
          writers.add(threads.submit(() -> appendTransactions(15, size)));
        }

        // When
        fixture.awaitPublished(published + 30);
        relay.stop();
        for (Future<?> writer : writers) {
          writer.get();
        }
        relay.start();
      }
    }

    // Then
    fixture.assertPublishedOnce();
  }

  private Void appendTransactions(int transactions, int entries) throws SQLException {
    for (int i = 0; i < transactions; i++) {
      fixture.append(new Task(), entries);
    }
    return null;
  }

  @Test
  void goesOnWithinATransactionAfterBeingFenced() throws SQLException {
    // Given
    LogRelay relay = fixture.startedRelay(20);
    awaitState(relay, RelayStatus.State.LEADING);

    // When
    for (int i = 0; i < 3; i++) {
      int published = published();
      fixture.append(new Task(), 1000);
      fixture.awaitPublished(published + 60);
      try (Producer<byte[], byte[]> zombie = zombie()) {
        zombie.initTransactions();
      }
    }

    // Then
    fixture.assertPublishedOnce();
  }

  @Test
  void recoversFromLosingItsReplicationSession() throws SQLException {
    // Given
    LogRelay relay = fixture.startedRelay(10);
    awaitState(relay, RelayStatus.State.LEADING);
    fixture.append(new Task(), 500);
    fixture.awaitPublished(50);

    // When
    fixture.execute(
        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots"
            + " WHERE slot_name = '%s'".formatted(fixture.name));
    fixture.append(new Task(), 10);

    // Then
    fixture.assertPublishedOnce();
    awaitState(relay, RelayStatus.State.LEADING);
  }

  @Test
  @Tag("faults")
  void handsOverToAnotherWhenItLosesTheLock() throws SQLException {
    // Given
    LogRelay first = fixture.startedRelay(10);
    awaitState(first, RelayStatus.State.LEADING);
    LogRelay second = fixture.startedRelay(10);
    awaitState(second, RelayStatus.State.STANDBY);
    fixture.append(new Task(), 800);
    fixture.awaitPublished(50);

    // When: once more where the one that lost it was the first to get it back.
    await()
        .atMost(Duration.ofMinutes(2))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofSeconds(8))
        .until(
            () -> {
              boolean over = second.status().state() == RelayStatus.State.LEADING;
              if (!over) {
                fixture.execute(END_LEADERS);
              }
              return over;
            });

    // Then
    fixture.append(new Task(), 10);
    fixture.assertPublishedOnce();
    awaitState(first, RelayStatus.State.STANDBY);
  }

  @Test
  void startsThoughAPredecessorLeftATransactionOpenBeforeTheFirstCheckpoint() throws Exception {
    // Given
    ensureTopics();
    fixture.append(new Task(), 3);
    try (Producer<byte[], byte[]> predecessor = zombie()) {
      predecessor.initTransactions();
      predecessor.beginTransaction();
      predecessor.send(new ProducerRecord<>(fixture.topics.log(), new byte[10])).get();
      predecessor.send(new ProducerRecord<>(fixture.topics.assignments(), new byte[10])).get();

      // When
      fixture.startedRelay(500);

      // Then
      fixture.assertPublishedOnce();
    }
  }

  @Test
  void publishesTheCopyForTheMailboxWithTheEntryOrNeither() throws SQLException {
    // Given
    ensureTopics();
    try (RelayProducer producer =
        new RelayProducer(fixture.topics.relayCheckpoint(), fixture.name, fixture.kafka)) {
      producer.fencePredecessor();

      byte[] tooLarge = new byte[9 << 20];
      new Random(1).nextBytes(tooLarge); // So that it does not get small by compression.

      // When
      assertThatThrownBy(
              () ->
                  producer.publish(
                      List.of(
                          new ProducerRecord<>(fixture.topics.log(), new byte[10]),
                          new ProducerRecord<>(fixture.topics.assignments(), tooLarge)),
                      RelayCheckpoint.atCommit(null, 1, null)))
          .isInstanceOf(KafkaException.class);
    }
    fixture.append(new Task(), 1);
    fixture.startedRelay(500);

    // Then
    fixture.assertPublishedOnce();
  }

  @Test
  void publishesLargeEntries() throws SQLException {
    // Given
    String mebibyte = "{\"input\":\"%s\"}".formatted("x".repeat(1 << 20));
    String tenth = "{\"input\":\"%s\"}".formatted("x".repeat(100 << 10));
    Task task = new Task();
    fixture.startedRelay(500);

    // When
    try (Connection connection = fixture.connect()) {
      connection.setAutoCommit(false);
      for (int i = 0; i < 12; i++) {
        append(connection, task, "task.assigned.v1", mebibyte);
        append(connection, task, "task.progressed.v1", tenth);
      }
      connection.commit();
    }

    // Then
    fixture.assertPublishedOnce();
  }

  @Test
  void refusesWithoutItsSlot() throws SQLException {
    // Given
    fixture.dropSlot();

    // When
    LogRelay relay = fixture.startedRelay(500);

    // Then
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("there is none", "relay repair");
  }

  @Test
  void refusesASlotMadeAnew() throws SQLException {
    // Given
    LogRelay relay = fixture.startedRelay(500);
    fixture.append(new Task(), 1);
    fixture.assertPublishedOnce();
    relay.stop();
    makeSlotAnew();

    // When
    relay.start();

    // Then
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("ahead of the checkpoint", "relay repair");
  }

  /**
   * As Debezium makes one that was dropped; and though nothing was published yet, no later start
   * takes it either.
   */
  @Test
  void refusesASlotMadeAnewBetweenItsCheckAndTheEngine() throws Exception {
    // Given
    fixture.append(new Task(), 3);
    LogRelay relay = fixture.relayAfterWhoseCheck(500, this::makeSlotAnew);

    // When
    relay.start();

    // Then
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("ahead of the checkpoint", "relay repair");
    relay.stop();
    LogRelay next = fixture.startedRelay(500);
    awaitState(next, RelayStatus.State.REFUSED);
    assertThat(next.status().reason()).contains("ahead of the checkpoint");
    assertThat(fixture.read(fixture.topics.log())).isEmpty();
    RepairOptions plain = new RepairOptions(false, false, false, PATIENCE);
    assertThat(fixture.repair(500).run(plain, (step, count) -> {}).published()).isEqualTo(4);
    fixture.append(new Task(), 1);
    fixture.assertPublishedOnce();
  }

  @Test
  void refusesALogWithoutItsCheckpoint() throws Exception {
    // Given
    LogRelay relay = fixture.startedRelay(500);
    fixture.append(new Task(), 1);
    fixture.assertPublishedOnce();
    relay.stop();
    try (Admin admin = Admin.create(fixture.kafka)) {
      admin.deleteTopics(List.of(fixture.topics.relayCheckpoint())).all().get();
    }

    // When
    relay.start();

    // Then
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("Expected a checkpoint", "relay repair");
  }

  @Test
  void refusesTheCheckpointOfAnotherCluster() throws SQLException {
    // Given
    LogRelay relay = fixture.startedRelay(500);
    fixture.append(new Task(), 1);
    fixture.assertPublishedOnce();
    relay.stop();
    RelayCheckpoint checkpoint = checkpoint();
    String here = fixture.query("SELECT system_identifier FROM pg_control_system()");
    assertThat(checkpoint.systemIdentifier()).isEqualTo(here);

    // When
    publish(checkpoint.in("4711"));
    relay.start();

    // Then
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("cluster 4711", "this one is " + here);
  }

  @Test
  void goesOnFromACheckpointThatNamesNoCluster() throws SQLException {
    // Given
    LogRelay relay = fixture.startedRelay(500);
    fixture.append(new Task(), 1);
    fixture.assertPublishedOnce();
    relay.stop();
    RelayCheckpoint named = checkpoint();

    // When
    publish(
        new RelayCheckpoint(
            null, named.commitLsn(), named.rows(), named.publishedUntil(), null, null));
    relay.start();
    fixture.append(new Task(), 1);

    // Then
    fixture.assertPublishedOnce();
    assertThat(checkpoint().systemIdentifier()).isEqualTo(named.systemIdentifier());
  }

  @Test
  void staysLeaderWhileItsProgressCannotBeWritten(CapturedOutput output) throws SQLException {
    // Given
    LogRelay relay = fixture.startedRelay(500);
    awaitState(relay, RelayStatus.State.LEADING);
    Instant since = relay.status().since();

    // When
    try (Connection connection = fixture.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE relay_progress");
      fixture.append(new Task(), 1);
      await().atMost(PATIENCE).until(() -> output.getOut().contains("it still leads"));
    }
    fixture.append(new Task(), 1);

    // Then
    fixture.assertPublishedOnce();
    await()
        .atMost(PATIENCE)
        .until(() -> "1".equals(fixture.query("SELECT count(*) FROM relay_progress")));
    assertThat(relay.status()).isEqualTo(new RelayStatus(RelayStatus.State.LEADING, since, null));
  }

  @Test
  void keepsTheLockOfAStartThatTakesLong() throws SQLException {
    // Given
    RelayDatabase database = new RelayDatabase(fixture.url(), null, null);
    try (RelayLeadership leadership = RelayLeadership.stand(database, fixture.name)) {
      try (Statement statement = leadership.connection().createStatement()) {
        statement.execute("SET idle_session_timeout = '2500ms'");
      }
      assertThat(leadership.tryAcquire()).isTrue();

      // When
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  "t"
                      .equals(
                          fixture.query(
                              "SELECT now() - backend_start > interval '6s' FROM pg_stat_activity"
                                  + " WHERE datname = current_database() AND"
                                  + " application_name = 'agent-orchestrator relay'")));

      // Then
      leadership.verify();
      fixture.execute(END_LEADERS);
      await().atMost(PATIENCE).until(() -> isLost(leadership));
    }
  }

  private static boolean isLost(RelayLeadership leadership) {
    try {
      leadership.requireHeld();
      return false;
    } catch (SQLException e) {
      return true;
    }
  }

  @Test
  void survivesAnError(CapturedOutput output) throws SQLException {
    // Given
    AtomicBoolean isBroken = new AtomicBoolean(true);
    MeterRegistry meters =
        new SimpleMeterRegistry() {
          @Override
          protected Counter newCounter(Meter.Id id) {
            return new CumulativeCounter(id) {
              @Override
              public void increment(double amount) {
                if (isBroken.getAndSet(false)) {
                  throw new NoClassDefFoundError("Missing");
                }
              }
            };
          }
        };
    LogRelay relay = fixture.relay(500, new RelayMetrics(meters));

    // When
    relay.start();
    fixture.append(new Task(), 1);
    await().atMost(PATIENCE).until(() -> output.getOut().contains("Relay is now BACKING_OFF"));
    fixture.append(new Task(), 1);

    // Then
    fixture.assertPublishedOnce();
    awaitState(relay, RelayStatus.State.LEADING);
    assertThat(output.getOut())
        .containsPattern("ERROR .*Relay is now BACKING_OFF.*NoClassDefFoundError: Missing")
        .contains("Caused by: java.lang.NoClassDefFoundError: Missing");
  }

  @Test
  void namesNoHostsWhereItCannotConnectAndCountsIt(CapturedOutput output) {
    // Given
    RelayDatabase nobody = new RelayDatabase("jdbc:postgresql://127.0.0.1:1/none", "bob", null);
    MeterRegistry meters = new SimpleMeterRegistry();

    // When
    LogRelay relay = fixture.relay(500, new RelayMetrics(meters), nobody);
    relay.start();

    // Then
    awaitState(relay, RelayStatus.State.BACKING_OFF);
    assertThat(relay.status().reason()).contains("SQLSTATE 08001").doesNotContain("127.0.0.1");
    assertThat(output).contains("Relay is now BACKING_OFF", "127.0.0.1:1");
    assertThat(
            meters
                .get("orchestrator.database.errors")
                .tag("sqlstate_class", "08")
                .counter()
                .count())
        .isPositive();
  }

  @Test
  void letsTheSlotMoveOnWhenOnlyOtherTablesAreWritten() throws SQLException {
    // Given
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    RelayMetrics metrics = new RelayMetrics(meters);
    LogRelay relay = fixture.relay(500, metrics);
    relay.start();
    fixture.append(new Task(), 1);
    fixture.assertPublishedOnce();

    // When
    fixture.execute("CREATE TABLE other AS SELECT generate_series(1, 10000) AS n");
    String written = fixture.query("SELECT pg_current_wal_lsn()");

    // Then
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        fixture.query(
                            "SELECT confirmed_flush_lsn >= '%s' FROM pg_replication_slots WHERE slot_name = '%s'"
                                .formatted(written, fixture.name)))
                    .isEqualTo("t"));
    read(metrics);
    assertThat(meters.scrape())
        .contains(
            "orchestrator_relay_lag_seconds 0.0",
            "orchestrator_relay_slot_active 1.0",
            "orchestrator_relay_slot_wal_status{state=\"reserved\"} 1.0",
            "orchestrator_relay_events_total 1.0")
        .containsPattern("(?m)^orchestrator_relay_lag_bytes \\d")
        .containsPattern("(?m)^orchestrator_relay_slot_retained_bytes [1-9]");
  }

  /** As the health does, over a login that is not the relay's. */
  private Optional<ReplicationSlotStatus> read(RelayMetrics metrics) throws SQLException {
    ReplicationSlots slots = new ReplicationSlots(fixture.properties(500), metrics);
    try (Connection connection = fixture.connect()) {
      slots.lagSeconds(connection);
      return slots.read(connection);
    }
  }

  @Test
  void tellsHowFarBehindItIs() throws SQLException {
    // Given
    LogRelay relay = fixture.startedRelay(500);
    fixture.append(new Task(), 1);
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    RelayMetrics metrics = new RelayMetrics(meters);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(read(metrics)).get().matches(ReplicationSlotStatus::active);
              assertThat(gauge(meters, "lag.seconds")).isZero();
            });

    // When
    relay.stop();
    fixture.append(new Task(), 1);

    // Then
    ReplicationSlotStatus status = read(metrics).orElseThrow();
    assertThat(status.name()).isEqualTo(fixture.name);
    assertThat(status.active()).isFalse();
    assertThat(status.walStatus()).isEqualTo("reserved");
    assertThat(status.retainedBytes()).isPositive();
    assertThat(status.unconfirmedBytes()).isPositive();
    assertThat(gauge(meters, "lag.seconds")).isPositive();
    assertThat(gauge(meters, "slot.active")).isZero();
  }

  private static double gauge(SimpleMeterRegistry meters, String name) {
    return meters.get("orchestrator.relay." + name).gauge().value();
  }

  @Test
  void isSeenToFallBehindThoughItNeverConnected() throws SQLException {
    // Given
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    RelayMetrics metrics = new RelayMetrics(meters);
    assertThat(gauge(meters, "lag.seconds")).isNaN();
    assertThat(gauge(meters, "slot.active")).isNaN();
    RelayDatabase nobody = new RelayDatabase("jdbc:postgresql://127.0.0.1:1/none", "bob", null);
    LogRelay relay = fixture.relay(500, metrics, nobody);

    // When
    relay.start();
    fixture.append(new Task(), 1);

    // Then
    awaitState(relay, RelayStatus.State.BACKING_OFF);
    read(metrics);
    double lag = gauge(meters, "lag.seconds");
    assertThat(lag).isPositive();
    assertThat(gauge(meters, "slot.active")).isZero();
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              read(metrics);
              assertThat(gauge(meters, "lag.seconds")).isGreaterThan(lag + 1);
            });
  }

  @Test
  void knowsOfALeaderWhatItHasNotWrittenDown() throws SQLException {
    // Given
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    RelayMetrics metrics = new RelayMetrics(meters);
    LogRelay relay = fixture.relay(500, metrics);
    relay.start();
    fixture.append(new Task(), 1);
    fixture.assertPublishedOnce();

    // When
    try (Connection connection = fixture.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE relay_progress IN EXCLUSIVE MODE"); // It may be read.
      fixture.append(new Task(), 1);
      fixture.assertPublishedOnce();

      // Then
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                read(metrics);
                assertThat(gauge(meters, "lag.seconds")).isZero();
              });
      RelayMetrics others = new RelayMetrics(new SimpleMeterRegistry());
      try (Connection own = fixture.connect()) {
        assertThat(new ReplicationSlots(fixture.properties(500), others).lagSeconds(own))
            .isPositive();
      }
    }
  }

  /** As of a slot that is lost: 0 bytes would look as if all were well. */
  @Test
  void doesNotTellHowMuchWalIsKeptForASlotThatKeepsNone() throws SQLException {
    // Given
    String unreserved = fixture.name + "_unreserved";
    fixture.execute("SELECT pg_create_physical_replication_slot('%s')".formatted(unreserved));
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    RelayProperties properties = fixture.properties(500);
    RelayProperties ofIt =
        new RelayProperties(
            properties.enabled(),
            unreserved,
            properties.linger(),
            properties.pollInterval(),
            properties.maxRecords(),
            properties.maxBytes());

    // When
    ReplicationSlots slots = new ReplicationSlots(ofIt, new RelayMetrics(meters));
    try (Connection connection = fixture.connect()) {
      Optional<ReplicationSlotStatus> status = slots.read(connection);

      // Then
      assertThat(status).contains(new ReplicationSlotStatus(unreserved, false, null, null, null));
      assertThat(gauge(meters, "slot.active")).isZero();
      assertThat(gauge(meters, "slot.retained.bytes")).isNaN();
      assertThat(gauge(meters, "lag.bytes")).isNaN();
    } finally {
      fixture.execute("SELECT pg_drop_replication_slot('%s')".formatted(unreserved));
    }
  }

  private Producer<byte[], byte[]> zombie() {
    Map<String, Object> settings = new HashMap<>(fixture.kafka);
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, fixture.name);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private RelayCheckpoint checkpoint() {
    return new CheckpointTopic(fixture.topics, fixture.name, fixture.kafka).read().orElseThrow();
  }

  private void publish(RelayCheckpoint checkpoint) {
    try (RelayProducer producer =
        new RelayProducer(fixture.topics.relayCheckpoint(), fixture.name, fixture.kafka)) {
      producer.fencePredecessor();
      producer.publish(List.of(), checkpoint);
    }
  }

  private void ensureTopics() {
    try {
      fixture.topicSetup.ensure();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** With an entry that neither slot sees. */
  private void makeSlotAnew() throws SQLException {
    fixture.dropSlot();
    fixture.append(new Task(), 1);
    fixture.execute(
        "SELECT pg_create_logical_replication_slot('%s', 'pgoutput')".formatted(fixture.name));
  }

  private int published() {
    return fixture.read(fixture.topics.log()).size();
  }
}
