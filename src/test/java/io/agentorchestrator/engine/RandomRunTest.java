package io.agentorchestrator.engine;

import static io.agentorchestrator.tasks.Board.creation;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CancelWorkflow;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.DeregisterAgent;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.Heartbeat;
import io.agentorchestrator.messages.Command.PauseWorkflow;
import io.agentorchestrator.messages.Command.RegisterAgent;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.ResumeWorkflow;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.RetryDelay;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.workflows.Plans;
import io.agentorchestrator.workflows.Workflow;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** All sorts of requests in all sorts of orders, many of them unreasonable. */
class RandomRunTest {

  private static final long FIRST_SEED = Long.getLong("random.seed", 20_261_123L);
  private static final int RUNS = Integer.getInteger("random.runs", 20);
  private static final int STEPS = 500;
  private static final int TASKS = 120;
  private static final int WORKFLOWS = 25;
  private static final int AGENTS = 5;

  private final Map<EventType, Integer> told = new EnumMap<>(EventType.class);
  private int rejected;

  @Test
  void leavesEverythingAsItMustBe() {
    LongStream.range(FIRST_SEED, FIRST_SEED + RUNS).forEach(seed -> new Run(seed).run());

    assertThat(told.keySet()).as("events that came").containsAll(expectedEvents());
    assertThat(rejected).as("requests refused").isBetween(1, RUNS * STEPS * 2 / 3);
  }

  private static List<EventType> expectedEvents() {
    List<EventType> expected = new ArrayList<>(List.of(EventType.values()));
    expected.remove(EventType.AGENTS_BULK_COMPLETED);
    expected.remove(EventType.COMMAND_REJECTED);
    expected.remove(EventType.COMMAND_DEAD_LETTERED);
    expected.remove(EventType.SERVICE_HEALTH_CHANGED);
    return expected;
  }

  /** One plant, from its beginning. */
  private final class Run {

    private final long seed;
    private final Random random;
    private final Plant plant =
        new Plant(new RetryDelay(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 0));
    private final List<String> story = new ArrayList<>();

