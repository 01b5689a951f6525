package io.agentorchestrator.rest;

import static io.agentorchestrator.rest.Reading.createTask;
import static io.agentorchestrator.rest.Reading.createWorkflow;
import static io.agentorchestrator.rest.Reading.register;
import static io.agentorchestrator.rest.Reading.step;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * That the statements of the lists are of a form that the indexes can serve, whatever the values.
 */
class IndexUseIT {

  /** Only what has the rows in the order of the list is left, however few they are. */
  private static final String IN_ORDER =
      "SET enable_seqscan = off; SET enable_sort = off; SET enable_incremental_sort = off";

  private final Reading reading = Reading.shared();

  @ParameterizedTest
  @CsvSource({
    "/agents?capability=java, agents_by_capability",
    "/agents?q=name, agents_by_name",
    "/tasks?capability=java&tag=urgent, tasks_by_",
    "/tasks?priority=3, tasks_by_((status|type)_and_)?priority"
  })
  void findsWhatIsSearchedFor(String path, String index) {
    // Without plain index scans, only what can find by the condition is left.
    assertThat(reading.plan(path, "SET enable_seqscan = off; SET enable_indexscan = off"))
        .containsPattern("Bitmap Index Scan on " + index);
  }

  @ParameterizedTest
  @CsvSource({
    "/agents?limit=1, agents_by_time, '(created_at, id)'",
    "/agents?status=active&limit=1, agents_by_status, '(created_at, id)'",
    "/tasks?limit=1, tasks_by_time, '(created_at, id)'",
    "/tasks?limit=1&order=asc, tasks_by_time, '(created_at, id)'",
    "/tasks?limit=1&workflow_id=ID, tasks_by_workflow, '(created_at, id)'",
    "/tasks?limit=1&sort=priority, tasks_by_priority, '(priority, created_at, id)'",
    "/workflows?limit=1, workflows_by_time, '(created_at, id)'",
    "/log?limit=1, recorded_at_position, '(recorded_at, \"position\")'",
    "/log?limit=1&type=agent.registered.v1, type_recorded_at_position, '(recorded_at, \"position\")'",
    "/log?limit=1&operation=agent.register, operation_recorded_at_position, '(recorded_at, \"position\")'",
    "/log?limit=1&actor=%2Freaders, actor_recorded_at_position, '(recorded_at, \"position\")'",
    "/log?limit=1&entity_id=ID, entity_id_recorded_at_position, '(recorded_at, \"position\")'"
  })
  void beginsAPageWhereTheLastOneEnded(String path, String index, String keys) {
    assertThat(planOfTheNextPage(path))
        .contains(index)
        .containsPattern("Index Cond: .*ROW\\Q" + keys + "\\E [<>]= ROW")
        .doesNotContain("Sort");
  }

  /** Whatever PostgreSQL expects: the rows of the page are found there, and put in order again. */
  @ParameterizedTest
  @CsvSource({
    "/tasks?limit=1&status=submitted, tasks_by_status, '(created_at, id)'",
    "/tasks?limit=1&sort=priority&status=submitted, tasks_by_status_and_priority, '(priority, created_at, id)'",
    "/tasks?limit=1&sort=priority&order=asc&type=task, tasks_by_type_and_priority, '(priority, created_at, id)'",
    "/workflows?limit=1&status=pending, workflows_by_status, '(created_at, id)'",
    "/workflows?limit=1&user_id=ID, workflows_by_user, '(created_at, id)'"
  })
  void bindsAFilterToItsIndex(String path, String index, String keys) {
    assertThat(planOfTheNextPage(path))
        .containsPattern("Limit .*\\n *->  Index (Only )?Scan (Backward )?using \\Q" + index)
        // Only an index that begins with it has the order of what may be several values.
        .containsPattern("Index Cond: .*= ANY \\(ARRAY\\[.*ROW\\Q" + keys + "\\E [<>]= ROW");
  }

  private String planOfTheNextPage(String path) {
    UUID id = UUID.randomUUID();
    reading.apply(register(id, "agent", Map.of()), register(UUID.randomUUID(), "a", Map.of()));
    reading.apply(
        register(id, "changed", Map.of()),
        createTask(UUID.randomUUID(), "task", Map.of()),
        createTask(UUID.randomUUID(), "task", Map.of()),
        workflow(id, id.toString()),
        workflow(UUID.randomUUID(), id.toString()));
    String list = path.replace("ID", id.toString());
    String cursor = reading.read(list).get("next_cursor").stringValue();

    return reading.plan(list + "&cursor=" + cursor, IN_ORDER);
  }

  @ParameterizedTest
  @CsvSource({
    "/tasks?limit=1&tag=LABEL, task_labels_pkey, '(created_at, task_id)'",
    "/tasks?limit=1&capability=LABEL&order=asc, task_labels_pkey, '(created_at, task_id)'",
    "/tasks?limit=1&tag=LABEL&sort=priority, task_labels_by_priority, '(priority, created_at, task_id)'"
  })
  void findsALabelInTheOrderOfTheList(String path, String index, String keys) {
    String label = UUID.randomUUID().toString();
    Map<String, ?> labels = Map.of("tags", List.of(label), "required_capabilities", List.of(label));
    reading.apply(
        createTask(UUID.randomUUID(), "task", labels),
        createTask(UUID.randomUUID(), "task", labels));
    String list = path.replace("LABEL", label);
    String cursor = reading.read(list).get("next_cursor").stringValue();

    assertThat(reading.plan(list + "&cursor=" + cursor, IN_ORDER))
        .containsPattern("Limit .*\\n *->  Index (Only )?Scan (Backward )?using \\Q" + index)
        .containsPattern("Index Cond: .*ROW\\Q" + keys + "\\E [<>]= ROW");
  }

  @Test
  void countsTheTasksOfWorkflowsFromTheIndexAlone() {
    reading.apply(workflow(UUID.randomUUID(), "someone"));

    assertThat(
            reading.plan("/workflows", 1, "SET enable_seqscan = off; SET enable_bitmapscan = off"))
        .contains("Index Only Scan using tasks_by_workflow")
        .contains("Index Cond: (workflow_id = ANY ($1))")
        .doesNotContain("Filter");
  }

  @Test
  void findsTheTasksOfAWorkflowInTheirOrder() {
    UUID workflow = UUID.randomUUID();
    reading.apply(workflow(workflow, "someone"));

    assertThat(reading.plan("/workflows/" + workflow + "?include=tasks", 2, IN_ORDER))
        .contains("Index Scan using tasks_by_workflow")
        .contains("Index Cond: (workflow_id = $1)")
        .doesNotContain("Sort");
  }

  @Test
  void countsNoFurtherThanItHasTo() {
    assertThat(reading.sqlOf("/agents?count=true"))
        .anyMatch(sql -> sql.contains("count(*)") && sql.contains("fetch first"));
  }

  /** Writes the creation of a workflow of two tasks. */
  private static ObjectNode workflow(UUID id, String user) {
    return createWorkflow(
        id,
        user,
        Reading.ids(2).stream().map(task -> step(task, "task", Map.of())).toList(),
        Map.of());
  }
}
