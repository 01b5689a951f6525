package io.agentorchestrator.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.agentorchestrator.log.RelayCheckpoint.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RelayCheckpointTest {

  private static final String SYSTEM = "7575757575757575757";
  private static final Instant TIME = Instant.parse("2026-11-23T09:00:00.123456Z");
  private static final Entry ENTRY = new Entry(new UUID(1, 2), 4711, TIME);

  private static RelayCheckpoint checkpoint(
      @Nullable String system, long commitLsn, int rows, @Nullable Instant publishedUntil) {
    return new RelayCheckpoint(
        system, commitLsn, rows, publishedUntil, publishedUntil == null ? null : ENTRY, null);
  }

  @Test
  void countsTheRowsOfTheTransactionItIsIn() {
    RelayCheckpoint checkpoint =
        RelayCheckpoint.atCommit(SYSTEM, 100, null).afterRow(100, ENTRY).afterRow(100, ENTRY);

    assertThat(checkpoint).isEqualTo(checkpoint(SYSTEM, 100, 2, TIME));
  }

  @Test
  void countsAnewInTheNextTransaction() {
    RelayCheckpoint checkpoint = checkpoint(SYSTEM, 100, 2, TIME).afterRow(150, ENTRY);

    assertThat(checkpoint).isEqualTo(checkpoint(SYSTEM, 150, 1, TIME));
  }

  @Test
  void keepsTheLatestTime() {
    RelayCheckpoint checkpoint =
        checkpoint(SYSTEM, 100, 2, TIME)
            .afterRow(150, new Entry(new UUID(1, 3), 4712, TIME.minusMillis(1)));

    assertThat(checkpoint.publishedUntil()).isEqualTo(TIME);
    assertThat(checkpoint.last()).extracting(Entry::position).isEqualTo(4712L);
  }

  @Test
  void movesPastTheEndOfItsTransaction() {
    assertThat(checkpoint(SYSTEM, 100, 2, TIME).afterCommit(150))
        .isEqualTo(checkpoint(SYSTEM, 150, 0, TIME));
  }

  @Test
  void staysWhenTheEndOfAnEarlierTransactionIsSeenAgain() {
    RelayCheckpoint checkpoint = checkpoint(SYSTEM, 100, 2, TIME);

    assertThat(checkpoint.afterCommit(100)).isEqualTo(checkpoint);
    assertThat(checkpoint.afterCommit(90)).isEqualTo(checkpoint);
  }

  @Test
  void rejectsARowFromBefore() {
    assertThatThrownBy(() -> RelayCheckpoint.atCommit(SYSTEM, 100, null).afterRow(99, ENTRY))
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
    RelayCheckpoint checkpoint = checkpoint(SYSTEM, 1L << 40, 2, TIME);

    byte[] json = checkpoint.toJson();

    assertThat(new String(json, StandardCharsets.UTF_8))
        .contains(
            "\"system_identifier\":\"7575757575757575757\"",
            "\"commit_lsn\":1099511627776",
            "\"published_until\":\"2026-11-23T09:00:00.123456Z\"");
    assertThat(RelayCheckpoint.ofJson(json)).contains(checkpoint);
    RelayCheckpoint repaired = checkpoint.during(new RelayCheckpoint.Repair(TIME, true));
    assertThat(RelayCheckpoint.ofJson(repaired.toJson())).contains(repaired);
    assertThat(RelayCheckpoint.ofJson(null)).isEmpty();
  }

  @Test
  void isReadFromBeforeItNamedItsCluster() {
    String json = "{\"commit_lsn\":100,\"rows\":2,\"published_until\":null}";

    RelayCheckpoint checkpoint =
        RelayCheckpoint.ofJson(json.getBytes(StandardCharsets.UTF_8)).orElseThrow();

    assertThat(checkpoint).isEqualTo(checkpoint(null, 100, 2, null));
    new ReplicationSlot(100, true).requireContinues(checkpoint);
    assertThat(checkpoint.in(SYSTEM)).isEqualTo(checkpoint(SYSTEM, 100, 2, null));
    assertThat(checkpoint.in(SYSTEM).in(null)).isEqualTo(checkpoint.in(SYSTEM));
  }
}
