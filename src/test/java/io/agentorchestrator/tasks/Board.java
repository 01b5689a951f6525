package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.Fleet;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.messages.Command.AssignTask;
import io.agentorchestrator.messages.Command.Assignment;
import io.agentorchestrator.messages.Command.CancelTask;
import io.agentorchestrator.messages.Command.CompleteTask;
import io.agentorchestrator.messages.Command.CreateTask;
import io.agentorchestrator.messages.Command.FailTask;
import io.agentorchestrator.messages.Command.ReportProgress;
import io.agentorchestrator.messages.Command.StartTask;
import io.agentorchestrator.messages.Command.TaskCommand;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.messages.Rejection;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Tasks and agents in memory, with the handlers that a transaction would run on them. */
final class Board {

  static final Instant NOW = Instant.parse("2026-11-23T09:00:00.123456Z");
  static final UUID AGENT = new UUID(1, 1);
  static final UUID OTHER = new UUID(1, 2);

  private final Fleet fleet = new Fleet();
  private final LockedTasks tasks = new LockedTasks(List.of());
  private final TaskAssignment assignment = new TaskAssignment();
  private final TaskLifecycle lifecycle;
  private LogBatch log = new LogBatch(NOW);

  Board() {
    TaskCancellation cancellation = new TaskCancellation();
    RetryDelay delay = new RetryDelay(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 0.2);
    lifecycle =
        new TaskLifecycle(
            new TaskCreation(cancellation), assignment, cancellation, fleet.registry(), delay);
    fleet.add(AGENT, NOW, 3, "ocr");
    fleet.add(OTHER, NOW, 3, "ocr");
  }

  static UUID id(int number) {
    return new UUID(2, number);
  }

  Fleet fleet() {
    return fleet;
  }

  LockedTasks tasks() {
    return tasks;
  }

  Task task(int number) {
    return tasks.find(id(number)).orElseThrow();
  }

  int running(UUID agent) {
    return fleet.locked().activity(agent).runningTasks();
  }

  /** Begins another transaction, a second per call later. */
  void later() {
    log = new LogBatch(log.now().plusSeconds(1));
  }

  Instant now() {
    return log.now();
  }

  List<Appended> appended() {
    return Appended.to(log);
  }

  /** Returns the events of this transaction about a task, or all of them. */
  List<EventType> events(@Nullable Integer number) {
    return appended().stream()
        .filter(each -> number == null || id(number).equals(each.entityId()))
        .map(Appended::type)
        .toList();
  }

  TaskChange change() {
    return new TaskChange(Appended.causedBy("1"), tasks, fleet.locked(), log);
  }

  Optional<Rejection> apply(int number, TaskCommand command) {
    return lifecycle.apply(command, id(number), change());
  }

  void accept(int number, TaskCommand command) {
    apply(number, command)
        .ifPresent(
            rejection -> {
              throw new AssertionError(rejection.reason());
            });
  }

  void releaseAll(UUID agent) {
    assignment.releaseAll(agent, "Agent deregistered.", change());
  }

  /** Creates a task that waits for others. */
  void create(int number, int... dependencies) {
    accept(number, creation().dependsOn(dependencies).build());
  }

  void createChild(int number, int parent) {
    accept(number, creation().parent(parent).build());
  }

  void assign(int number) {
    accept(number, new AssignTask(AGENT));
  }

  /** Moves a new task into a state, held or last held by the first agent where it has one. */
  void bring(int number, TaskStatus status) {
    create(number);
    switch (status) {
      case SUBMITTED -> {}
      case ASSIGNED -> assign(number);
      case WORKING -> {
        assign(number);
        accept(number, start(1));
      }
      case INPUT_REQUIRED -> {
        assign(number);
        accept(number, progress(1, true));
      }
      case COMPLETED -> {
        assign(number);
        accept(number, complete(1));
      }
      case FAILED -> {
        assign(number);
        accept(number, fail(1, false));
      }
      case CANCELED -> {
        assign(number);
        accept(number, new CancelTask(null));
      }
    }
  }

  static StartTask start(int attempt) {
    return new StartTask(AGENT, attempt);
  }

  static ReportProgress progress(int attempt, boolean inputRequired) {
    return new ReportProgress(AGENT, attempt, inputRequired, 0.5, "Half.");
  }

  static CompleteTask complete(int attempt) {
    return new CompleteTask(AGENT, attempt, new JsonObject("{\"total\":1}"));
  }

  static FailTask fail(int attempt, boolean retryable) {
    return new FailTask(AGENT, attempt, "TIMEOUT", "Too late.", retryable);
  }

  static Creation creation() {
    return new Creation();
  }

  /** A task's creation in the making. */
  static final class Creation {

    private List<String> capabilities = List.of();
    private List<UUID> dependencies = List.of();
    private @Nullable UUID parent;
    private @Nullable UUID workflow;
    private @Nullable Integer timeout;
    private int retries = 3;

    Creation requiring(String... required) {
      capabilities = List.of(required);
      return this;
    }

    Creation dependsOn(int... numbers) {
      dependencies = Arrays.stream(numbers).mapToObj(Board::id).toList();
      return this;
    }

    Creation parent(int number) {
      parent = id(number);
      return this;
    }

    Creation workflow(UUID id) {
      workflow = id;
      return this;
    }

    Creation timeout(int seconds) {
      timeout = seconds;
      return this;
    }

    Creation retries(int max) {
      retries = max;
      return this;
    }

    CreateTask build() {
      return new CreateTask(
          "invoice",
          "Invoice",
          "Read it.",
          new JsonObject("{\"page\":1}"),
          3,
          capabilities,
          workflow,
          parent,
          dependencies,
          timeout,
          retries,
          Assignment.MANUAL,
          List.of("tag"),
          new JsonObject("{\"a\":1}"));
    }
  }
}
