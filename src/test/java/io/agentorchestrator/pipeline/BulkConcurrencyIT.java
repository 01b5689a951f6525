package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.local.LocalWorker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** Operations on many agents among assignments to the same ones, heard by two workers. */
class BulkConcurrencyIT {

  private static final int AGENTS = 12;
  private static final int TASKS = 60;
  private static final int PRODUCERS = 3;
  private static final int ROUNDS = 20;
  private static final List<String> OPERATIONS =
      List.of("activate", "deactivate", "reset_status", "deregister");

  private final long seed = Long.getLong("orchestrator.seed", System.nanoTime());
  private final List<UUID> agents = ids(new Random(seed), AGENTS);
  private final List<UUID> tasks = ids(new Random(~seed), TASKS);

  @Test
  void neverGetsIntoACircleAndTellsAllThatHappened() throws Exception {
    try (Pipeline pipeline = Pipeline.start(2, "--orchestrator.commands.max-poll-records=20")) {
      agents.forEach(agent -> pipeline.ask(Commands.registerAgent(agent, 5)));
      pipeline.sendAll(tasks.stream().map(Commands::createTask).toList());
      List<ObjectNode> sent = sendAllSorts(pipeline);
      check(pipeline, sent, pipeline.settled());
    } catch (AssertionError e) {
      throw new AssertionError("With -Dorchestrator.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  private void check(Pipeline pipeline, List<ObjectNode> sent, List<Event> events)
      throws Exception {
    Set<String> types = events.stream().map(Event::type).collect(Collectors.toSet());
    assertThat(types)
        .as("something of everything happened")
        .contains(
            "agents.bulk-completed.v1",
            "command.rejected.v1",
            "agent.status-changed.v1",
            "agent.deregistered.v1",
            "task.assigned.v1",
            "task.released.v1");
    Map<String, List<Event>> outcomes =
        events.stream()
            .filter(event -> event.type().matches("agents.bulk-completed.v1|command.rejected.v1"))
            .collect(Collectors.groupingBy(Event::commandId));
    for (ObjectNode command : sent) {
      if (command.get("type").stringValue().equals("agents.bulk.v1")) {
        assertThat(outcomes.getOrDefault(command.get("id").stringValue(), List.of())).hasSize(1);
      }
    }
    Map<UUID, List<Event>> lives = new LinkedHashMap<>();
    for (Event event : events) {
      if (!event.data().get("entity_version").isNull()
          && !event.data().get("entity_type").stringValue().equals("bulk_operation")) {
        lives.computeIfAbsent(UUID.fromString(event.key()), key -> new ArrayList<>()).add(event);
      }
    }
    assertThat(lives.keySet()).containsAll(agents).containsAll(tasks);
    lives.forEach((entity, life) -> assertLife(pipeline, entity, life));
    for (UUID agent : agents) {
      assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue())
          .isEqualTo(
              Settling.count(
                  pipeline.site(),
                  """
                  SELECT count(*) FROM tasks WHERE assigned_agent_id = '%s'
                    AND status IN ('assigned', 'working', 'input_required')
                  """
                      .formatted(agent)));
    }
    assertThat(
            Settling.count(
                pipeline.site(),
                "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
        .as("deadlocks")
        .isZero();
    for (LocalWorker worker : pipeline.workers()) {
      assertThat(Pipeline.counted(worker, "orchestrator_database_errors_total"))
          .as("errors of the database")
          .isZero();
    }
    try (TopicReader deadLetters = pipeline.reader("orchestrator.commands.dead-letter")) {
      assertThat(deadLetters.toTheEnd()).isEmpty();
    }
  }

  private static void assertLife(Pipeline pipeline, UUID entity, List<Event> life) {
    assertThat(life)
        .as("versions of %s", entity)
        .extracting(Event::version)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, life.size()).boxed().toList());
    assertThat(life).extracting(Event::position).isSorted().doesNotHaveDuplicates();
    String path = life.getFirst().type().startsWith("agent") ? "agents" : "tasks";
    assertThat(Folding.of(life))
        .as("the fold of %s", entity)
        .isEqualTo(Folding.resource(pipeline, "/api/v2/" + path + "/", entity));
  }

  private List<ObjectNode> sendAllSorts(Pipeline pipeline) throws Exception {
    List<ObjectNode> sent = Collections.synchronizedList(new ArrayList<>());
    try (ExecutorService producers = Executors.newFixedThreadPool(PRODUCERS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < PRODUCERS; i++) {
        Random random = new Random(seed + i);
        all.add(
            producers.submit(
                () -> {
                  for (int round = 0; round < ROUNDS; round++) {
                    List<ObjectNode> some = some(random);
                    pipeline.sendAll(some);
                    sent.addAll(some);
                  }
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    return sent;
  }

  /** Assignments to anybody, an operation on some or all, and a few agents that come back. */
  private List<ObjectNode> some(Random random) {
    List<ObjectNode> commands = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      commands.add(Commands.assign(any(tasks, random), any(agents, random)));
    }
    String operation = any(OPERATIONS, random);
    String mode = random.nextBoolean() ? "atomic" : "best_effort";
    if (random.nextInt(3) == 0) {
      commands.add(Commands.bulk(operation, mode, Map.of("type", "coder")));
    } else {
      List<UUID> some = new ArrayList<>(agents);
      Collections.shuffle(some, random);
      commands.add(Commands.bulk(operation, mode, some.subList(0, 1 + random.nextInt(6))));
    }
    for (int i = 0; i < 3; i++) {
      commands.add(Commands.registerAgent(any(agents, random), 5));
    }
    commands.add(Commands.bulk("activate", "best_effort", agents));
    return commands;
  }

  private static <T> T any(List<T> all, Random random) {
    return all.get(random.nextInt(all.size()));
  }

  private static List<UUID> ids(Random random, int count) {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(new UUID(random.nextLong(), random.nextLong()));
    }
    return ids;
  }
}
