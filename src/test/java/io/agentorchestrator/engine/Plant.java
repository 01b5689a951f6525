package io.agentorchestrator.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.messages.Command;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.messages.RejectionType;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.RetryDelay;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.workflows.Plans;
import io.agentorchestrator.workflows.Workflow;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The engine with all that it moves, in memory, as if each transaction had locked everything. */
public final class Plant {

  private final Board board;
  private final Plans plans;
  private final EntityCommands commands;

  /** A plant with two agents, without tasks or workflows. */
  public Plant() {
    this(Board.DELAY);
  }

  Plant(RetryDelay delay) {
    board = new Board(delay);
    plans = new Plans(board);
    commands =
        new EntityCommands(
            board.fleet().registry(),
            board.lifecycle(),
            board.assignment(),
            plans.lifecycle(),
            plans.progression());
  }

  /** Returns tasks and agents. */
  public Board board() {
    return board;
  }

  /** Returns the workflows. */
  public Plans plans() {
    return plans;
  }

  /** Returns a task that must be there. */
  public Task task(int number) {
    return board.task(number);
  }

  /** Returns the workflow that must be there. */
  public Workflow workflow() {
    return plans.locked().find(Plans.WORKFLOW).orElseThrow();
  }

  /** Applies a command as its transaction would. */
  public Optional<Rejection> apply(Command command, UUID subject) {
    TaskChange change = board.change();
    WorkingSet set = new WorkingSet(change.tasks(), change.agents(), plans.locked(), change.log());
    Optional<Rejection> rejection = commands.apply(command, subject, 0, change.cause(), set);
    settle();
    return rejection;
  }

  /** Applies a command that must be accepted. */
  public void accept(Command command, UUID subject) {
    assertThat(apply(command, subject)).as("%s", command).isEmpty();
  }

  /** Likewise a command about a task. */
  public void accept(int number, Command command) {
    accept(command, Board.id(number));
  }

  /** Likewise a command about the workflow. */
  public void accept(Command command) {
    accept(command, Plans.WORKFLOW);
  }

  /** Fails unless a command is refused so, and nothing is told of it. */
  public Rejection assertRefused(Command command, UUID subject, RejectionType type) {
    int before = board.appended().size();
    Rejection rejection = apply(command, subject).orElseThrow();
    assertThat(rejection.type()).as(rejection.reason()).isEqualTo(type);
    assertThat(rejection.reason()).matches("(?s)Expected to .*, but .*\\.");
    assertThat(board.appended()).hasSize(before);
    return rejection;
  }

  /** Ends the attempt at a task if it is overdue, as the timer does. */
  public void timeOutTask(UUID id) {
    TaskChange change = board.change();
    board.tasks().find(id).ifPresent(task -> board.lifecycle().timeOut(task, change));
    follow(change);
  }

  /** Fails a workflow if it is overdue, as the timer does. */
  public void timeOutWorkflow(UUID id) {
    TaskChange change = board.change();
    plans.progression().timeOut(id, change, plans.locked());
    follow(change);
  }

  /** Gives an agent up, as the timer does. */
  public void expire(UUID id) {
    TaskChange change = board.change();
    Agent agent = board.fleet().locked().find(id).orElseThrow();
    board.fleet().registry().expire(agent, change.cause(), change.agents(), change.log());
    board.lifecycle().releaseLost(id, change);
    follow(change);
  }

  /** Lets an agent take tasks. */
  Optional<Rejection> activate(UUID id) {
    TaskChange change = board.change();
    Optional<Rejection> rejection = board.fleet().activate(id, change.cause(), change.log());
    settle();
    return rejection;
  }

  /** Lets an agent take no more tasks. */
  Optional<Rejection> deactivate(UUID id) {
    TaskChange change = board.change();
    Optional<Rejection> rejection = board.fleet().deactivate(id, change.cause(), change.log());
    settle();
    return rejection;
  }

  /** Assigns a task to the best agent, as dispatch does with one that is queued. */
  public boolean dispatch(Task task) {
    TaskChange change = board.change();
    boolean assigned = board.assignment().assignBest(task, change).isEmpty();
    follow(change);
    return assigned;
  }

  /** Returns the tasks that are queued. */
  public List<Task> queued() {
    settle();
    return board.tasks().all().stream().filter(Task::isQueued).toList();
  }

  /** Begins another transaction, a second later. */
  public void later() {
    board.later();
  }

  /** Begins another transaction, so much later. */
  public void later(Duration time) {
    board.later(time);
  }

  /** Returns the types of this transaction's events about an entity. */
  public List<EventType> events(UUID entity) {
    return board.appended().stream()
        .filter(each -> entity.equals(each.entityId()))
        .map(Appended::type)
        .toList();
  }

  /** Returns the types of this transaction's events about a task. */
  public List<EventType> events(int number) {
    return events(Board.id(number));
  }

  /** Returns the types of this transaction's events about the workflow. */
  public List<EventType> events() {
    return events(Plans.WORKFLOW);
  }

  /** Fails unless the log tells of everything just as it is, and workflows fit their tasks. */
  public void assertSound() {
    board.assertTold(plans.workflows());
    for (Workflow workflow : plans.workflows()) {
      plans.assertFollows(
          workflow,
          board.tasks().all().stream()
              .filter(task -> workflow.id().equals(task.workflowId()))
              .toList());
    }
  }

  private void follow(TaskChange change) {
    plans.progression().follow(change, plans.locked());
    settle();
  }

  private void settle() {
    board.tasks().settle(board.now());
    board.fleet().locked().settle();
  }
}
