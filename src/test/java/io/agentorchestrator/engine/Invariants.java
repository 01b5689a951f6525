package io.agentorchestrator.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.agentorchestrator.agents.Agent;
import io.agentorchestrator.agents.AgentStatus;
import io.agentorchestrator.log.Appended;
import io.agentorchestrator.log.Folds;
import io.agentorchestrator.log.RecordedEntity;
import io.agentorchestrator.messages.EventType;
import io.agentorchestrator.messages.Rejection;
import io.agentorchestrator.tasks.Board;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskStatus;
import io.agentorchestrator.workflows.Workflow;
import io.agentorchestrator.workflows.WorkflowStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What holds after every transaction, whatever it was about. */
final class Invariants {

  private static final Set<Object> FINAL =
      Set.of(
          TaskStatus.COMPLETED,
          TaskStatus.FAILED,
          TaskStatus.CANCELED,
          WorkflowStatus.COMPLETED,
          WorkflowStatus.FAILED,
          WorkflowStatus.CANCELED);

  private final Plant plant;
  private final Folds folds = new Folds();
  private final Map<UUID, Map<String, @Nullable Object>> before = new HashMap<>();

  /** Begins with what a new plant holds. */
  Invariants(Plant plant, List<Appended> soFar) {
    this.plant = plant;
    folds.read(soFar);
    entities().forEach(each -> before.put(each.id(), each.representation()));
  }

  /** Fails unless all holds after the transaction that the plant is in. */
  void check(Optional<Rejection> rejection) {
    List<Appended> appended = plant.board().appended();
    if (rejection.isPresent()) {
      assertThat(appended).extracting(Appended::type).isSubsetOf(EventType.AGENT_STATUS_CHANGED);
      assertThat(rejection.get().reason()).matches("(?s)Expected to .*, but .*\\.");
    }
    appended.forEach(this::checkEvent);
    checkLog(appended);
    plant.board().tasks().all().forEach(this::checkTask);
    plant.board().fleet().agents().forEach(this::checkAgent);
    checkWorkflows();
  }

  private void checkEvent(Appended event) {
    Map<String, @Nullable Object> entity = before.get(requireNonNull(event.entityId()));
    if (entity != null) {
      assertThat(FINAL).as("state before %s", event).doesNotContain(entity.get("status"));
    }
    if (event.type() == EventType.TASK_ASSIGNED) {
      UUID agentId = requireNonNull(event.occurred().agentId());
      Agent agent = plant.board().fleet().locked().find(agentId).orElseThrow();
      assertThat(plant.board().running(agentId)).isLessThanOrEqualTo(agent.maxConcurrentTasks());
      assertThat(agent.status()).isEqualTo(AgentStatus.ACTIVE);
      Task task = plant.board().tasks().find(event.entityId()).orElseThrow();
      assertThat(agent.lacking(task.requiredCapabilities())).isEmpty();
      assertThat(event.changes().get("attempt"))
          .isEqualTo((int) requireNonNull(requireNonNull(entity).get("attempt")) + 1);
      assertThat(isPaused(task)).as("%s is paused", task.workflowId()).isFalse();
    }
  }

  /** The log tells of all that changed, and nothing changed that it does not tell of. */
  private void checkLog(List<Appended> appended) {
    folds.read(appended);
    Set<UUID> told = new HashSet<>();
    appended.forEach(each -> told.add(requireNonNull(each.entityId())));
    for (RecordedEntity entity : entities()) {
      Map<String, @Nullable Object> now = entity.representation();
      Map<String, @Nullable Object> then = before.put(entity.id(), now);
      if (told.contains(entity.id())) {
        folds.assertTell(entity);
        assertThat(entity.updatedAt()).isEqualTo(plant.board().now());
      } else {
        assertThat(now).isEqualTo(then);
      }
    }
  }

  private void checkTask(Task task) {
    Map<String, @Nullable Object> fields = task.fields();
    TaskStatus status = task.status();
    List<TaskStatus> dependencies = task.dependsOn().stream().map(this::statusOf).toList();
    long open = dependencies.stream().filter(each -> each != TaskStatus.COMPLETED).count();
    boolean hasBad =
        dependencies.stream().anyMatch(each -> each.isFinal() && each != TaskStatus.COMPLETED);
    if (!status.isFinal()) {
      assertThat(Board.openDependencies(task)).isEqualTo((int) open);
      assertThat(hasBad).as("%s waits for what has ended badly", task.id()).isFalse();
      if (task.parentTaskId() != null) {
        assertThat(statusOf(task.parentTaskId())).isNotEqualTo(TaskStatus.CANCELED);
      }
    }
    if (status.isHeld() || status == TaskStatus.COMPLETED || status == TaskStatus.FAILED) {
      assertThat(open).as("open dependencies of %s", task.id()).isZero();
      assertThat(task.assignedAgentId()).isNotNull();
    }
    if (status == TaskStatus.SUBMITTED) {
      for (String cleared : List.of("assigned_agent_id", "started_at", "deadline_at", "progress")) {
        assertThat(fields).containsEntry(cleared, null);
      }
    } else {
      assertThat(fields).containsEntry("retry_at", null);
    }
    Instant retryAt = (Instant) fields.get("retry_at");
    assertThat(task.isQueued())
        .as("%s is queued: %s", task.id(), fields)
        .isEqualTo(
            status == TaskStatus.SUBMITTED
                && "auto".equals(fields.get("assignment"))
                && open == 0
                && !isPaused(task)
                && (retryAt == null || !retryAt.isAfter(plant.board().now())));
    assertThat(fields.get("completed_at") != null).isEqualTo(status.isFinal());
    int retries = (int) requireNonNull(fields.get("retry_count"));
    assertThat(retries)
        .isBetween(0, (int) requireNonNull(fields.get("max_retries")))
        .isLessThanOrEqualTo((int) requireNonNull(fields.get("attempt")));
  }

  private void checkAgent(Agent agent) {
    List<Task> held =
        plant.board().tasks().all().stream()
            .filter(task -> task.status().isHeld() && agent.id().equals(task.assignedAgentId()))
            .toList();
    assertThat(plant.board().running(agent.id())).isEqualTo(held.size());
    if (agent.status() == AgentStatus.DEREGISTERED) {
      assertThat(held).isEmpty();
    }
  }

  private void checkWorkflows() {
    for (Workflow workflow : plant.plans().workflows()) {
      plant
          .plans()
          .assertFollows(
              workflow,
              plant.board().tasks().all().stream()
                  .filter(task -> workflow.id().equals(task.workflowId()))
                  .toList());
    }
  }

  private boolean isPaused(Task task) {
    UUID workflow = task.workflowId();
    return workflow != null
        && plant.plans().locked().find(workflow).orElseThrow().status() == WorkflowStatus.PAUSED;
  }

  private TaskStatus statusOf(UUID task) {
    return plant.board().tasks().find(task).orElseThrow().status();
  }

  private Collection<RecordedEntity> entities() {
    List<RecordedEntity> all = new ArrayList<>(plant.board().tasks().all());
    all.addAll(plant.board().fleet().agents());
    all.addAll(plant.plans().workflows());
    return all;
  }
}
