package io.agentorchestrator.v1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.agentorchestrator.migration.MigrationProperties;
import io.agentorchestrator.tasks.TaskStatus;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class V1PropertiesTest {

  private static final Instant DEPRECATED = Instant.parse("2026-11-23T00:00:00Z");

  @Test
  void nothingEndsBeforeItIsOnItsWayOut() {
    assertThat(sunset(DEPRECATED.plusSeconds(1)).sunset()).isAfter(DEPRECATED);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> sunset(DEPRECATED))
        .withMessageContaining("orchestrator.v1.deprecated-at < sunset");
  }

  private static V1Properties sunset(Instant sunset) {
    return new V1Properties(
        true, V1Properties.Source.POSTGRESQL, DEPRECATED, sunset, URI.create("/docs"));
  }

  @ParameterizedTest
  @NullAndEmptySource
  @ValueSource(strings = " ")
  void theOldStoreIsNotReadWithoutItsAddress(@Nullable String none) {
    assertThatIllegalStateException()
        .isThrownBy(() -> new V1Configuration.Reads().storeReads(new MigrationProperties(none)))
        .withMessageContaining("REDIS_URL");
  }

  /** A new state of a task fails here until it has an old name. */
  @Test
  void everyStateOfATaskHasOneOldName() {
    List<String> named =
        Arrays.stream(OldTaskStatus.values()).flatMap(each -> each.here().stream()).toList();

    assertThat(named)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(TaskStatus.values()).map(TaskStatus::value).toList());
  }
}
