package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tasks that are created, assigned and completed, many of them under way at a time, by agents with
 * room for all of them: no command is refused, and each has one event.
 */
final class Lives {

  private static final int AGENTS = 20;
  private static final int SLOTS = 100;

  /** How many other tasks' commands lie between two of a task. */
  private static final int APART = 150;

  private final List<UUID> agents = Stream.generate(UUID::randomUUID).limit(AGENTS).toList();
  private final List<UUID> tasks;
  private final List<ObjectNode> commands = new ArrayList<>();
  private final Map<String, List<String>> commandsOf = new HashMap<>();

  Lives(int count) {
    if (count > AGENTS * SLOTS) {
      throw new IllegalArgumentException("there is no room for " + count);
    }
    this.tasks = Stream.generate(UUID::randomUUID).limit(count).toList();
    for (int i = 0; i < count + 2 * APART; i++) {
      if (i < count) {
        add(Commands.createTask(tasks.get(i)));
      }
      int assigned = i - APART;
      if (assigned >= 0 && assigned < count) {
        add(Commands.assign(tasks.get(assigned), holder(assigned)));
      }
      int completed = i - 2 * APART;
      if (completed >= 0 && completed < count) {
        add(
            Commands.word(
                "task.complete.v1",
                tasks.get(completed),
                holder(completed),
                1,
                Map.of("result", Map.of("n", completed))));
      }
    }
  }

  private UUID holder(int task) {
    return agents.get(task % AGENTS);
  }

  private void add(ObjectNode command) {
    commands.add(command);
    commandsOf
        .computeIfAbsent(command.get("subject").stringValue(), subject -> new ArrayList<>())
        .add(command.get("id").stringValue());
  }

  /** To be applied before the others are sent. */
  List<ObjectNode> registrations() {
    return agents.stream().map(agent -> Commands.registerAgent(agent, SLOTS)).toList();
  }

  List<ObjectNode> commands() {
    return commands;
  }

  List<UUID> agents() {
    return agents;
  }

  List<UUID> tasks() {
    return tasks;
  }

  /** How many events tell it all. */
  int events() {
    return agents.size() + commands.size();
  }

  /**
   * Sees to it that these are the events of all the lives and no others, once each and in order.
   *
   * @return the events of each entity
   */
  Map<UUID, List<Event>> assertTold(List<Event> events) {
    Map<UUID, List<Event>> told = new HashMap<>();
    for (Event event : events) {
      told.computeIfAbsent(UUID.fromString(event.key()), key -> new ArrayList<>()).add(event);
    }
    assertThat(told.keySet())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(agents.stream(), tasks.stream()).toList());
    told.forEach(
        (entity, life) -> {
          assertThat(life)
              .as("versions of %s", entity)
              .extracting(Event::version)
              .containsExactlyElementsOf(LongStream.rangeClosed(1, life.size()).boxed().toList());
          assertThat(life).extracting(Event::position).isSorted();
        });
    assertThat(agents)
        .allSatisfy(
            agent ->
                assertThat(told.get(agent))
                    .extracting(Event::type)
                    .containsExactly("agent.registered.v1"));
    for (UUID task : tasks) {
      List<Event> life = told.getOrDefault(task, List.of());
      assertThat(life)
          .as("the life of %s", task)
          .extracting(Event::type)
          .containsExactly("task.created.v1", "task.assigned.v1", "task.completed.v1");
      assertThat(life)
          .extracting(Event::commandId)
          .containsExactlyElementsOf(commandsOf.getOrDefault(task.toString(), List.of()));
    }
    assertThat(events).hasSize(events());
    return told;
  }
}
