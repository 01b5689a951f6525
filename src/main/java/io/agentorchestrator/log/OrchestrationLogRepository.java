package io.agentorchestrator.log;

import java.util.List;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.repository.Repository;
import org.springframework.data.repository.query.Param;

/** The rows of the orchestration log. */
interface OrchestrationLogRepository
    extends Repository<LogEntry, UUID>, JpaSpecificationExecutor<LogEntry> {

  /**
   * Draws as many positions as needed, rising. The sequence is not cached, so between two
   * transactions that hold the same lock they rise as well.
   */
  @NativeQuery("SELECT nextval('orchestration_log_position') FROM generate_series(1, :count)")
  List<Long> nextPositions(@Param("count") int count);
}
