package io.agentorchestrator.tasks;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.Modifying;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

/** The tasks. */
interface TaskRepository extends Repository<Task, UUID>, JpaSpecificationExecutor<Task> {

  /** Finds a task, unlocked. */
  Optional<Task> findById(UUID id);

  /** Locks the tasks given, in the database's order of ids, until the transaction ends. */
  @NativeQuery("SELECT * FROM tasks WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
  List<Task> lock(@Param("ids") UUID[] ids);

  /** Finds the tasks the agents given hold, unlocked. */
  @NativeQuery(
      """
      SELECT id FROM tasks
      WHERE assigned_agent_id = ANY(:agents) AND status IN ('assigned', 'working', 'input_required')
      """)
  List<UUID> heldBy(@Param("agents") UUID[] agents);

  /** Locks those of the tasks given that nobody has locked, until the transaction ends. */
  @NativeQuery("SELECT * FROM tasks WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
  List<Task> lockFree(@Param("ids") UUID[] ids);

  /** Likewise those that are queued, in the queue's order. */
  @NativeQuery(
      """
      SELECT * FROM tasks WHERE id = ANY(:ids) AND queued
      ORDER BY queue_rank, id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
      """)
  List<Task> lockQueued(@Param("ids") UUID[] ids, @Param("most") int most);

  /**
   * Finds the open tasks that wait for the tasks given. Unlocked. {@code OFFSET 0} keeps the look
   * into the index apart: a plan made while the table was empty would read it whole for ever.
   */
  @NativeQuery(
      """
      SELECT waiting.task_id
      FROM unnest(CAST(:ids AS uuid[])) AS done (id)
      CROSS JOIN LATERAL (
        SELECT task_id FROM task_dependencies WHERE depends_on = done.id OFFSET 0) AS waiting
      CROSS JOIN LATERAL (
        SELECT status FROM tasks WHERE id = waiting.task_id OFFSET 0) AS task
      WHERE task.status NOT IN ('completed', 'failed', 'canceled')
      """)
  Set<UUID> waitingFor(@Param("ids") UUID[] ids);

  /**
   * Finds the open tasks that would fall with the tasks given, or with the open tasks of the
   * workflows given: children, dependants, others of the same workflow, and theirs. Unlocked.
   */
  @NativeQuery(
      """
      WITH RECURSIVE fallen (id, workflow_id) AS (
        (
          SELECT id, workflow_id FROM tasks WHERE id = ANY(:ids)
          UNION
          SELECT id, workflow_id FROM tasks
          WHERE workflow_id = ANY(:workflows) AND status NOT IN ('completed', 'failed', 'canceled')
        )
        UNION
        SELECT next.id, next.workflow_id FROM fallen CROSS JOIN LATERAL (
          SELECT id, workflow_id, status FROM tasks WHERE parent_task_id = fallen.id
          UNION ALL
          SELECT id, workflow_id, status FROM tasks WHERE workflow_id = fallen.workflow_id
          UNION ALL
          SELECT id, workflow_id, status FROM tasks WHERE id = ANY(ARRAY(
            SELECT task_id FROM task_dependencies WHERE depends_on = fallen.id))
        ) AS next
        WHERE next.status NOT IN ('completed', 'failed', 'canceled')
      )
      SELECT id FROM fallen
      """)
  Set<UUID> fallingWith(@Param("ids") UUID[] ids, @Param("workflows") UUID[] workflows);

  /** Finds tasks whose attempt has passed its deadline, unlocked. */
  @NativeQuery(
      """
      SELECT id FROM tasks
      WHERE deadline_at <= :now AND status IN ('assigned', 'working', 'input_required')
      ORDER BY deadline_at LIMIT :most
      """)
  List<UUID> overdue(@Param("now") Instant now, @Param("most") int most);

  /** Queues what {@link Task#settle} would queue, now that its delay is over. */
  @Modifying
  @NativeQuery(
      """
      UPDATE tasks SET queued = true WHERE id = ANY(ARRAY(
        SELECT id FROM tasks
        WHERE retry_at <= :now AND status = 'submitted' AND NOT queued AND assignment = 'auto'
          AND open_dependencies = 0 AND NOT held_back
        ORDER BY retry_at LIMIT :most FOR NO KEY UPDATE SKIP LOCKED))
      """)
  int queueDue(@Param("now") Instant now, @Param("most") int most);

  /** Finds the open tasks of the workflows given. Unlocked. */
  @NativeQuery(
      """
      SELECT id FROM tasks
      WHERE workflow_id = ANY(:workflows) AND status NOT IN ('completed', 'failed', 'canceled')
      """)
  Set<UUID> openTasksOf(@Param("workflows") UUID[] workflows);

  /** Finds the tasks an agent holds, newest first; to be closed. */
  @NativeQuery(
      """
      SELECT * FROM tasks
      WHERE assigned_agent_id = :agent AND status IN ('assigned', 'working', 'input_required')
      ORDER BY created_at DESC, id DESC LIMIT :most
      """)
  Stream<Task> openOf(@Param("agent") UUID agent, @Param("most") int most);

  /** Finds the tasks that are a part of the one given, newest first; to be closed. */
  @NativeQuery(
      """
      SELECT * FROM tasks WHERE parent_task_id = :parent
      ORDER BY created_at DESC, id DESC LIMIT :most
      """)
  Stream<Task> childrenOf(@Param("parent") UUID parent, @Param("most") int most);

  /** Finds all tasks of a workflow, newest first; to be closed. */
  @NativeQuery(
      "SELECT * FROM tasks WHERE workflow_id = :workflow ORDER BY created_at DESC, id DESC")
  Stream<Task> tasksOf(@Param("workflow") UUID workflow);

  /** Counts the tasks of the workflows given by their states; zeros are left out. */
  @NativeQuery(
      """
      SELECT workflow_id, status, count(*) AS tasks
      FROM tasks WHERE workflow_id = ANY(:workflows)
      GROUP BY workflow_id, status
      """)
  List<TasksOfWorkflows.StatusCount> countByStatus(@Param("workflows") UUID[] workflows);

  /** Finds those of the tasks given that are not completed. */
  @NativeQuery("SELECT id FROM tasks WHERE id = ANY(:ids) AND status <> 'completed'")
  Set<UUID> notCompleted(@Param("ids") UUID[] ids);
}
