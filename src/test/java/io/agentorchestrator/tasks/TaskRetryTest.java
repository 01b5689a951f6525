package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.EventType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a task whose agent says that it failed. */
class TaskRetryTest {

  private final Board board = new Board();

  @AfterEach
  void toldAll() {
    board.assertTold(List.of());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, 10})
  void isTriedOnceMoreThanItHasRetries(int retries) {
    board.accept(1, Board.creation().retries(retries).build());

    for (int attempt = 1; attempt <= retries; attempt++) {
      failAttempt(attempt);
      assertThat(board.events(1)).containsExactly(EventType.TASK_RETRY_SCHEDULED);
      assertThat(fields())
          .containsEntry("status", TaskStatus.SUBMITTED)
          .containsEntry("attempt", attempt)
          .containsEntry("retry_count", attempt);
    }
    failAttempt(retries + 1);

    assertThat(board.events(1)).containsExactly(EventType.TASK_FAILED);
    assertThat(fields())
        .containsEntry("status", TaskStatus.FAILED)
        .containsEntry("attempt", retries + 1)
        .containsEntry("retry_count", retries)
        .containsEntry("retry_at", null)
        .containsEntry("assigned_agent_id", AGENT)
        .containsEntry("completed_at", board.now());
    assertThat(board.fleet().locked().activity(AGENT).failed()).isEqualTo(retries + 1);
    assertThat(board.running(AGENT)).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "1,   800,  1200",
    "2,  1600,  2400",
    "3,  3200,  4800",
    "4,  6400,  9600",
    "5, 12800, 19200",
    "6, 25600, 38400",
    "7, 48000, 60000",
    "8, 48000, 60000",
    "10, 48000, 60000"
  })
  void waitsTwiceAsLongForEachFurtherTry(int failures, long least, long most) {
    board.accept(1, Board.creation().retries(10).build());

    for (int attempt = 1; attempt <= failures; attempt++) {
      failAttempt(attempt);
    }

    assertThat(Duration.between(board.now(), retryAt()).toMillis()).isBetween(least, most);
  }

  @Test
  void waitsForEachTaskAnotherTime() {
    for (int number = 1; number <= 20; number++) {
      board.bring(number, TaskStatus.WORKING);
      board.accept(number, Board.fail(1, true));
    }

    assertThat(board.tasks().all())
        .extracting(task -> task.fields().get("retry_at"))
        .doesNotContainNull()
        .doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10})
  void isNotTriedAgainWhereThatIsOfNoUse(int retries) {
    board.bring(1, Board.creation().retries(retries), TaskStatus.WORKING);
    board.later();

    board.accept(1, Board.fail(1, false));

    assertThat(board.events(1)).containsExactly(EventType.TASK_FAILED);
    assertThat(fields()).containsEntry("retry_count", 0).containsEntry("retry_at", null);
  }

  @Test
  void waitsNoLongerOnceItIsCanceled() {
    board.bring(1, TaskStatus.WORKING);
    board.accept(1, Board.fail(1, true));
    board.later();

    board.cancellation().cancel(board.task(1), "Paid.", board.change());

    assertThat(board.appended().getLast().changes()).containsEntry("retry_at", null);
    assertThat(board.task(1).settle(board.now().plusSeconds(60))).isFalse();
  }

  private void failAttempt(int attempt) {
    board.assign(1);
    assertThat(fields()).containsEntry("retry_at", null).containsEntry("attempt", attempt);
    board.later(Duration.ofMinutes(2));
    board.accept(1, Board.fail(attempt, true));
  }

  private Instant retryAt() {
    return (Instant) Objects.requireNonNull(fields().get("retry_at"));
  }

  private Map<String, @Nullable Object> fields() {
    return board.task(1).fields();
  }
}
