package io.agentorchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.security.SecurityProperties.Mode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StreamPropertiesTest {

  @Test
  void leaveHalfOfTheReadersToOtherClients() {
    assertThat(properties(2000, null).maxReadersPerClient(Mode.API_KEY)).isEqualTo(1000);
    assertThat(properties(2000, null).maxReadersPerClient(Mode.JWT)).isEqualTo(1000);
    assertThat(properties(1, null).maxReadersPerClient(Mode.JWT)).isEqualTo(1);
  }

  @Test
  void leaveThemAllToTheOneClientThatThereIsOnAMachine() {
    assertThat(properties(2000, null).maxReadersPerClient(Mode.NONE)).isEqualTo(2000);
  }

  @Test
  void leaveAClientWhatWasSetWhateverTheMode() {
    for (Mode mode : Mode.values()) {
      assertThat(properties(2000, 7).maxReadersPerClient(mode)).isEqualTo(7);
    }
  }

  private static StreamProperties properties(int maxReaders, @Nullable Integer perClient) {
    return new StreamProperties(
        maxReaders, perClient, Duration.ofSeconds(15), 16, 65_536, Duration.ZERO, 1);
  }
}
