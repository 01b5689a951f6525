package io.agentorchestrator.stream;

import io.agentorchestrator.messages.EntityType;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.rest.Parameter;
import io.agentorchestrator.rest.QueryParameters;
import java.util.Arrays;
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

  static final Parameter<EventType> TYPE =
      Parameter.oneOf("type", EventType.values(), EventType::value)
          .repeated()
          .describedAs("Repeatable; the events are of one of these types.");
  static final Parameter<EntityType> ENTITY_TYPE =
      Parameter.oneOf("entity_type", EntityType.values(), EntityType::value);
  static final Parameter<UUID> ENTITY_ID = Parameter.id("entity_id");
  static final Parameter<UUID> AGENT_ID =
      Parameter.id("agent_id")
          .describedAs(
              "The agent's mailbox: the events task.assigned, task.released, task.timed-out and"
                  + " task.canceled of a task that has, or just lost, this agent. With type, the"
                  + " events of these types about such a task instead.");

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
    EntityType entityType = parameters.get(ENTITY_TYPE);
    return new EventFilter(
        parameters.all(TYPE).stream().map(EventType::value).collect(Collectors.toUnmodifiableSet()),
        entityType == null ? null : entityType.value(),
        text(parameters.get(ENTITY_ID)),
        text(parameters.get(AGENT_ID)));
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
