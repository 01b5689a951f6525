package io.agentorchestrator.v1;

import io.agentorchestrator.messages.JsonObject;
import io.agentorchestrator.migration.OldRest;
import io.agentorchestrator.rest.AnswerBudget;
import io.agentorchestrator.rest.Page.Total;
import io.agentorchestrator.rest.Pages;
import io.agentorchestrator.rest.Problem;
import io.agentorchestrator.rest.QueryParameters;
import io.agentorchestrator.rest.Snapshot;
import jakarta.persistence.EntityManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hibernate.Session;
import org.hibernate.query.NativeQuery;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is here, newest first, in the shape of the service before. A list takes three statements, of
 * one moment: which rows, found in an index alone; these rows; and how many there are.
 *
 * <p>Nothing is counted that the triggers count (see the migration V7): only tasks of a type, as
 * far as any list counts, and busy agents, by the tasks that are held now.
 */
class DatabaseReads implements OldReads {

  private static final String HELD = "status IN ('assigned', 'working', 'input_required')";

  /** The agents that hold a task; driven by the tasks, of which few are held. */
  private static final String HOLDING =
      "agents.id IN (SELECT assigned_agent_id FROM tasks WHERE %s)".formatted(HELD);

  private static final String NOT_HOLDING =
      "NOT EXISTS (SELECT FROM tasks WHERE assigned_agent_id = agents.id AND tasks.%s)"
          .formatted(HELD);

  private static final String OF_TYPE = " AND type = :type";

  /** Each state by itself is found in the order of an index; several are merged. */
  @SuppressWarnings("InlineFormatString") // It stands beside the others.
  private static final String SOME =
      "(SELECT id, created_at FROM %s WHERE %s ORDER BY created_at DESC, id DESC LIMIT :end)";

  @SuppressWarnings("InlineFormatString") // Likewise.
  private static final String IDS =
      "SELECT id FROM (%s) AS found ORDER BY created_at DESC, id DESC LIMIT :limit OFFSET :offset";

  private static final String COUNTED =
      """
      SELECT CAST(coalesce(sum(number), 0) AS bigint)
      FROM entity_counts_now WHERE entity_type = '%s' AND %s""";

  private static final String COUNT_OF_BUSY =
      "SELECT count(*) FROM agents WHERE status = 'active' AND " + HOLDING;

  /** Stops at the bound, which is what makes it affordable. */
  private static final String COUNT_OF_TASKS =
      "SELECT count(*) FROM (SELECT FROM tasks WHERE %s LIMIT " + (Total.MOST + 1) + ") AS counted";

  private static final String ROWS =
      """
      SELECT CAST(row_to_json(entity) AS text)
      FROM (%s WHERE %s = ANY(:ids) ORDER BY created_at DESC, %2$s DESC) AS entity
      """;

  private static final String AGENTS = ROWS.formatted(OldRest.AGENT_ROW, "agents.id");
  private static final String TASKS = ROWS.formatted(OldRest.TASK_ROW, "id");

  private final EntityManager entityManager;
  private final AnswerBudget budget;

  /**
   * What a list is made of.
   *
   * @param conditions of which each row meets exactly one
   * @param count SQL for how many meet one of them
   * @param most up to where that counts
   * @param rows SQL for those of some ids
   * @param shape what becomes of a row
   */
  private record Listing(
      String table,
      List<String> conditions,
      String count,
      long most,
      String rows,
      Function<String, ObjectNode> shape) {}

  DatabaseReads(EntityManager entityManager, AnswerBudget budget) {
    this.entityManager = entityManager;
    this.budget = budget;
  }

  @Override
  public boolean knowPositions() {
    return true;
  }

  @Override
  @Snapshot
  public OldPage agents(OldQuery<OldAgentStatus> query) {
    return page(
        query,
        new Listing(
            "agents",
            agentsIn(query.status()),
            countOfAgents(query),
            Long.MAX_VALUE,
            AGENTS,
            OldRest::agent));
  }

