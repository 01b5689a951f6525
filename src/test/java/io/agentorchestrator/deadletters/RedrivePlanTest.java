package io.agentorchestrator.deadletters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.agentorchestrator.messages.Redrive;
import java.util.List;
import java.util.Set;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RedrivePlanTest {

  private final RedrivePlan plan = new RedrivePlan(Set.of("tasks", "agents"));

  @Test
  void keepsAKeyInTheOrderOfItsTopicWhateverTheOrderOfTheDeadLetters() {
    select(0, "a", "tasks", 12);
    select(1, "b", "tasks", 11);
    select(2, "a", "tasks", 9);
    select(3, "a", "tasks", 10);

    assertThat(lanes()).containsExactly(List.of(2L, 3L, 0L), List.of(1L));
    assertThat(plan.leftOut()).isEmpty();
    assertThat(plan.size()).isEqualTo(4);
  }

  @Test
  void holdsNoKeyUpForItsNamesakeOnAnotherTopicNorRecordsWithoutAKeyForEachOther() {
    select(0, "a", "tasks", 1);
    select(1, "a", "agents", 1);
    select(2, null, "tasks", 2);
    select(3, null, "tasks", 3);

    assertThat(lanes()).containsExactly(List.of(0L), List.of(1L), List.of(2L), List.of(3L));
  }

  @Test
  void takesARecordThatIsThereTwiceOnce() {
    select(0, "a", "tasks", 1);
    select(1, "a", "tasks", 1);
    plan.select(deadLetter(0, "a", "tasks", 1, null));

    assertThat(lanes()).containsExactly(List.of(0L));
    assertThat(plan.leftOut())
        .singleElement()
        .satisfies(
            one -> {
              assertThat(one.outcome()).isEqualTo(RedriveResult.Outcome.SKIPPED);
              assertThat(one.deadLetter().at().offset()).isEqualTo(1);
              assertThat(one.message()).contains("1:0");
            });
  }

  @Test
  void takesTheLastOfThoseThatCameBackAndPutsItWhereTheFirstStood() {
    select(0, "a", "tasks", 10);
    select(1, "a", "tasks", 11);
    plan.see(deadLetter(2, "a", "tasks", 50, 0L));
    plan.select(deadLetter(2, "a", "tasks", 50, 0L));

    assertThat(lanes()).containsExactly(List.of(2L, 1L));
    assertThat(plan.leftOut())
        .extracting(one -> one.deadLetter().at().offset(), RedriveResult::message)
        .containsExactly(tuple(0L, "Was re-driven before, and came back as 1:2."));
  }

  @Test
  void leavesOutWhatCannotGoAnywhere() {
    plan.select(DeadLetter.of(DeadLetters.record(0, "a", null, new RecordHeaders())));
    select(1, "a", "elsewhere", 1);

    assertThat(lanes()).isEmpty();
    assertThat(plan.leftOut())
        .extracting(RedriveResult::outcome)
        .containsOnly(RedriveResult.Outcome.NOT_SENT);
    assertThat(plan.size()).isEqualTo(2);
  }

  private void select(long at, @Nullable String key, String topic, long refusedAt) {
    DeadLetter deadLetter = deadLetter(at, key, topic, refusedAt, null);
    plan.see(deadLetter);
    plan.select(deadLetter);
  }

  /** A dead letter; one that was re-driven stood at offset 10 at first. */
  private static DeadLetter deadLetter(
      long at, @Nullable String key, String topic, long refusedAt, @Nullable Long was) {
    Headers headers = new RecordHeaders();
    if (was != null) {
      RedriveHeaders.write(
          headers, new Redrive(DeadLetters.TOPIC, 1, was, null), new Place(topic, 0, 10));
    }
    DeadLetters.refused(headers, topic, 0, refusedAt);
    return DeadLetter.of(DeadLetters.record(at, key, new byte[0], headers));
  }

  private List<List<Long>> lanes() {
    return plan.lanes().stream()
        .map(lane -> lane.stream().map(each -> each.at().offset()).toList())
        .toList();
  }
}
