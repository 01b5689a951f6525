package io.agentorchestrator.tasks;

import io.agentorchestrator.agents.Fleet;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Folds;
import io.agentorchestrator.log.LogBatch;
import io.agentorchestrator.log.RecordedEntity;
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
import java.lang.reflect.Field;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tasks and agents in memory, with the handlers that a transaction would run on them. */
public final class Board {

  /** When everything begins. */
  public static final Instant NOW = Instant.parse("2026-11-23T09:00:00.123456Z");

  /** An agent of three slots that is capable of {@code ocr}. */
  public static final UUID AGENT = new UUID(1, 1);

  /** Another like it. */
  public static final UUID OTHER = new UUID(1, 2);

  /** The delays that users know. */
  public static final RetryDelay DELAY =
      new RetryDelay(Duration.ofSeconds(1), 2, Duration.ofSeconds(60), 0.2);

  private final Fleet fleet = new Fleet();
  private final LockedTasks tasks = new LockedTasks(List.of());
  private final TaskAssignment assignment = new TaskAssignment();
  private final TaskCancellation cancellation = new TaskCancellation();
  private final TaskCreation creation =
      new TaskCreation(cancellation, new QueueOrder(Duration.ofMinutes(10)));
  private final TaskLifecycle lifecycle;
  private final List<LogBatch> past = new ArrayList<>();
  private LogBatch log = new LogBatch(NOW);

  Board() {
    this(DELAY);
  }

  /** A board with two agents and no task. */
  public Board(RetryDelay delay) {
    lifecycle = new TaskLifecycle(creation, assignment, cancellation, fleet.registry(), delay);
    fleet.register(AGENT, 3, Appended.causedBy("1"), log, "ocr");
    fleet.register(OTHER, 3, Appended.causedBy("2"), log, "ocr");
    later(Duration.ZERO);
  }

  /** Returns the id of a task. */
  public static UUID id(int number) {
    return new UUID(2, number);
  }

  /** Returns the agents. */
  public Fleet fleet() {
    return fleet;
  }

  /** Returns the tasks. */
  public LockedTasks tasks() {
    return tasks;
  }

  /** Returns what creates tasks. */
  public TaskCreation taskCreation() {
    return creation;
  }

  /** Returns what assigns and releases tasks. */
  public TaskAssignment assignment() {
    return assignment;
  }

  /** Returns what calls tasks off. */
  public TaskCancellation cancellation() {
    return cancellation;
  }

  /** Returns what applies commands. */
  public TaskLifecycle lifecycle() {
    return lifecycle;
  }

  /** Returns a task that must be there. */
  public Task task(int number) {
    return tasks.find(id(number)).orElseThrow();
  }

  /** Returns how many tasks an agent holds, as it counts itself. */
  public int running(UUID agent) {
    return fleet.locked().activity(agent).runningTasks();
  }

  /** Returns how many open dependencies a task counts: nobody's field, so as it is in its row. */
  public static int openDependencies(Task task) {
    try {
      Field place = Task.class.getDeclaredField("queuePlace");
      place.setAccessible(true);
      Field count = QueuePlace.class.getDeclaredField("openDependencies");
      count.setAccessible(true);
      return count.getShort(place.get(task));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Begins another transaction, a second per call later. */
  public void later() {
    later(Duration.ofSeconds(1));
  }

  /** Begins another transaction, so much later. */
  public void later(Duration time) {
    past.add(log);
    log = new LogBatch(log.now().plus(time));
  }

  /** Returns the time of this transaction. */
  public Instant now() {
    return log.now();
  }

  /** Returns the entries of this transaction. */
  public List<Appended> appended() {
    return Appended.to(log);
  }

  /** Returns the entries of all transactions so far. */
  public List<Appended> history() {
    return Stream.concat(past.stream(), Stream.of(log))
        .flatMap(each -> Appended.to(each).stream())
        .toList();
  }

  /** Fails unless the log so far tells of each task, each agent and whatever else just as it is. */
  public void assertTold(Collection<? extends RecordedEntity> others) {
    Folds folds = new Folds();
    folds.read(history());
    tasks.all().forEach(folds::assertTell);
    fleet.agents().forEach(folds::assertTell);
    others.forEach(folds::assertTell);
  }

  /** Returns the events of this transaction about a task, or all of them. */
  public List<EventType> events(@Nullable Integer number) {
    return appended().stream()
        .filter(each -> number == null || id(number).equals(each.entityId()))
        .map(Appended::type)
        .toList();
  }

  /** Returns what a cause may change in this transaction. */
  public TaskChange change() {
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
    bring(number, creation(), status);
  }

  /** Likewise a task that is created so. */
  void bring(int number, Creation creation, TaskStatus status) {
    accept(number, creation.build());
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

  /** The first agent begins. */
  public static StartTask start(int attempt) {
    return new StartTask(AGENT, attempt);
  }

  /** The first agent is half way. */
  public static ReportProgress progress(int attempt, boolean inputRequired) {
    return new ReportProgress(AGENT, attempt, inputRequired, 0.5, "Half.");
  }

  /** The first agent is done. */
  public static CompleteTask complete(int attempt) {
    return new CompleteTask(AGENT, attempt, new JsonObject("{\"total\":1}"));
  }

  /** The first agent failed. */
  public static FailTask fail(int attempt, boolean retryable) {
    return new FailTask(AGENT, attempt, "TIMEOUT", "Too late.", retryable);
  }

  /** A task to be assigned by hand, unless told otherwise. */
  public static Creation creation() {
    return new Creation();
  }

  /** A task's creation in the making. */
  public static final class Creation {

    private List<String> capabilities = List.of();
    private List<UUID> dependencies = List.of();
    private @Nullable UUID parent;
    private @Nullable UUID workflow;
    private @Nullable Integer timeout;
    private int retries = 3;
    private int urgency = 3;
    private Assignment assigned = Assignment.MANUAL;

    /** Names what an agent must be capable of. */
    public Creation requiring(String... required) {
      capabilities = List.of(required);
      return this;
    }

    /** Names the tasks it waits for. */
    public Creation dependsOn(int... numbers) {
      dependencies = Arrays.stream(numbers).mapToObj(Board::id).toList();
      return this;
    }

    /** Makes it a part of a task. */
    public Creation parent(int number) {
      parent = id(number);
      return this;
    }

    /** Makes it a part of a workflow. */
    public Creation workflow(UUID id) {
      workflow = id;
      return this;
    }

    /** Bounds each attempt. */
    public Creation timeout(int seconds) {
      timeout = seconds;
      return this;
    }

    /** Bounds the retries. */
    public Creation retries(int max) {
      retries = max;
      return this;
    }

    /** Leaves it to dispatch to find an agent. */
    public Creation auto() {
      assigned = Assignment.AUTO;
      return this;
    }

    /** Says how urgent it is. */
    public Creation priority(int level) {
      urgency = level;
      return this;
    }

    /** Returns the command. */
    public CreateTask build() {
      return new CreateTask(
          "invoice",
          "Invoice",
          "Read it.",
          new JsonObject("{\"page\":1}"),
          urgency,
          capabilities,
          workflow,
          parent,
          dependencies,
          timeout,
          retries,
          assigned,
          List.of("tag"),
          new JsonObject("{\"a\":1}"));
    }
  }
}
