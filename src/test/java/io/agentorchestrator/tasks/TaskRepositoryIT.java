package io.agentorchestrator.tasks;

import static io.agentorchestrator.rest.Reading.assign;
import static io.agentorchestrator.rest.Reading.command;
import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.word;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.rest.Reading;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class TaskRepositoryIT {

  private final Reading reading = Reading.shared();
  private final TaskRepository repository = reading.worker().bean(TaskRepository.class);
  private final UUID agent = UUID.randomUUID();
  private final List<UUID> ids = Reading.ids(4);

  @Test
  void findsOneTask() {
    reading.apply(task(0));

    assertThat(repository.findById(ids.getFirst()).orElseThrow().id()).isEqualTo(ids.getFirst());
    assertThat(repository.findById(UUID.randomUUID())).isEmpty();
  }

  @Test
  void locksTasksInTheDatabasesOrderUntilTheTransactionEnds() {
    reading.apply(task(0), task(1), task(2), task(3));
    List<UUID> expected =
        reading.idsInAnotherSession("SELECT id FROM tasks WHERE id = ANY(?) ORDER BY id", ids);

    reading.inTransaction(
        () -> {
          List<Task> locked = repository.lock(array(ids));
          assertThat(locked).extracting(Task::id).containsExactlyElementsOf(expected);
          assertThat(freeFor("NO KEY UPDATE")).isEmpty();
          assertThat(freeFor("KEY SHARE")).hasSize(4);
          return locked;
        });

    assertThat(freeFor("NO KEY UPDATE")).hasSize(4);
  }

  @Test
  void findsTheTasksThatAgentsHoldNow() {
    UUID second = UUID.randomUUID();
    reading.apply(
        register(agent, "agent", Map.of("max_concurrent_tasks", 3)),
        register(second, "agent", Map.of()));
    reading.apply(task(0), task(1), task(2), task(3));
    reading.apply(
        assign(ids.get(0), agent),
        assign(ids.get(1), agent),
        assign(ids.get(2), second),
        word("task.start.v1", ids.get(1), agent, Map.of()),
        word("task.complete.v1", ids.get(0), agent, Map.of()));

    assertThat(repository.heldBy(new UUID[] {agent, second}))
        .containsExactlyInAnyOrder(ids.get(1), ids.get(2));
    assertThat(idsOf(() -> repository.openOf(agent, 200))).containsExactly(ids.get(1));
    assertThat(idsOf(() -> repository.openOf(agent, 0))).isEmpty();
  }

  @Test
  void findsTheDependenciesThatAreNotCompleted() {
    reading.apply(register(agent, "agent", Map.of()));
    reading.apply(task(0), task(1), task(2, "depends_on", List.of(ids.get(0), ids.get(1))));
    reading.apply(assign(ids.get(0), agent), word("task.complete.v1", ids.get(0), agent, Map.of()));

    assertThat(repository.notCompleted(new UUID[] {ids.get(0), ids.get(1)}))
        .containsExactly(ids.get(1));
  }

  @Test
  void findsTheOpenTasksThatFallWithOthersTransitively() {
    // 0 is the parent of 1, on which 2 waits; 3 waits on 0, but is over.
    reading.apply(
        task(0),
        task(1, "parent_task_id", ids.get(0)),
        task(2, "depends_on", List.of(ids.get(1))),
        task(3, "depends_on", List.of(ids.get(0))));
    reading.apply(command("task.cancel.v1", ids.get(3), Map.of()));

    assertThat(repository.fallingWith(new UUID[] {ids.get(0)}, NONE))
        .containsExactlyInAnyOrder(ids.get(0), ids.get(1), ids.get(2));
    assertThat(repository.fallingWith(new UUID[] {ids.get(2)}, NONE)).containsExactly(ids.get(2));
    assertThat(idsOf(() -> repository.childrenOf(ids.get(0), 200))).containsExactly(ids.get(1));
  }

  private List<UUID> idsOf(Supplier<Stream<Task>> found) {
    return reading.inTransaction(
        () -> {
          try (Stream<Task> tasks = found.get()) {
            return tasks.map(Task::id).toList();
          }
        });
  }

  private static final UUID[] NONE = {};

  private ObjectNode task(int number) {
    return createTask(ids.get(number), "task", Map.of());
  }

  private ObjectNode task(int number, String field, Object value) {
    return createTask(ids.get(number), "task", Map.of(field, value));
  }

  private List<UUID> freeFor(String strength) {
    return reading.idsInAnotherSession(
        "SELECT id FROM tasks WHERE id = ANY(?) FOR " + strength + " SKIP LOCKED", ids);
  }

  private static UUID[] array(List<UUID> ids) {
    return ids.toArray(UUID[]::new);
  }
}
