package io.agentorchestrator.log;

import java.util.List;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.NativeQuery;
import org.springframework.data.jpa.repository.Query;
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

  /** Finds what the log says of the commands of an id, from whatever source: the newest 1,000. */
  @Query(
      """
      select new io.agentorchestrator.log.CommandTrace(
        entry.position, entry.recordedAt, entry.type, entry.commandSource, entry.commandDigest,
        entry.commandType, case when entry.type = 'command.rejected.v1' then entry.details end)
      from LogEntry entry
      where entry.commandId = :id
      order by entry.position desc limit 1000
      """)
  List<CommandTrace> ofCommand(@Param("id") String id);

  /**
   * Finds what the log says of a command: the newest 1,000, for dead letters never use an id up.
   */
  @Query(
      """
      select new io.agentorchestrator.log.CommandTrace(
        entry.position, entry.recordedAt, entry.type, entry.commandSource, entry.commandDigest,
        entry.commandType, case when entry.type = 'command.rejected.v1' then entry.details end)
      from LogEntry entry
      where entry.commandId = :id and entry.commandSource = :source
      order by entry.position desc limit 1000
      """)
  List<CommandTrace> ofCommand(@Param("id") String id, @Param("source") String source);
}