    Run(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void run() {
      Invariants invariants = new Invariants(plant, plant.board().history());
      for (int step = 0; step < STEPS; step++) {
        plant.later(Duration.ofMillis(random.nextInt(5_000)));
        try {
          Optional<Rejection> rejection = step();
          invariants.check(rejection);
          rejected += rejection.isPresent() ? 1 : 0;
        } catch (AssertionError | RuntimeException e) {
          throw new AssertionError(
              "seed %d, step %d:%n%s%n%s".formatted(seed, step, String.join("\n", story), e), e);
        }
        plant.board().appended().stream()
            .map(Appended::type)
            .forEach(type -> told.merge(type, 1, Integer::sum));
      }
      plant.assertSound();
    }

    private Optional<Rejection> step() {
      int dice = random.nextInt(100);
      if (dice < 16) {
        return dispatch();
      } else if (dice < 46) {
        return taskCommand();
      } else if (dice < 60) {
        return create();
      } else if (dice < 72) {
        return workflowCommand();
      } else if (dice < 82) {
        return agentCommand();
      } else {
        return timer();
      }
    }

    private Optional<Rejection> dispatch() {
      for (Task task : plant.queued()) {
        told("dispatch " + task.id());
        plant.dispatch(task);
      }
      return Optional.empty();
    }

    private Optional<Rejection> taskCommand() {
      Task task = anyTask();
      UUID id = task == null || one(20) ? Board.id(random.nextInt(TASKS)) : task.id();
      UUID holder = task == null ? null : task.assignedAgentId();
      UUID agent = holder == null || one(15) ? agent() : holder;
      int attempt = task == null ? 1 : (int) requireNonNull(task.fields().get("attempt"));
      int spoken = Math.max(1, one(15) ? attempt - 1 : attempt);
      return apply(
          switch (random.nextInt(12)) {
            case 0, 1 -> new AssignTask(agent());
            case 2 -> new AssignTask(null);
            case 3 -> new StartTask(agent, spoken);
            case 4 -> new ReportProgress(agent, spoken, false, random.nextDouble(), null);
            case 5 -> new ReportProgress(agent, spoken, true, null, "Well?");
            case 6, 7, 8 -> new CompleteTask(agent, spoken, one(2) ? null : JsonObject.EMPTY);
            case 9, 10 -> new FailTask(agent, spoken, "E1", "It broke.", !one(4));
            default -> one(3) ? new CancelTask("Paid.") : new StartTask(agent, spoken);
          },
          id);
    }

    /** Mostly an open task, for there is not much to be done with others. */
    private @Nullable Task anyTask() {
      List<Task> all = List.copyOf(plant.board().tasks().all());
      List<Task> open = all.stream().filter(task -> !task.status().isFinal()).toList();
      List<Task> held = open.stream().filter(task -> task.status().isHeld()).toList();
      List<Task> chosen = one(10) ? all : one(3) || held.isEmpty() ? open : held;
      return chosen.isEmpty() ? null : chosen.get(random.nextInt(chosen.size()));
    }

    private Optional<Rejection> create() {
      if (one(3)) {
        int first = random.nextInt(TASKS);
        UUID id = new UUID(3, random.nextInt(WORKFLOWS));
        Plans.Creation creation = Plans.creation(id);
        if (one(2)) {
          creation.continuing();
        }
        if (one(4)) {
          creation.timeout(1 + random.nextInt(300));
        }
        int many = 1 + random.nextInt(6);
        for (int i = 0; i < many; i++) {
          Board.Creation task = task();
          int[] dependencies =
              random.ints(random.nextInt(3), first, first + (one(10) ? many : i + 1)).toArray();
          task.dependsOn(one(10) ? dependencies : distinctBefore(dependencies, first + i));
          if (one(5)) {
            task.parent(one(2) ? first + random.nextInt(many) : random.nextInt(TASKS));
          }
          creation.task(first + i, task);
        }
        return apply(creation.build(), id);
      }
      Board.Creation task = task();
      int[] dependencies = random.ints(random.nextInt(3), 0, TASKS).toArray();
      if (one(2)) {
        Task one = anyTask();
        if (one != null) {
          dependencies = new int[] {(int) one.id().getLeastSignificantBits()};
        }
      }
      task.dependsOn(dependencies);
      if (one(4)) {
        task.parent(random.nextInt(TASKS));
      }
      if (one(2)) {
        task.workflow(new UUID(3, random.nextInt(WORKFLOWS)));
      }
      return apply(task.build(), Board.id(random.nextInt(TASKS)));
    }

    private int[] distinctBefore(int[] dependencies, int number) {
      return Arrays.stream(dependencies).filter(each -> each < number).distinct().toArray();
    }

    private Board.Creation task() {
      Board.Creation task = creation().retries(random.nextInt(3)).priority(1 + random.nextInt(5));
      if (!one(4)) {
        task.auto();
      }
      if (one(3)) {
        task.requiring("ocr");
      }
      if (one(3)) {
        task.timeout(1 + random.nextInt(60));
      }
      return task;
    }

    private Optional<Rejection> workflowCommand() {
      return apply(
          switch (random.nextInt(9)) {
            case 0 -> new CancelWorkflow(null);
            case 1, 2, 3, 4 -> new PauseWorkflow(null);
            default -> new ResumeWorkflow("Go on.");
          },
          openWorkflow());
    }

    private UUID openWorkflow() {
      List<UUID> open =
          plant.plans().workflows().stream()
              .filter(workflow -> !workflow.status().isFinal())
              .map(Workflow::id)
              .toList();
      return open.isEmpty() || one(10)
          ? new UUID(3, random.nextInt(WORKFLOWS))
          : open.get(random.nextInt(open.size()));
    }

    private Optional<Rejection> agentCommand() {
      UUID id = agent();
      Optional<Agent> known = plant.board().fleet().locked().find(id);
      int dice = random.nextInt(12);
      if (dice < 2 && known.isPresent()) {
        told("deactivate " + id);
        return plant.deactivate(id);
      } else if (dice < 6 && known.isPresent()) {
        told("activate " + id);
        return plant.activate(id);
      }
      return apply(
          switch (dice) {
            case 7 -> new DeregisterAgent(null);
            case 8, 9 -> new Heartbeat();
            default -> stated();
          },
          id);
    }

    private Command stated() {
      return new RegisterAgent(
          "documents",
          "Agent",
          "https://agents.example/1",
          null,
          one(2) ? List.of() : List.of("ocr"),
          1 + random.nextInt(4),
          60,
          JsonObject.EMPTY);
    }

    private Optional<Rejection> timer() {
      if (one(8)) {
        List<Agent> agents =
            plant.board().fleet().agents().stream()
                .filter(agent -> agent.status() != AgentStatus.DEREGISTERED)
                .toList();
        if (!agents.isEmpty()) {
          UUID id = agents.get(random.nextInt(agents.size())).id();
          told("expire " + id);
          plant.expire(id);
        }
        return Optional.empty();
      }
      told("time out");
      for (Task task : List.copyOf(plant.board().tasks().all())) {
        plant.timeOutTask(task.id());
      }
      plant.plans().workflows().forEach(workflow -> plant.timeOutWorkflow(workflow.id()));
      return Optional.empty();
    }

    private Optional<Rejection> apply(Command command, UUID subject) {
      told(subject + " " + command);
      return plant.apply(command, subject);
    }

    private UUID agent() {
      return new UUID(1, 1 + random.nextInt(AGENTS));
    }

    private boolean one(int in) {
      return random.nextInt(in) == 0;
    }

    /** Keeps the last requests for whoever has to find out. */
    private void told(String what) {
      story.add(what);
      if (story.size() > 20) {
        story.removeFirst();
      }
    }
  }
}
