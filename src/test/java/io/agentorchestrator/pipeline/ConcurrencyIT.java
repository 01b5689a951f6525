package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Several producers say all sorts of things about few tasks and agents, and two workers hear them:
 * whatever order that comes to, what is told of it is consistent.
 */
class ConcurrencyIT {

  private static final int COMMANDS = 4000;
  private static final int TASKS = 60;
  private static final int AGENTS = 6;
  private static final int PRODUCERS = 4;
  private static final int AHEAD = 60;

  private final long seed = Long.getLong("orchestrator.seed", System.nanoTime());
  private final List<UUID> tasks = ids(new Random(seed), TASKS);
  private final List<UUID> agents = ids(new Random(~seed), AGENTS);

  /** What a producer last saw of a task; it may have changed since. */
  private record Glimpse(int attempt, int holder) {}

  @Test
  void keepsItsPromisesUnderAllSortsOfCommandsAtOnce() throws Exception {
    try (Pipeline pipeline = Pipeline.start(2, "--orchestrator.commands.max-poll-records=100")) {
      List<ObjectNode> sent = Collections.synchronizedList(new ArrayList<>());
      agents.stream().map(this::register).forEach(sent::add);
      sent.forEach(pipeline::ask);
      sendAllSorts(pipeline, sent);
      List<Event> events = pipeline.settled();

      check(pipeline, sent, events);
    } catch (AssertionError e) {
      throw new AssertionError("With -Dorchestrator.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  private void check(Pipeline pipeline, List<ObjectNode> sent, List<Event> events)
      throws SQLException {
    Map<String, Long> types =
        events.stream().collect(Collectors.groupingBy(Event::type, Collectors.counting()));
    assertThat(types)
        .as("something of everything happened")
        .containsKeys(
            "agent.registered.v1",
            "agent.deregistered.v1",
            "task.created.v1",
            "task.assigned.v1",
            "task.started.v1",
            "task.progressed.v1",
            "task.completed.v1",
            "task.retry-scheduled.v1",
            "task.released.v1",
            "task.canceled.v1",
            "command.rejected.v1");
    assertThat(types.get("task.assigned.v1")).isGreaterThan(100);

    new Histories(events).assertTold(pipeline.worker().rest());
    Replay.assertKept(events);
    Outcomes.assertOneEach(pipeline, sent, events);
    assertSlots(pipeline);
    try (Connection connection = pipeline.database()) {
      Tables.assertConsistent(connection);
    }
    Faults.assertNone(pipeline);
  }

  /** What REST derives of an agent. */
  private void assertSlots(Pipeline pipeline) {
    for (UUID agent : agents) {
      JsonNode resource = pipeline.get("/api/v2/agents/" + agent + "?include=tasks");
      int held = resource.get("tasks").size();
      assertThat(resource.get("running_tasks").intValue()).isEqualTo(held);
      assertThat(resource.get("busy").booleanValue())
          .isEqualTo(held == resource.get("max_concurrent_tasks").intValue());
    }
  }

  private void sendAllSorts(Pipeline pipeline, List<ObjectNode> sent) throws Exception {
    try (ExecutorService producers = Executors.newFixedThreadPool(PRODUCERS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < PRODUCERS; i++) {
        Random random = new Random(seed + i);
        all.add(
            producers.submit(
                () -> {
                  try (Connection connection = pipeline.database()) {
                    for (int n = 0; n < COMMANDS / PRODUCERS; ) {
                      awaitAlmostAllApplied(connection, sent);
                      List<ObjectNode> some = some(random, connection, n);
                      pipeline.sendAll(some);
                      sent.addAll(some);
                      n += some.size();
                    }
                  }
                  return null;
                }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  /** What producers know is then old enough to be wrong at times, and new enough to be right. */
  private static void awaitAlmostAllApplied(Connection connection, List<ObjectNode> sent) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(2))
        .until(
            () ->
                Settling.count(connection, "SELECT count(*) FROM command_keys")
                    > sent.size() - AHEAD);
  }

  /** A few commands about a task, or one about an agent; the longer it goes on, the more tasks. */
  private List<ObjectNode> some(Random random, Connection connection, int soFar)
      throws SQLException {
    int chance = random.nextInt(1000);
    int known = Math.min(TASKS, 10 + soFar * TASKS * PRODUCERS / COMMANDS);
    int index = random.nextInt(known);
    UUID task = tasks.get(index);
    int someone = random.nextInt(AGENTS);
    UUID agent = agents.get(someone);
    if (chance < 30) {
      return List.of(Commands.command("agent.deregister.v1", agent, Map.of("reason", "Bye.")));
    } else if (chance < 130) {
      return List.of(register(agent));
    } else if (chance < 137) {
      return List.of(Commands.cancel(task));
    }
    Glimpse glimpse = look(connection, task);
    if (glimpse == null) {
      return List.of(create(random, index));
    }
    List<ObjectNode> commands = new ArrayList<>();
    UUID holder = agent;
    int attempt = glimpse.attempt();
    if (glimpse.holder() >= 0) {
      holder = agents.get(glimpse.holder());
    } else {
      commands.add(Commands.assign(task, agent));
      attempt++;
    }
    int goOn = random.nextInt(4);
    for (int i = 0; i < goOn; i++) {
      commands.add(word(random, task, holder, Math.max(1, attempt)));
    }
    if (commands.isEmpty()) {
      commands.add(create(random, index)); // Known already, as a rule.
    }
    return commands;
  }

  private static ObjectNode word(Random random, UUID task, UUID holder, int attempt) {
    int chance = random.nextInt(40);
    if (chance < 12) {
      return Commands.word("task.start.v1", task, holder, attempt);
    } else if (chance < 24) {
      return Commands.word(
          "task.progress.v1", task, holder, attempt, Map.of("progress", random.nextDouble()));
    } else if (chance < 29) {
      return Commands.word(
          "task.progress.v1", task, holder, attempt, Map.of("status", "input_required"));
    } else if (chance < 30) {
      return Commands.word("task.complete.v1", task, holder, attempt);
    }
    return Commands.fail(task, holder, attempt, true);
  }

  private ObjectNode create(Random random, int index) {
    Map<String, Object> more = new HashMap<>();
    more.put("max_retries", 10);
    if (index > 0 && random.nextInt(4) == 0) {
      more.put("parent_task_id", tasks.get(random.nextInt(index)).toString());
    }
    if (index > 0 && random.nextInt(6) == 0) {
      more.put("depends_on", List.of(tasks.get(random.nextInt(index)).toString()));
    }
    return Commands.createTask(tasks.get(index), more);
  }

  private ObjectNode register(UUID agent) {
    return Commands.registerAgent(agent, slots(agents.indexOf(agent)));
  }

  private static int slots(int agent) {
    return 2 + agent;
  }

  private @Nullable Glimpse look(Connection connection, UUID task) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            """
            SELECT attempt, assigned_agent_id FROM tasks WHERE id = ?
            """)) {
      query.setObject(1, task);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          return null;
        }
        UUID holder = row.getObject(2, UUID.class);
        return new Glimpse(row.getInt(1), holder == null ? -1 : agents.indexOf(holder));
      }
    }
  }

  private static List<UUID> ids(Random random, int count) {
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(new UUID(random.nextLong(), random.nextLong()));
    }
    return ids;
  }
}
