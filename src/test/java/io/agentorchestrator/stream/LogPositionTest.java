package io.agentorchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogPositionTest {

  private static final Uuid TOPIC = Uuid.randomUuid();

  @Test
  void comesBackFromItsId() {
    Random random = new Random(7);
    for (int partitions : new int[] {1, 2, 12, 13, 300}) {
      long[] next =
          IntStream.range(0, partitions)
              .mapToLong(i -> random.nextLong() >>> (1 + i % 63))
              .toArray();
      LogPosition position = LogPosition.of(TOPIC, next);

      assertThat(LogPosition.parse(position.id(), TOPIC)).contains(position);
      assertThat(position.id()).matches("[A-Za-z0-9_-]+");
    }
    LogPosition extremes = LogPosition.of(TOPIC, 0, 127, 128, Long.MAX_VALUE);
    assertThat(LogPosition.parse(extremes.id(), TOPIC)).contains(extremes);
  }

  @Test
  void hasAShortId() {
    long[] next = new long[12];
    Arrays.fill(next, 100_000_000);

    assertThat(LogPosition.of(TOPIC, next).id()).hasSizeLessThan(80);
  }

  @Test
  void isNoIdOfAnotherTopic() {
    String id = LogPosition.of(TOPIC, 1, 2, 3).id();

    assertThat(LogPosition.parse(id, Uuid.randomUuid())).isEmpty();
  }

  @Test
  void isNoIdOnceAnyCharacterIsChangedOrMissing() {
    String id = LogPosition.of(TOPIC, 1, 200, 30_000).id();

    for (int i = 0; i < id.length(); i++) {
      for (char other : "AQgw_-9".toCharArray()) {
        String changed = id.substring(0, i) + other + id.substring(i + 1);
        if (!changed.equals(id)) {
          assertThat(LogPosition.parse(changed, TOPIC)).as(changed).isEmpty();
        }
      }
      assertThat(LogPosition.parse(id.substring(0, i), TOPIC)).isEmpty();
      assertThat(LogPosition.parse(id.substring(0, i) + id.substring(i + 1), TOPIC)).isEmpty();
    }
    assertThat(LogPosition.parse(id + "A", TOPIC)).isEmpty();
    assertThat(LogPosition.parse(id + "=", TOPIC)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "4711", "nonsense", "ä", "019ab2c4-0000-7000-8000-00000000b001"})
  void takesNothingElseForAnId(String text) {
    assertThat(LogPosition.parse(text, TOPIC)).isEmpty();
  }

  @Test
  void countsAPartitionThatCameLaterFromItsBeginning() {
    LogPosition before = LogPosition.of(TOPIC, 5, 6);

    assertThat(before.next(2)).isZero();
    assertThat(before.widened(3)).isEqualTo(LogPosition.of(TOPIC, 5, 6, 0));
    assertThat(before.with(2, 9)).isEqualTo(LogPosition.of(TOPIC, 5, 6, 9));
    assertThat(before.covers(LogPosition.of(TOPIC, 5, 6, 0))).isTrue();
    assertThat(before.covers(LogPosition.of(TOPIC, 5, 6, 1))).isFalse();
  }

  @Test
  void coversWhatIsNowhereFurther() {
    LogPosition position = LogPosition.of(TOPIC, 5, 6);

    assertThat(position.covers(LogPosition.of(TOPIC, 5, 6))).isTrue();
    assertThat(position.covers(LogPosition.of(TOPIC, 0, 6))).isTrue();
    assertThat(position.covers(LogPosition.of(TOPIC, 9, 5))).isFalse();
    assertThat(position.max(LogPosition.of(TOPIC, 9, 5, 1)))
        .isEqualTo(LogPosition.of(TOPIC, 9, 6, 1));
  }
}
