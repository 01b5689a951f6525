package io.agentorchestrator.cache;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LastKnownTest {

  @Test
  void knowsAboutHowMuchMemoryAnEntityTakes() {
    String large = "x".repeat(256 * 1024);
    Map<String, @Nullable Object> small = new HashMap<>(Map.of("name", "a", "priority", 2));
    small.put("error", null);

    assertThat(LastKnown.bytes(small)).isBetween(100L, 1000L);
    assertThat(LastKnown.bytes(Map.of("input", new JsonObject(large))))
        .isBetween(2L * large.length(), 2L * large.length() + 1000);
    assertThat(LastKnown.bytes(Map.of("tags", List.of(large, large))))
        .isBetween(4L * large.length(), 4L * large.length() + 1000);
  }
}
