package io.agentorchestrator.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChangedEntityTest {

  private static Optional<ChangedEntity> of(String event) {
    return ChangedEntity.of(event.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void isReadFromAnEvent() {
    String event =
        """
        {"specversion":"1.0","extra":{"data":[1,{}]},"data":{"position":7,"changes":{"entity_version":99},
         "entity_type":"task","entity_id":"019ab2c4-0000-7000-8000-00000000b001","entity_version":4}}
        """;

    assertThat(of(event))
        .contains(
            new ChangedEntity(
                new ChangedEntity.Key(
                    "task", UUID.fromString("019ab2c4-0000-7000-8000-00000000b001")),
                4));
  }

  /** What the schemas give as examples is what the relay writes. */
  @ParameterizedTest
  @ValueSource(strings = {"agent.registered", "task.assigned", "workflow.created"})
  void isReadFromTheExamples(String name) throws Exception {
    byte[] event = Files.readAllBytes(Path.of("schemas/examples/events", name + ".json"));

    assertThat(ChangedEntity.of(event))
        .hasValueSatisfying(
            changed -> {
              assertThat(changed.key().type()).isEqualTo(name.substring(0, name.indexOf('.')));
              assertThat(changed.version()).isPositive();
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "7",
        "{\"data\":",
        "{\"data\":null}",
        "{\"data\":{\"entity_type\":\"task\",\"entity_id\":\"x\",\"entity_version\":1}}",
        "{\"data\":{\"entity_type\":null,\"entity_id\":null,\"entity_version\":null}}",
        "{\"data\":{\"entity_type\":\"task\",\"entity_id\":"
            + "\"019ab2c4-0000-7000-8000-00000000b001\",\"entity_version\":null}}"
      })
  void isNoneWhereNothingChanged(String event) {
    assertThat(of(event)).isEmpty();
    assertThat(ChangedEntity.of(null)).isEmpty();
  }
}
