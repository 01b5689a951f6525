package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.agentorchestrator.messages.EventType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/**
 * Anything may happen, in any order, to agents, tasks and workflows at two workers, while time
 * passes: the rules are kept at every moment, and in the end nothing is lost.
 */
class RandomRunIT {

  private static final int STEPS = 6_000;

  /** So that leases, deadlines and delays run out, however quick the machine. */
  private static final int MOVES = 20;

  private static final int AHEAD = 80;
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** What takes a command that is none, one about many agents, or a service. */
  private static final Set<EventType> NOT_HERE =
      EnumSet.of(
          EventType.AGENTS_BULK_COMPLETED,
          EventType.COMMAND_DEAD_LETTERED,
          EventType.SERVICE_HEALTH_CHANGED);

  private final long seed = Long.getLong("orchestrator.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final List<ObjectNode> sent = Collections.synchronizedList(new ArrayList<>());
  private final RandomFleet fleet = new RandomFleet(seed, sent::add);
  private final RandomWork work = new RandomWork(random, fleet);

  @Test
  void keepsTheRulesAndLosesNothingWhateverHappens() throws Exception {
    try (Pipeline pipeline = Pipeline.start(2, "--orchestrator.commands.max-poll-records=50");
        LoggedErrors errors = new LoggedErrors()) {
      MovedClock clock = new MovedClock(pipeline, Duration.ZERO);
      try (SimulatedFleet agents = new SimulatedFleet(pipeline.site(), fleet::answer);
          Connection connection = pipeline.database()) {
        assertThat(agents).isNotNull();
        letAllSortsHappen(pipeline, connection, clock);
        loseAnAgent(pipeline, connection, clock);
        bringAllToAnEnd(pipeline, connection, clock);
      }
      check(pipeline, pipeline.settled());
      errors.assertNone();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("With -Dorchestrator.seed=" + seed + ": " + e.getMessage(), e);
    }
  }

  private void letAllSortsHappen(Pipeline pipeline, Connection connection, MovedClock clock)
      throws SQLException {
    int moves = 0;
    while (sent.size() + moves < STEPS || moves < MOVES) {
      work.look(connection);
      List<ObjectNode> some = new ArrayList<>();
      for (int i = 0; i < 15; i++) {
        some.addAll(random.nextInt(12) == 0 ? fleet.step(random) : work.step());
      }
      say(pipeline, some);
      if (clock.isHeard()) {
        clock.move(Duration.ofMillis(1000 + random.nextInt(2000)));
        say(pipeline, fleet.heartbeats());
        moves++;
        Tables.assertConsistent(connection);
      }
      awaitApplied(connection, AHEAD);
    }
  }

  /** Which chance may spare: a machine at its limits lets leases count anew again and again. */
  private void loseAnAgent(Pipeline pipeline, Connection connection, MovedClock clock) {
    UUID lost = UUID.randomUUID();
    say(pipeline, List.of(Commands.registerLeased(lost, 10, "java")));
    await("an agent that is given up")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () -> {
              if (clock.isHeard()) {
                clock.move(Duration.ofSeconds(2));
                say(pipeline, fleet.heartbeats());
              }
              return Settling.count(
                      connection,
                      "SELECT count(*) FROM orchestration_log WHERE type ="
                          + " 'agent.status-changed.v1' AND entity_id = '%s'".formatted(lost))
                  > 0;
            });
  }

  private void bringAllToAnEnd(Pipeline pipeline, Connection connection, MovedClock clock)
      throws SQLException {
    say(pipeline, fleet.becomeReliable());
    say(pipeline, List.of(work.calmWorkflow())); // Few others come to a good end.
    try {
      await("the end")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(200))
          .until(
              () -> {
                awaitApplied(connection, 1);
                clock.move(Duration.ofSeconds(2));
                Tables.assertConsistent(connection);
                work.look(connection);
                say(pipeline, work.bringToAnEnd());
                return work.isAllDone();
              });
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("%s; not applied: %s".formatted(work, notApplied(connection)), e);
    }
  }

  private List<ObjectNode> notApplied(Connection connection) throws SQLException {
    Set<String> applied = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT id FROM command_keys")) {
      while (row.next()) {
        applied.add(row.getString(1));
      }
    }
    return List.copyOf(sent).stream()
        .filter(each -> takesKey(each) && !applied.contains(each.get("id").stringValue()))
        .toList();
  }

  private void say(Pipeline pipeline, List<ObjectNode> commands) {
    sent.addAll(commands);
    pipeline.sendAll(commands);
  }

  /** What is known is then old enough to be wrong at times, and new enough to be right. */
  private void awaitApplied(Connection connection, int ahead) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              long wanted = List.copyOf(sent).stream().filter(RandomRunIT::takesKey).count();
              return Settling.count(
                      connection,
                      "SELECT count(*) FROM command_keys WHERE type <> 'agent.heartbeat.v1'")
                  > wanted - ahead;
            });
  }

  private static boolean takesKey(ObjectNode command) {
    return !command.get("type").stringValue().equals("agent.heartbeat.v1");
  }

  private void check(Pipeline pipeline, List<Event> events) throws SQLException {
    Set<EventType> happened =
        events.stream().map(event -> EventType.of(event.type())).collect(Collectors.toSet());
    assertThat(happened)
        .as("something of everything happened")
        .containsAll(EnumSet.complementOf(EnumSet.copyOf(NOT_HERE)));
    Replay.assertKeptToTheEnd(events);
    new Histories(events).assertTold(pipeline.worker().rest());
    Outcomes.assertOneEach(pipeline, List.copyOf(sent), events);
    try (Connection connection = pipeline.database()) {
      Tables.assertConsistent(connection);
      assertThat(Settling.count(connection, "SELECT sum(running_tasks) FROM agent_activity"))
          .isZero();
    }
    Faults.assertNone(pipeline);
  }
}
