package io.agentorchestrator.statistics;

import io.agentorchestrator.database.PrimaryReads;
import io.agentorchestrator.messages.EntityType;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Counts what there is, at the cost of what moves and not of what there is: triggers keep the
 * counts of states (see the migration V7), and of the agents that are busy only those can be that
 * hold tasks now.
 *
 * <p>It asks the primary, over the reads' connections: a replica may be behind for longer than
 * statistics may be old.
 */
@Component
class EntityCounts {

  /** One statement, so that all is of one moment. */
  private static final String COUNTS =
      """
      SELECT as_of, counts.* FROM (
        SELECT entity_type, type, status, number FROM entity_counts_now
        UNION ALL
        SELECT 'busy', '', '', count(*) FROM (
          SELECT assigned_agent_id AS id, count(*) AS held FROM tasks
          WHERE status IN ('assigned', 'working', 'input_required') GROUP BY assigned_agent_id
        ) AS holding JOIN agents USING (id) WHERE held >= max_concurrent_tasks
      ) AS counts CROSS JOIN (SELECT orchestrator_clock() AS as_of OFFSET 0) AS clock
      """;

  private static final String BUSY = "busy";

  private final JdbcClient jdbc;

  EntityCounts(PrimaryReads reads) {
    this.jdbc = reads.jdbc();
  }

  private record Count(String entityType, String type, String status, long number) {}

  /**
   * What there was at one moment. Zeros are left out.
   *
   * @param asOf the moment, by the database's clock
   */
  record Counts(Instant asOf, List<Count> all) {

    /** Returns how many entities of a type are in each state. */
    Map<String, Long> byStatus(EntityType type) {
      return sums(type, Count::status);
    }

    /** Returns how many agents there are of each type, deregistered ones included. */
    Map<String, Long> agentsByType() {
      return sums(EntityType.AGENT, Count::type);
    }

    /** Returns how many agents have all their slots taken. */
    long busyAgents() {
      return all.stream()
          .filter(count -> count.entityType().equals(BUSY))
          .mapToLong(Count::number)
          .sum();
    }

    private Map<String, Long> sums(EntityType type, Function<Count, String> group) {
      Predicate<Count> isOfType = count -> count.entityType().equals(type.value());
      return all.stream()
          .filter(isOfType)
          .collect(
              Collectors.groupingBy(group, TreeMap::new, Collectors.summingLong(Count::number)));
    }
  }

  /**
   * Counts.
   *
   * @throws org.springframework.dao.DataAccessException if PostgreSQL cannot be asked, at once
   *     where that is known
   */
  Counts read() {
    List<Count> all = new ArrayList<>();
    Instant[] asOf = new Instant[1];
    jdbc.sql(COUNTS)
        .query(
            row -> {
              asOf[0] = row.getObject(1, OffsetDateTime.class).toInstant();
              all.add(
                  new Count(row.getString(2), row.getString(3), row.getString(4), row.getLong(5)));
            });
    return new Counts(Objects.requireNonNull(asOf[0]), all);
  }
}
