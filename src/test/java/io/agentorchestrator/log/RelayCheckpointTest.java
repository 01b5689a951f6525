package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RelayCheckpointTest {

  private static final String SYSTEM = "7575757575757575757";
  private static final Instant TIME = Instant.parse("2026-11-23T09:00:00.123456Z");

  @Test
  void countsTheRowsOfTheTransactionItIsIn() {
    RelayCheckpoint checkpoint =
        RelayCheckpoint.atCommit(SYSTEM, 100, null).afterRow(100, TIME).afterRow(100, TIME);

    assertThat(checkpoint).isEqualTo(new RelayCheckpoint(SYSTEM, 100, 2, TIME));
  }

  @Test
  void countsAnewInTheNextTransaction() {
    RelayCheckpoint checkpoint = new RelayCheckpoint(SYSTEM, 100, 2, TIME).afterRow(150, TIME);

    assertThat(checkpoint).isEqualTo(new RelayCheckpoint(SYSTEM, 150, 1, TIME));
  }

  @Test
  void keepsTheLatestTime() {
    RelayCheckpoint checkpoint =
        new RelayCheckpoint(SYSTEM, 100, 2, TIME).afterRow(150, TIME.minusMillis(1));

    assertThat(checkpoint.publishedUntil()).isEqualTo(TIME);
  }

  @Test
  void movesPastTheEndOfItsTransaction() {
    assertThat(new RelayCheckpoint(SYSTEM, 100, 2, TIME).afterCommit(150))
        .isEqualTo(new RelayCheckpoint(SYSTEM, 150, 0, TIME));
  }

  @Test
  void staysWhenTheEndOfAnEarlierTransactionIsSeenAgain() {
    RelayCheckpoint checkpoint = new RelayCheckpoint(SYSTEM, 100, 2, TIME);

    assertThat(checkpoint.afterCommit(100)).isEqualTo(checkpoint);
    assertThat(checkpoint.afterCommit(90)).isEqualTo(checkpoint);
  }

  @Test
  void rejectsARowFromBefore() {
    assertThatThrownBy(() -> RelayCheckpoint.atCommit(SYSTEM, 100, null).afterRow(99, TIME))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Expected a row after 0/64, but it comes after 0/63.");
  }

  @Test
  void ordersPositionsWithoutSign() {
    assertThat(RelayCheckpoint.isBefore(1, -1)).isTrue();
    assertThat(RelayCheckpoint.lsn(-1)).isEqualTo("FFFFFFFF/FFFFFFFF");
  }

  @Test
  void isReadAsItWasWritten() {
    RelayCheckpoint checkpoint = new RelayCheckpoint(SYSTEM, 1L << 40, 2, TIME);

    byte[] json = checkpoint.toJson();

    assertThat(new String(json, StandardCharsets.UTF_8))
        .contains(
            "\"system_identifier\":\"7575757575757575757\"",
            "\"commit_lsn\":1099511627776",
            "\"published_until\":\"2026-11-23T09:00:00.123456Z\"");
    assertThat(RelayCheckpoint.ofJson(json)).contains(checkpoint);
    assertThat(RelayCheckpoint.ofJson(null)).isEmpty();
  }

  @Test
  void isReadFromBeforeItNamedItsCluster() {
    String json = "{\"commit_lsn\":100,\"rows\":2,\"published_until\":null}";

    RelayCheckpoint checkpoint =
        RelayCheckpoint.ofJson(json.getBytes(StandardCharsets.UTF_8)).orElseThrow();

    assertThat(checkpoint).isEqualTo(new RelayCheckpoint(null, 100, 2, null));
    new ReplicationSlot(SYSTEM, 100, 200).requireContinues(checkpoint);
    assertThat(checkpoint.in(SYSTEM)).isEqualTo(new RelayCheckpoint(SYSTEM, 100, 2, null));
    assertThat(checkpoint.in(SYSTEM).in(null)).isEqualTo(checkpoint.in(SYSTEM));
  }
}
