package io.agentorchestrator.workflows;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

/** The workflows. */
interface WorkflowRepository
    extends Repository<Workflow, UUID>, JpaSpecificationExecutor<Workflow> {

  /** Finds a workflow, unlocked. */
  Optional<Workflow> findById(UUID id);

  /** Locks the workflows given, in the database's order of ids, until the transaction ends. */
  @NativeQuery("SELECT * FROM workflows WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
  List<Workflow> lock(@Param("ids") UUID[] ids);

  /** Finds how far the workflows given are. */
  @NativeQuery("SELECT * FROM workflow_progress WHERE workflow_id = ANY(:ids)")
  List<WorkflowProgress> progress(@Param("ids") UUID[] ids);

  /** Finds open workflows whose time has run out, unlocked. */
  @NativeQuery(
      """
      SELECT id FROM workflows
      WHERE deadline_at <= :now AND status IN ('pending', 'running', 'paused')
      ORDER BY deadline_at LIMIT :most
      """)
  List<UUID> overdue(@Param("now") Instant now, @Param("most") int most);
}
