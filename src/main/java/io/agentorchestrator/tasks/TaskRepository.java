package io.agentorchestrator.tasks;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
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

  /**
   * Finds the open tasks that would fall with the tasks given: children and dependants, and theirs.
   * Unlocked.
   */
  @NativeQuery(
      """
      WITH RECURSIVE fallen (id) AS (
        SELECT unnest(CAST(:ids AS uuid[]))
        UNION
        SELECT next.id FROM fallen CROSS JOIN LATERAL (
          SELECT id, status FROM tasks WHERE parent_task_id = fallen.id
          UNION ALL
          SELECT id, status FROM tasks
          WHERE depends_on @> ARRAY[fallen.id] AND depends_on <> '{}'
        ) AS next
        WHERE next.status NOT IN ('completed', 'failed', 'canceled')
      )
      SELECT id FROM fallen
      """)
  List<UUID> fallingWith(@Param("ids") UUID[] ids);

  /** Finds the tasks an agent holds, newest first. */
  @NativeQuery(
      """
      SELECT * FROM tasks
      WHERE assigned_agent_id = :agent AND status IN ('assigned', 'working', 'input_required')
      ORDER BY created_at DESC, id DESC LIMIT :most
      """)
  List<Task> openOf(@Param("agent") UUID agent, @Param("most") int most);

  /** Finds the tasks that are a part of the one given, newest first. */
  @NativeQuery(
      """
      SELECT * FROM tasks WHERE parent_task_id = :parent
      ORDER BY created_at DESC, id DESC LIMIT :most
      """)
  List<Task> childrenOf(@Param("parent") UUID parent, @Param("most") int most);

  /** Finds those of the tasks given that are not completed. */
  @NativeQuery("SELECT id FROM tasks WHERE id = ANY(:ids) AND status <> 'completed'")
  Set<UUID> notCompleted(@Param("ids") UUID[] ids);
}