  @Override
  @Snapshot
  public OldPage tasks(OldQuery<OldTaskStatus> query) {
    OldTaskStatus status = query.status();
    List<String> conditions =
        status == null
            ? List.of("true")
            : status.here().stream().map("status = '%s'"::formatted).toList();
    String states =
        status == null
            ? "true"
            : status.here().stream()
                .map("'%s'"::formatted)
                .collect(Collectors.joining(", ", "status IN (", ")"));
    boolean counted = query.type() == null;
    return page(
        query,
        new Listing(
            "tasks",
            conditions,
            counted
                ? COUNTED.formatted("task", states)
                : COUNT_OF_TASKS.formatted(states + OF_TYPE),
            counted ? Long.MAX_VALUE : Total.MOST,
            TASKS,
            OldRest::task));
  }

  @Override
  @Snapshot
  public Optional<ObjectNode> task(String id) {
    UUID[] ids = {QueryParameters.pathId("id", id)};
    return query(TASKS, String.class).setParameter("ids", ids).getResultList().stream()
        .map(OldRest::task)
        .findFirst();
  }

  /** The conditions of which each agent shown meets one. */
  private static List<String> agentsIn(@Nullable OldAgentStatus status) {
    if (status == null) {
      return List.of("status = 'active'", "status = 'offline'");
    }
    return List.of(
        switch (status) {
          case IDLE -> "status = 'active' AND " + NOT_HOLDING;
          case BUSY -> "status = 'active' AND " + HOLDING;
          case OFFLINE -> "status = 'offline'";
        });
  }

  private static String countOfAgents(OldQuery<OldAgentStatus> query) {
    String ofType = query.type() == null ? "" : OF_TYPE;
    OldAgentStatus status = query.status();
    if (status == null) {
      return COUNTED.formatted("agent", "status IN ('active', 'offline')") + ofType;
    }
    return switch (status) {
      case IDLE ->
          "SELECT (%s) - (%s)"
              .formatted(
                  COUNTED.formatted("agent", "status = 'active'") + ofType, COUNT_OF_BUSY + ofType);
      case BUSY -> COUNT_OF_BUSY + ofType;
      case OFFLINE -> COUNTED.formatted("agent", "status = 'offline'") + ofType;
    };
  }

  private OldPage page(OldQuery<?> query, Listing listing) {
    List<UUID> ids = ids(query, listing);
    long counted = ofType(query, query(listing.count(), Long.class)).getSingleResult();
    return new OldPage(
        ids.isEmpty() ? List.of() : rows(listing.rows(), ids, listing.shape()),
        new Total(Math.min(counted, listing.most()), counted <= listing.most()),
        query.limit(),
        query.offset());
  }

  private List<UUID> ids(OldQuery<?> query, Listing listing) {
    String ofType = query.type() == null ? "" : OF_TYPE;
    String branches =
        listing.conditions().stream()
            .map(condition -> SOME.formatted(listing.table(), condition + ofType))
            .collect(Collectors.joining(" UNION ALL "));
    return ofType(query, query(IDS.formatted(branches), UUID.class))
        .setParameter("end", query.end())
        .setParameter("limit", query.limit())
        .setParameter("offset", query.offset())
        .getResultList();
  }

  private static <T> NativeQuery<T> ofType(OldQuery<?> query, NativeQuery<T> statement) {
    return query.type() == null ? statement : statement.setParameter("type", query.type());
  }

  /**
   * Rows come a few at a time, and no more of them than an answer may hold. They are kept as text,
   * of which the bound is: what it stands for can be many times as large.
   */
  private List<JsonObject> rows(String sql, List<UUID> ids, Function<String, ObjectNode> shape) {
    List<JsonObject> rows = new ArrayList<>(ids.size());
    long bytes = 0;
    try (Stream<String> found =
        query(sql, String.class).setParameter("ids", ids.toArray(UUID[]::new)).getResultStream()) {
      for (String row : (Iterable<String>) found::iterator) {
        bytes += row.length();
        if (bytes > Pages.MOST_BYTES && !rows.isEmpty()) {
          throw Problem.pageTooLarge(rows.size());
        }
        budget.take(row.length());
        rows.add(new JsonObject(shape.apply(row).toString()));
      }
    }
    return rows;
  }

  private <T> NativeQuery<T> query(String sql, Class<T> type) {
    return entityManager.unwrap(Session.class).createNativeQuery(sql, type);
  }
}
