package io.agentorchestrator.commands;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.CommandType;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class IdentityTest {

  private static final String SUBJECT = "0199b2c4-7d1e-7a3b-9c55-1f0e2d3c4b5a";

  @Test
  void readsEachAttributeByItself() {
    Identity identity =
        Identity.of(
            """
            {"specversion":"0.3","data":{"id":"inner"},"id":"1","source":"/s","actor":"alice",
             "traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
             "type":"task.start.v1","subject":"%s"}"""
                .formatted(SUBJECT));

    assertThat(identity)
        .isEqualTo(
            new Identity(
                "/s",
                "1",
                CommandType.TASK_START,
                "task.start.v1",
                UUID.fromString(SUBJECT),
                "alice",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    assertThat(identity.isReadable()).isTrue();
  }

  @Test
  void leavesOutWhatIsNotSound() {
    Identity identity =
        Identity.of(
            Map.of(
                "source", "/s\0",
                "id", "x".repeat(256),
                "type", "task.start.v2",
                "subject", SUBJECT.toUpperCase(Locale.ROOT),
                "actor", "\ud800",
                "traceparent", "00-0-0-0"));

    assertThat(identity)
        .isEqualTo(new Identity(null, null, null, "task.start.v2", null, null, null));
    assertThat(identity.isReadable()).isFalse();
  }

  @Test
  void leavesOutWhatIsNoString() {
    assertThat(Identity.of("{\"id\":1,\"source\":[\"/s\"],\"type\":null,\"subject\":\"\"}"))
        .isEqualTo(Identity.NONE);
    assertThat(Identity.of("[\"id\"]")).isEqualTo(Identity.NONE);
    assertThat(Identity.of("no JSON")).isEqualTo(Identity.NONE);
    assertThat(Identity.of("")).isEqualTo(Identity.NONE);
  }

  @Test
  void readsWhatStandsBeforeTheDepths() {
    String deep = "[".repeat(100) + "]".repeat(100);

    Identity identity =
        Identity.of("{\"id\":\"1\",\"source\":\"/s\",\"data\":%s,\"actor\":\"a\"}".formatted(deep));

    assertThat(identity.isReadable()).isTrue();
    assertThat(identity.actor()).isNull();
  }

  @Test
  void needsSourceAndId() {
    assertThat(Identity.of(Map.of("id", "1")).isReadable()).isFalse();
    assertThat(Identity.of(Map.of("source", "/s")).isReadable()).isFalse();
    assertThat(Identity.of(Map.of("id", "1", "source", "/s")).isReadable()).isTrue();
    assertThat(Identity.of(Map.of("id", "", "source", "/s")).isReadable()).isFalse();
  }
}
