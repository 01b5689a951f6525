package io.agentorchestrator.stream;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.rest.AllowedParameters;
import io.agentorchestrator.rest.QueryParameters;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which events a reader wants. An agent alone stands for its mailbox: what gives it work or takes
 * it away. With types, it stands for the events of these types about tasks of the agent.
 *
 * @param types one of these; none: any
 * @param entityType what they are about, or null
 * @param entityId its id, or null
 * @param agentId the agent of the task concerned, or null
 */
record EventFilter(
    Set<String> types,
    @Nullable String entityType,
    @Nullable String entityId,
    @Nullable String agentId) {

  static final AllowedParameters PARAMETERS =
      AllowedParameters.of("type", "entity_type", "entity_id", "agent_id").repeatable("type");

  private static final Set<String> MAILBOX =
      Arrays.stream(EventType.values())
          .filter(EventType::isForMailbox)
          .map(EventType::value)
          .collect(Collectors.toUnmodifiableSet());

  EventFilter {
    types = types.isEmpty() && agentId != null ? MAILBOX : Set.copyOf(types);
  }

  /**
   * Reads what is asked for.
   *
   * @throws org.springframework.web.ErrorResponseException naming the parameter that is wrong
   */
  static EventFilter of(QueryParameters parameters) {
    EntityType entityType =
        parameters.oneOf("entity_type", List.of(EntityType.values()), EntityType::value);
    return new EventFilter(
        parameters.someOf("type", List.of(EventType.values()), EventType::value).stream()
            .map(EventType::value)
            .collect(Collectors.toUnmodifiableSet()),
        entityType == null ? null : entityType.value(),
        text(parameters.id("entity_id")),
        text(parameters.id("agent_id")));
  }

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }

  boolean wants(StreamedEvent event) {
    return (types.isEmpty() || types.contains(event.type()))
        && (agentId == null || agentId.equals(event.agentId()))
        && (entityId == null || entityId.equals(event.entityId()))
        && (entityType == null || entityType.equals(event.entityType()));
  }
}
