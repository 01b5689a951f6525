package io.agentorchestrator.engine;

import io.agentorchestrator.tasks.LockedTasks;
import io.agentorchestrator.tasks.Task;
import io.agentorchestrator.tasks.TaskAssignment;
import io.agentorchestrator.tasks.TaskChange;
import io.agentorchestrator.tasks.TaskLocks;
import io.agentorchestrator.workflows.WorkflowProgression;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * One transaction of dispatch: as many waiting tasks as there are free slots for them, in the order
 * of the queue, each to the best agent. A fixed number of statements, whatever the number of tasks.
 */
@Component
class DispatchRound {

  private final MatchQueries matchQueries;
  private final TaskLocks taskLocks;
  private final WorkingSets workingSets;
  private final TaskAssignment taskAssignment;
  private final WorkflowProgression workflowProgression;

  DispatchRound(
      MatchQueries matchQueries,
      TaskLocks taskLocks,
      WorkingSets workingSets,
      TaskAssignment taskAssignment,
      WorkflowProgression workflowProgression) {
    this.matchQueries = matchQueries;
    this.taskLocks = taskLocks;
    this.workingSets = workingSets;
    this.taskAssignment = taskAssignment;
    this.workflowProgression = workflowProgression;
  }

  /**
   * What came of a round.
   *
   * @param waits how long each task that was assigned had waited since its last event, its creation
   *     or its return to the queue, until an agent was free included
   * @param left whether tasks were seen that could have been, but somebody else was about to
   */
  record Outcome(List<Duration> waits, boolean left) {

    int assigned() {
      return waits.size();
    }
  }

  /**
   * Assigns what can be assigned, or a part of it.
   *
   * @param patiently whether to wait for agents that somebody else has locked
   */
  @Transactional
  public Outcome run(boolean patiently) {
    workingSets.begin();
    List<UUID> candidates = matchQueries.candidates(2);
    if (candidates.isEmpty()) {
      return new Outcome(List.of(), false);
    }
    int slots = (candidates.size() + 1) / 2;
    LockedTasks tasks = taskLocks.lockQueued(candidates, slots);
    if (tasks.all().isEmpty()) {
      // Somebody has locked the first ones, and may be long about it.
      tasks = taskLocks.lockQueued(matchQueries.candidates(20), slots);
    }
    List<Task> waiting = List.copyOf(tasks.all());
    if (waiting.isEmpty()) {
      return new Outcome(List.of(), true);
    }
    Set<UUID> agents = matchQueries.bestAgentsFor(waiting.stream().map(Task::id).toList());
    WorkingSet set = workingSets.lockForAssignment(tasks, agents, patiently);
    List<Duration> waits = new ArrayList<>();
    for (Task task : waiting) {
      Duration wait = Duration.between(task.updatedAt(), set.log().now());
      TaskChange change = set.change(Causes.dispatch());
      if (taskAssignment.assignBest(task, change).isEmpty()) {
        waits.add(wait);
      }
      workflowProgression.follow(change, set.workflows());
    }
    workingSets.write(set);
    return new Outcome(waits, waits.size() < candidates.size());
  }
}
