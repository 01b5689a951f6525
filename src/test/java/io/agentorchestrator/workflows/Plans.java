package io.agentorchestrator.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.messages.Command.CreateWorkflow;
import io.agentorchestrator.messages.Command.OnTaskFailure;
import io.agentorchestrator.messages.Command.WorkflowTask;
import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Workflows as a transaction would have locked them, without a database. */
public final class Plans {

  /** A workflow's id. */
  public static final UUID WORKFLOW = new UUID(3, 1);

  private final LockedWorkflows locked = new LockedWorkflows(List.of(), List.of());
  private final WorkflowProgression progression;
  private final WorkflowLifecycle lifecycle;

  /** No workflow yet for the tasks of a board. */
  public Plans(Board board) {
    progression = new WorkflowProgression(board.cancellation());
    lifecycle =
        new WorkflowLifecycle(
            new WorkflowCreation(board.taskCreation()), progression, board.taskCreation());
  }

  /** Returns the workflows. */
  public LockedWorkflows locked() {
    return locked;
  }

  /** Returns all workflows there are. */
  public List<Workflow> workflows() {
    return locked.created().stream()
        .filter(Workflow.class::isInstance)
        .map(Workflow.class::cast)
        .toList();
  }

  /** Returns what applies commands. */
  public WorkflowLifecycle lifecycle() {
    return lifecycle;
  }

  /** Returns what lets workflows follow their tasks. */
  public WorkflowProgression progression() {
    return progression;
  }

  /** Fails unless a workflow is where its tasks say it must be. */
  public void assertFollows(Workflow workflow, Collection<Task> tasks) {
    WorkflowProgress progress = locked.progress(workflow.id());
    List<TaskStatus> ended = tasks.stream().map(Task::status).filter(TaskStatus::isFinal).toList();
    boolean badly = ended.stream().anyMatch(status -> status != TaskStatus.COMPLETED);
    assertThat(progress.tasks()).isEqualTo(tasks.size());
    assertThat(progress.isDone()).isEqualTo(ended.size() == tasks.size());
    assertThat(progress.hasFailed()).isEqualTo(badly);
    assertThat(workflow.status().isFinal()).isEqualTo(progress.isDone());
    assertThat(workflow.status() == WorkflowStatus.COMPLETED)
        .isEqualTo(progress.isDone() && !badly);
    if (!workflow.status().isFinal() && workflow.failsWithATask()) {
      assertThat(badly).as("a task of %s ended badly", workflow.id()).isFalse();
    }
    boolean everAssigned =
        tasks.stream().anyMatch(task -> !Objects.equals(task.fields().get("attempt"), 0));
    assertThat(workflow.fields().get("started_at") != null).isEqualTo(everAssigned);
    assertThat(workflow.fields().get("completed_at") != null)
        .isEqualTo(workflow.status().isFinal());
    if (workflow.status() == WorkflowStatus.PENDING) {
      assertThat(everAssigned).isFalse();
    } else if (workflow.status() == WorkflowStatus.RUNNING) {
      assertThat(everAssigned).isTrue();
    }
  }

  /** A workflow without tasks, which fails with the first task that does. */
  public static Creation creation() {
    return new Creation(WORKFLOW);
  }

  /** Likewise one of another id. */
  public static Creation creation(UUID workflow) {
    return new Creation(workflow);
  }

  /** A workflow's creation in the making. */
  public static final class Creation {

    private final UUID id;
    private final List<WorkflowTask> tasks = new ArrayList<>();
    private OnTaskFailure onTaskFailure = OnTaskFailure.FAIL;
    private @Nullable Integer timeout;

    private Creation(UUID id) {
      this.id = id;
    }

    /** Lets the rest go on when a task fails. */
    public Creation continuing() {
      onTaskFailure = OnTaskFailure.CONTINUE;
      return this;
    }

    /** Bounds the whole. */
    public Creation timeout(int seconds) {
      timeout = seconds;
      return this;
    }

    /** Adds a task that waits for others. */
    public Creation task(int number, int... dependencies) {
      return task(number, Board.creation().dependsOn(dependencies));
    }

    /** Adds a task. */
    public Creation task(int number, Board.Creation task) {
      tasks.add(new WorkflowTask(Board.id(number), task.workflow(id).build()));
      return this;
    }

    /** Returns the command. */
    public CreateWorkflow build() {
      return new CreateWorkflow(
          "Month's end",
          "Closes the books.",
          "alice",
          4,
          timeout,
          onTaskFailure,
          new JsonObject("{\"currency\":\"EUR\"}"),
          new JsonObject("{\"b\":2}"),
          List.copyOf(tasks));
    }
  }
}
