package io.agentorchestrator.tasks;

import static io.agentorchestrator.tasks.Board.AGENT;
import static io.agentorchestrator.tasks.Board.NOW;
import static io.agentorchestrator.tasks.Board.creation;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.RejectionType;
import io.agentorchestrator.tasks.Board.Creation;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which tasks wait for dispatch, and in which order. */
class QueueTest {

  private final Board board = new Board();

  static Stream<Arguments> combinations() {
    return Arrays.stream(TaskStatus.values())
        .flatMap(
            status ->
                IntStream.range(0, 8)
                    .filter(bits -> (bits & 2) == 0 || isPossibleWhileBlocked(status))
                    .mapToObj(
                        bits ->
                            Arguments.of(
                                status, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0)));
  }

  /** What is blocked is never assigned. */
  private static boolean isPossibleWhileBlocked(TaskStatus status) {
    return status == TaskStatus.SUBMITTED || status == TaskStatus.CANCELED;
  }

  @ParameterizedTest(name = "{0}, auto {1}, blocked {2}, held back {3}")
  @MethodSource("combinations")
  void holdsWhatIsSubmittedForDispatchAndFree(
      TaskStatus status, boolean auto, boolean blocked, boolean heldBack) {
    Task task = brought(status, auto, blocked);
    task.holdBack(heldBack);

    boolean came = task.settle(NOW);

    boolean expected = status == TaskStatus.SUBMITTED && auto && !blocked && !heldBack;
    assertThat(task.isQueued()).isEqualTo(expected);
    assertThat(came).isEqualTo(expected);
    assertThat(task.settle(NOW)).as("comes once").isFalse();
    assertThat(task.isQueued()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"-1, true", "0, true", "1, false"})
  void holdsWhatIsRetriedOnceItsDelayIsOver(long microsLate, boolean queued) {
    board.bring(1, creation().auto(), TaskStatus.WORKING);
    board.accept(1, Board.fail(1, true));
    Instant retryAt = (Instant) Objects.requireNonNull(board.task(1).fields().get("retry_at"));

    board.tasks().settle(retryAt.minusNanos(microsLate * 1000));

    assertThat(board.task(1).isQueued()).isEqualTo(queued);
  }

  @Test
  void letsGoOfWhatIsAssignedAndTakesItBackWhenItIsReleased() {
    board.accept(1, creation().auto().build());
    assertThat(board.tasks().settle(NOW)).isTrue();

    board.assign(1);

    assertThat(board.tasks().settle(NOW)).isFalse();
    assertThat(board.task(1).isQueued()).isFalse();
    board.releaseAll(AGENT);
    assertThat(board.tasks().settle(NOW)).isTrue();
    assertThat(board.task(1).isQueued()).isTrue();
  }

  @Test
  void tellsWhetherAnyHasCome() {
    board.accept(1, creation().auto().build());
    board.tasks().settle(NOW);
    board.create(2);

    assertThat(board.tasks().settle(NOW)).isFalse();
    board.accept(3, creation().auto().build());
    assertThat(board.tasks().settle(NOW)).isTrue();
  }

  @Test
  void takesATaskWhenTheLastOfItsDependenciesIsCompleted() {
    List.of(1, 2, 3).forEach(number -> board.bring(number, TaskStatus.WORKING));
    board.accept(4, creation().auto().dependsOn(1, 2, 3).build());

    for (int number : List.of(2, 3)) {
      board.accept(number, Board.complete(1));
      assertThat(board.tasks().settle(NOW)).isFalse();
      assertThat(board.task(4).isBlocked()).isTrue();
      assertThat(board.apply(4, new AssignTask(AGENT)).orElseThrow().type())
          .isEqualTo(RejectionType.INVALID_STATE);
    }
    assertThat(board.tasks().blocking(board.task(4))).containsExactly(Board.id(1));
    board.accept(1, Board.complete(1));

    assertThat(board.tasks().settle(NOW)).isTrue();
    assertThat(board.task(4).isQueued()).isTrue();
    assertThat(board.tasks().blocking(board.task(4))).isEmpty();
  }

  @Test
  void countsOnlyTheDependenciesThatAreOpenAtItsCreation() {
    board.bring(1, TaskStatus.COMPLETED);
    board.bring(2, TaskStatus.WORKING);
    board.accept(3, creation().auto().dependsOn(1, 2).build());

    assertThat(board.tasks().blocking(board.task(3))).containsExactly(Board.id(2));
    board.accept(2, Board.complete(1));

    assertThat(board.task(3).isBlocked()).isFalse();
    assertThatIllegalStateException().isThrownBy(() -> board.task(3).dependencyCompleted());
  }

  @Test
  void putsThePriorityFirstAndThenTheAge() {
    QueueOrder order = new QueueOrder(Duration.ofMinutes(10));

    assertThat(
            Stream.of(
                    new Waiting("low", 1, 0),
                    new Waiting("emergency", 5, 9),
                    new Waiting("older", 3, 1),
                    new Waiting("younger", 3, 2))
                .sorted(Comparator.comparing(each -> each.rank(order)))
                .map(Waiting::name))
        .containsExactly("emergency", "older", "younger", "low");
  }

  @ParameterizedTest
  @CsvSource({
    // A step of priority is worth ten minutes, and not a microsecond more.
    "1, 2, 599, false",
    "1, 2, 601, true",
    "2, 5, 1799, false",
    "2, 5, 1801, true",
    "1, 5, 2399, false",
    "1, 5, 2401, true"
  })
  void letsALowerPriorityOvertakeInTime(int lower, int higher, long secondsOlder, boolean first) {
    QueueOrder order = new QueueOrder(Duration.ofMinutes(10));

    Instant old = order.rank(NOW, lower);
    Instant young = order.rank(NOW.plusSeconds(secondsOlder), higher);

    assertThat(old.isBefore(young)).isEqualTo(first);
  }

  private record Waiting(String name, int priority, long minutes) {

    Instant rank(QueueOrder order) {
      return order.rank(NOW.plus(Duration.ofMinutes(minutes)), priority);
    }
  }

  private Task brought(TaskStatus status, boolean auto, boolean blocked) {
    Creation creation = auto ? creation().auto() : creation();
    QueuePlace place = new QueuePlace(List.of(), NOW, blocked ? 1 : 0, false);
    Task task = new Task(Board.id(1), creation.build(), null, place, NOW);
    if (status == TaskStatus.CANCELED) {
      task.cancel(null, NOW);
    } else if (status != TaskStatus.SUBMITTED) {
      task.assign(board.fleet().locked().find(AGENT).orElseThrow(), 0, List.of(), NOW);
      switch (status) {
        case WORKING -> task.start(Board.start(1), NOW);
        case INPUT_REQUIRED -> {
          task.start(Board.start(1), NOW);
          task.progress(Board.progress(1, true), NOW);
        }
        case COMPLETED -> task.complete(Board.complete(1), NOW);
        case FAILED -> task.fail(Board.fail(1, false), Duration.ZERO, NOW);
        case SUBMITTED, ASSIGNED, CANCELED -> {}
      }
    }
    assertThat(task.status()).isEqualTo(status);
    return task;
  }
}
