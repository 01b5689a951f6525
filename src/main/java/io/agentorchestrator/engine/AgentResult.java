package io.agentorchestrator.engine;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.agentorchestrator.messages.Rejection;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What became of one agent of a bulk operation, as {@code schemas/common.json} describes it.
 *
 * @param agentId the agent
 * @param status how its part ended
 * @param rejection why it was refused, and only then
 */
record AgentResult(
    UUID agentId,
    Status status,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Rejection rejection) {

  /** How a part may end. */
  enum Status {
    /** The agent has events of its own. */
    CHANGED,
    /** It was so already. */
    UNCHANGED,
    /** The rules, or the database, refused it; nothing of it was changed. */
    REJECTED;

    private final String value = name().toLowerCase(Locale.ROOT);

    /** Returns the name on the wire, in lower case. */
    @JsonValue
    String value() {
      return value;
    }
  }

  static AgentResult changed(UUID agentId) {
    return new AgentResult(agentId, Status.CHANGED, null);
  }

  static AgentResult unchanged(UUID agentId) {
    return new AgentResult(agentId, Status.UNCHANGED, null);
  }

  static AgentResult rejected(UUID agentId, Rejection rejection) {
    return new AgentResult(agentId, Status.REJECTED, rejection);
  }

  boolean isRejected() {
    return status == Status.REJECTED;
  }
}
