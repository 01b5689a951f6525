package io.agentorchestrator.workflows;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The workflows a transaction may change: those it has locked, and those it brings into being. Any
 * other workflow is, for this transaction, not there. Not thread-safe.
 */
public final class LockedWorkflows {

  private final Map<UUID, Workflow> workflows = new HashMap<>();
  private final Map<UUID, WorkflowProgress> progress = new HashMap<>();
  private final List<Object> created = new ArrayList<>();

  LockedWorkflows(List<Workflow> locked, List<WorkflowProgress> progress) {
    locked.forEach(workflow -> workflows.put(workflow.id(), workflow));
    progress.forEach(each -> this.progress.put(each.workflowId(), each));
  }

  /** Finds a workflow among those locked or created. */
  public Optional<Workflow> find(UUID id) {
    return Optional.ofNullable(workflows.get(id));
  }

  /**
   * Returns a workflow that must be there.
   *
   * @throws IllegalStateException if it is not: the caller forgot to lock it
   */
  Workflow get(UUID id) {
    return find(id)
        .orElseThrow(() -> new IllegalStateException("workflow " + id + " is not locked"));
  }

  /** Returns how far a workflow is, likewise. */
  WorkflowProgress progress(UUID id) {
    WorkflowProgress found = progress.get(id);
    if (found == null) {
      throw new IllegalStateException("workflow " + id + " is not locked");
    }
    return found;
  }

  void add(Workflow workflow, WorkflowProgress itsProgress) {
    workflows.put(workflow.id(), workflow);
    progress.put(workflow.id(), itsProgress);
    created.add(workflow);
    created.add(itsProgress);
  }

  List<Object> created() {
    return created;
  }
}
