package io.agentorchestrator.log;

import static io.agentorchestrator.log.RelayFixture.PATIENCE;
import static io.agentorchestrator.log.RelayFixture.awaitState;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.local.LocalPostgres;
import io.agentorchestrator.local.Servers;
import io.agentorchestrator.log.RelayFixture.Task;
import io.agentorchestrator.log.RepairFinding.Kind;
import io.agentorchestrator.log.RepairFinding.Weight;
import io.agentorchestrator.log.RepairReport.Outcome;
import io.agentorchestrator.log.RepairReport.Slot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RelayRepairIT {

  private static final RepairOptions PLAIN = new RepairOptions(false, false, false, PATIENCE);
  private static final RepairOptions DRY = new RepairOptions(false, true, false, PATIENCE);
  private static final RepairOptions RESTORED = new RepairOptions(true, false, false, PATIENCE);
  private static final RepairOptions FORCE = new RepairOptions(false, false, true, PATIENCE);

  private static final RepairStep.Listener NOBODY = (step, count) -> {};

  private Task old;
  private RelayFixture fixture;
  private LogRelay relay;

  /** A log of 30 entries that are published, and a relay that is stopped. */
  @BeforeEach
  void prepare() throws SQLException {
    prepare(new RelayFixture());
  }

  private void prepare(RelayFixture site) throws SQLException {
    fixture = site;
    old = new Task();
    fixture.append(old, 30);
    relay = fixture.startedRelay(7);
    fixture.assertPublishedOnce();
    // So that the slot and the checkpoint say so, too.
    awaitState(relay, RelayStatus.State.LEADING);
    relay.stop();
  }

  @AfterEach
  void tidy() throws SQLException {
    fixture.close();
  }

  /** Entries of an entity that is on the topic already, and of others. */
  private void appendUnpublished() throws SQLException {
    fixture.append(old, 9);
    fixture.append(new Task(), 11);
    fixture.append(old, 10);
  }

  private void assertGoesOn() throws SQLException {
    awaitState(relay, RelayStatus.State.LEADING);
    fixture.append(old, 3);
    fixture.append(new Task(), 3);
    fixture.assertPublishedOnce();
  }

  @Test
  void publishesWhatWasWrittenWithoutASlot() throws Exception {
    // Given
    fixture.dropSlot();
    appendUnpublished();
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.REPAIRED);
    assertThat(report.published()).isEqualTo(30);
    assertThat(report.events()).isEqualTo(report.entries()).isEqualTo(60);
    assertThat(report.slot()).isEqualTo(Slot.MADE);
    assertThat(report.findings())
        .extracting(RepairFinding::kind)
        .containsExactly(Kind.RELAY_REFUSED, Kind.NOT_ON_TOPIC);
    fixture.assertPublishedOnce();
    assertThat(
            fixture.query(
                "SELECT plugin || failover FROM pg_replication_slots WHERE slot_name = '%s'"
                    .formatted(fixture.name)))
        .isEqualTo("pgoutputtrue");
    assertGoesOn();
  }

  @Test
  @Tag("faults")
  void replacesALostSlot(@TempDir Path folder) throws Exception {
    fixture.close();
    try (LocalPostgres postgres = Servers.startPostgres(folder)) {
      // Given
      prepare(new RelayFixture(postgres.address()));
      fixture.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'");
      fixture.execute("SELECT pg_reload_conf()");
      appendUnpublished();
      relay = fixture.relayAfterWhoseCheck(7, this::loseSlot);
      relay.start();
      awaitState(relay, RelayStatus.State.REFUSED);
      assertThat(relay.status().reason()).contains("wal_status is lost", "relay repair");

      // When
      RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

      // Then
      assertThat(report.slot()).isEqualTo(Slot.REPLACED);
      assertThat(report.published()).isEqualTo(30);
      assertGoesOn();
      fixture.close();
    }
    fixture = new RelayFixture();
  }

  private void loseSlot() {
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              fixture.execute("SELECT pg_logical_emit_message(false, 'fill', repeat('x', 100000))");
              fixture.execute("SELECT pg_switch_wal()");
              fixture.execute("CHECKPOINT");
              return "lost"
                  .equals(
                      fixture.query(
                          "SELECT wal_status FROM pg_replication_slots WHERE slot_name = '%s'"
                              .formatted(fixture.name)));
            });
  }

  @Test
  void publishesNothingTwiceWhenTheCheckpointIsGone() throws Exception {
    // Given
    appendUnpublished();
    fixture.empty(fixture.topics.relayCheckpoint());
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.REPAIRED);
    assertThat(report.published()).isEqualTo(30);
    assertThat(report.slot()).isEqualTo(Slot.KEPT);
    assertGoesOn();
  }

  @Test
  @Tag("faults")
  void publishesWhatASlotThatWasMovedOnHasPassedOver() throws Exception {
    // Given
    appendUnpublished();
    fixture.execute(
        "SELECT pg_replication_slot_advance('%s', pg_current_wal_lsn())".formatted(fixture.name));
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("ahead of the checkpoint");

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.published()).isEqualTo(30);
    assertGoesOn();
  }

  @Test
  @Tag("faults")
  void publishesAllAgainWhereTheTopicIsLost() throws Exception {
    // Given
    appendUnpublished();
    fixture.empty(fixture.topics.log(), fixture.topics.assignments());
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("but it is empty", "relay repair");

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.published()).isEqualTo(60);
    assertGoesOn();
  }

  @Test
  @Tag("faults")
  void publishesAllAgainWhereAllOfKafkaIsLost() throws Exception {
    // Given
    relay.start();
    await()
        .atMost(PATIENCE)
        .until(
            () ->
                fixture.query("SELECT 1 FROM relay_progress WHERE published_until IS NOT NULL")
                    != null);
    relay.stop();
    fixture.empty(
        fixture.topics.log(), fixture.topics.assignments(), fixture.topics.relayCheckpoint());
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("what the database says was published");

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.published()).isEqualTo(30);
    assertGoesOn();
  }

  @Test
  @Tag("faults")
  void goesOnInAnotherCluster() throws Exception {
    // Given
    try (RelayProducer producer =
        new RelayProducer(fixture.topics.relayCheckpoint(), fixture.name, fixture.kafka)) {
      producer.fencePredecessor();
      producer.publish(List.of(), fixture.checkpoint().orElseThrow().in("4711"));
    }
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.REPAIRED);
    assertThat(report.published()).isZero();
    assertGoesOn();
  }

  @Test
  void leavesAloneWhatIsWell() throws Exception {
    // Given
    RelayCheckpoint before = fixture.checkpoint().orElseThrow();

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertThat(report.findings()).isEmpty();
    assertThat(report.checkpoint()).isNull();
    assertThat(fixture.checkpoint()).contains(before);
    relay.start();
    assertGoesOn();
  }

  @Test
  void onlySaysWhatItWouldDoInADryRun() throws Exception {
    // Given
    fixture.dropSlot();
    appendUnpublished();
    RelayCheckpoint before = fixture.checkpoint().orElseThrow();

    // When
    RepairReport report = fixture.repair(7).run(DRY, NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.REPAIRED);
    assertThat(report.dryRun()).isTrue();
    assertThat(report.published()).isEqualTo(30);
    assertThat(report.slot()).isEqualTo(Slot.MADE);
    assertThat(report.findings())
        .filteredOn(finding -> finding.kind() == Kind.NOT_ON_TOPIC)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.count()).isEqualTo(30);
              assertThat(finding.examples()).hasSize(5).first().asString().contains("version 31");
            });
    assertThat(fixture.checkpoint()).contains(before);
    assertThat(fixture.read(fixture.topics.log())).hasSize(30);
    assertThat(
            fixture.query(
                "SELECT count(*) FROM pg_replication_slots WHERE database ="
                    + " current_database()"))
        .isEqualTo("0");
  }

  @Test
  void disturbsNobodyInADryRun() throws Exception {
    // Given
    relay.start();
    awaitState(relay, RelayStatus.State.LEADING);
    RelayStatus before = relay.status();

    // When
    RepairReport report = fixture.repair(7).run(DRY, NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertGoesOn();
    assertThat(relay.status()).isEqualTo(before);
  }

  /** As if it were killed: nothing is tidied but what ends with the process. */
  private static final class Killed extends Error {}

  @Test
  @Tag("faults")
  void isKilledAtAnyStepAndRunAgain() throws Exception {
    fixture.dropSlot();
    for (RepairStep last : RepairStep.values()) {
      if (last == RepairStep.RESTORED) { // Is of another kind of repair.
        continue;
      }
      // Given
      appendUnpublished();
      AtomicBoolean reached = new AtomicBoolean();

      // When
      assertThatThrownBy(() -> fixture.repair(7).run(PLAIN, killingAt(last, reached)))
          .isInstanceOf(Killed.class);

      // Then
      assertThat(reached).as("%s", last).isTrue();
      relay.start();
      awaitState(
          relay,
          last == RepairStep.CHECKPOINTED ? RelayStatus.State.LEADING : RelayStatus.State.REFUSED);
      relay.stop();
    }
    relay.start();
    assertGoesOn();
  }

  private static RepairStep.Listener killingAt(RepairStep last, AtomicBoolean reached) {
    return (step, count) -> {
      if (step == last) {
        reached.set(true);
        throw new Killed();
      }
    };
  }

  @Test
  @Tag("faults")
  void letsOneOfTwoRepairsWaitForTheOther() throws Exception {
    // Given
    fixture.dropSlot();
    appendUnpublished();

    // When
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<RepairReport> one = threads.submit(() -> fixture.repair(2).run(PLAIN, NOBODY));
      Future<RepairReport> other = threads.submit(() -> fixture.repair(2).run(PLAIN, NOBODY));

      // Then
      assertThat(List.of(one.get().outcome(), other.get().outcome()))
          .containsExactlyInAnyOrder(Outcome.REPAIRED, Outcome.NOTHING_TO_DO);
    }
    relay.start();
    assertGoesOn();
  }

  @Test
  void namesTheRelayThatLeads() {
    // Given
    relay.start();
    awaitState(relay, RelayStatus.State.LEADING);

    // When
    RepairOptions impatient = new RepairOptions(false, false, false, Duration.ofSeconds(1));

    // Then
    assertThatThrownBy(() -> fixture.repair(7).run(impatient, NOBODY))
        .isInstanceOf(RepairImpossibleException.class)
        .hasMessageContainingAll("agent-orchestrator relay (process ", "relay status");
  }

  @Test
  void namesWhoDoesNotPause() throws Exception {
    // Given
    fixture.dropSlot();
    RepairOptions impatient = new RepairOptions(false, false, false, Duration.ofSeconds(1));
    try (Connection connection = fixture.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET application_name = 'slow worker'");
      connection.setAutoCommit(false);
      statement.execute("SELECT pg_advisory_xact_lock_shared(%s)".formatted(LogGate.LOCK));

      // When
      assertThatThrownBy(() -> fixture.repair(7).run(impatient, NOBODY))
          .isInstanceOf(RepairImpossibleException.class)
          .hasMessageContainingAll("pause within", "slow worker (process ");
    }
  }

  @Test
  @Tag("faults")
  void namesWhoKeepsTheSlotFromBeingMade() throws Exception {
    // Given
    fixture.dropSlot();
    appendUnpublished();
    RepairOptions impatient = new RepairOptions(false, false, false, Duration.ofSeconds(2));
    try (Connection connection = fixture.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET application_name = 'long report'");
      connection.setAutoCommit(false);
      statement.execute("CREATE TABLE report (id integer)");

      // When
      assertThatThrownBy(() -> fixture.repair(7).run(impatient, NOBODY))
          .isInstanceOf(RepairImpossibleException.class)
          .hasMessageContainingAll("waits for transactions that write", "long report (process ");
    }

    // Then
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason()).contains("to have come to its end", "relay repair");
    fixture.repair(7).run(PLAIN, NOBODY);
    assertGoesOn();
  }

  @Test
  void refusesADatabaseThatHasForgottenSomething() throws Exception {
    // Given
    relay.start();
    awaitState(relay, RelayStatus.State.LEADING);
    relay.stop();
    fixture.execute("DELETE FROM orchestration_log WHERE entity_version > 28");
    relay.start();
    awaitState(relay, RelayStatus.State.REFUSED);
    assertThat(relay.status().reason())
        .containsPattern("up to position 30 of the log \\(checkpoint [0-9A-F]+/[0-9A-F]+\\)")
        .containsPattern("its WAL ends at [0-9A-F]+/[0-9A-F]+")
        .contains("relay repair --after-restore");
    assertThat(fixture.query("SELECT count(*) FROM relay_confirmation")).isEqualTo("0");

    // When
    RepairReport report = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(report.findings())
        .filteredOn(finding -> finding.weight() == Weight.STOPS)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(Kind.NOT_IN_TABLE);
              assertThat(finding.count()).isEqualTo(2);
              assertThat(finding.message()).contains("--after-restore");
            });
    assertThat(report.published()).isZero();
    assertThat(fixture.checkpoint().orElseThrow().repair()).isNull();
  }

  /** As if the last entries had never been committed; that their WAL is there matters not. */
  private void forgetFrom(int version) throws SQLException {
    fixture.execute(
        "DELETE FROM orchestration_log WHERE entity_version >= %d AND entity_id = '%s'"
            .formatted(version, old.id));
  }

  @Test
  @Tag("faults")
  void bringsBackWhatTheDatabaseHasForgottenThoughItIsKilledAtAnyStep() throws Exception {
    String rows =
        """
        SELECT string_agg(entry::text, ' ' ORDER BY position) FROM (
          SELECT id, position, recorded_at, type, operation, entity_type, entity_id, entity_version,
            status, message, command_source, command_id, command_digest, actor, agent_id,
            traceparent, changes, details
          FROM orchestration_log) AS entry""";
    String before = fixture.query(rows);
    for (RepairStep last : RepairStep.values()) {
      if (last == RepairStep.PUBLISHED) { // There is nothing to publish.
        continue;
      }
      // Given
      forgetFrom(11);
      AtomicBoolean reached = new AtomicBoolean();

      // When
      assertThatThrownBy(() -> fixture.repair(7).run(RESTORED, killingAt(last, reached)))
          .isInstanceOf(Killed.class);

      // Then
      assertThat(reached).as("%s", last).isTrue();
      relay.start();
      awaitState(
          relay,
          last == RepairStep.CHECKPOINTED ? RelayStatus.State.LEADING : RelayStatus.State.REFUSED);
      relay.stop();
    }
    // What was forgotten is on the topic, and only that may be there twice.
    RepairReport report = fixture.repair(7).run(RESTORED, NOBODY);
    assertThat(report.outcome()).isEqualTo(Outcome.NOTHING_TO_DO);
    assertThat(fixture.query(rows)).isEqualTo(before);
    relay.start();
    assertGoesOn();
  }

  @Test
  @Tag("faults")
  void drawsNoPositionTwiceAfterARestore() throws Exception {
    // Given
    forgetFrom(11);
    fixture.execute("SELECT setval('orchestration_log_position', 10)");

    // When
    RepairReport report = fixture.repair(7).run(RESTORED, NOBODY);

    // Then
    assertThat(report.restored()).isEqualTo(20);
    assertThat(fixture.query("SELECT nextval('orchestration_log_position')")).isEqualTo("31");
    relay.start();
    assertGoesOn();
  }

  @Test
  void refusesADatabaseThatWasWrittenToAfterARestore() throws Exception {
    // Given
    forgetFrom(29);
    fixture.execute("SELECT setval('orchestration_log_position', 28)");
    old.goBackTo(28);
    fixture.append(old, 1);

    // When
    RepairReport report =
        fixture.repair(7).run(new RepairOptions(true, false, true, PATIENCE), NOBODY);

    // Then
    assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(report.findings())
        .filteredOn(finding -> finding.weight() == Weight.STOPS)
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.kind()).isEqualTo(Kind.FORKED);
              assertThat(finding.count()).isEqualTo(2); // A version, and a position.
              assertThat(finding.message()).contains("Restore it once more");
            });
  }

  @Test
  void takesWhatIsOlderThanTheTopicForPublishedAndMissesWhatNobodyHas() throws Exception {
    // Given
    Task other = new Task();
    for (int i = 0; i < 4; i++) {
      fixture.append(old, 1);
      fixture.append(other, 1);
    }
    relay.start();
    fixture.assertPublishedOnce();
    awaitState(relay, RelayStatus.State.LEADING);
    relay.stop();
    fixture.dropSlot();
    // The two may be on one partition.
    fixture.deleteFromTopicBefore("entity_version\":33");

    // When
    RepairReport kept = fixture.repair(7).run(PLAIN, NOBODY);
    forgetFrom(32);
    RepairReport lost = fixture.repair(7).run(RESTORED, NOBODY);

    // Then
    assertThat(kept.outcome()).isEqualTo(Outcome.REPAIRED);
    assertThat(kept.published()).isZero();
    assertThat(kept.findings())
        .extracting(RepairFinding::kind)
        .containsExactly(Kind.RELAY_REFUSED, Kind.PAST_TOPIC_RETENTION);
    assertThat(lost.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(lost.findings())
        .filteredOn(finding -> finding.weight() == Weight.STOPS)
        .extracting(RepairFinding::kind)
        .containsExactly(Kind.FORGOTTEN_FOR_GOOD);
  }

  @Test
  void publishesOutOfOrderOnlyIfForcedTo() throws Exception {
    // Given
    fixture.dropSlot();
    fixture.execute(
        "UPDATE orchestration_log SET id = gen_random_uuid(), entity_id = gen_random_uuid(),"
            + " entity_version = 1 WHERE entity_version = 20");
    fixture.execute(
        "INSERT INTO orchestration_log SELECT gen_random_uuid(),"
            + " nextval('orchestration_log_position'), recorded_at, type, operation, entity_type,"
            + " entity_id, 20, status, message, command_source, command_id, command_digest,"
            + " command_type, actor, agent_id, traceparent, changes, details"
            + " FROM orchestration_log WHERE entity_version = 19");

    // When
    RepairReport refused = fixture.repair(7).run(PLAIN, NOBODY);

    // Then
    assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.findings())
        .extracting(RepairFinding::kind)
        .contains(Kind.LATER_PUBLISHED, Kind.NOT_IN_TABLE, Kind.FORKED);
  }

  @Test
  @Tag("faults")
  void publishesAfterAllWhereNothingCanUndoWhatIsThere() throws Exception {
    // Given
    fixture.dropSlot();
    appendUnpublished();
    try (RelayProducer producer =
        new RelayProducer(fixture.topics.relayCheckpoint(), fixture.name, fixture.kafka)) {
      producer.fencePredecessor();
      var again = fixture.read(fixture.topics.log()).getLast();
      producer.publish(
          List.of(
              new ProducerRecord<>(
                  fixture.topics.log(),
                  null,
                  again.key().getBytes(StandardCharsets.UTF_8),
                  again.value()),
              new ProducerRecord<>(fixture.topics.log(), new byte[3])),
          fixture.checkpoint().orElseThrow());
    }

    // When
    RepairReport refused = fixture.repair(7).run(PLAIN, NOBODY);
    RepairReport forced = fixture.repair(7).run(FORCE, NOBODY);

    // Then
    assertThat(refused.outcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.findings())
        .filteredOn(finding -> finding.weight() == Weight.NEEDS_FORCE)
        .extracting(RepairFinding::kind)
        .containsExactly(Kind.UNKNOWN_RECORDS, Kind.PUBLISHED_TWICE);
    assertThat(forced.outcome()).isEqualTo(Outcome.REPAIRED);
    assertThat(forced.published()).isEqualTo(30);
    relay.start();
    awaitState(relay, RelayStatus.State.LEADING);
    assertThat(fixture.read(fixture.topics.log())).hasSize(62);
  }
}
