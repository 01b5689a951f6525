package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * No documented read looks through a whole table, under PostgreSQL's own settings and with the
 * values that the worker sends. Here of a few rows; {@link ReadsScale} does it with millions.
 */
class SeededReadsIT {

  @SuppressWarnings("NullAway.Init") // Begun before the tests.
  private static ReadsOfSeededData reads;

  @BeforeAll
  static void fill() throws SQLException {
    reads = new ReadsOfSeededData(new SeededData(40_000, 90_000));
  }

  @AfterAll
  static void end() throws SQLException {
    reads.close();
  }

  @Test
  void readNoTableAsAWhole() throws Exception {
    List<String> found = new ArrayList<>();
    for (String query : reads.queries()) {
      found.addAll(reads.wholeReads(query));
    }
    assertThat(found).isEmpty();
  }

  /** So many rows of the index as the page has, one more, and so many tasks. */
  @ParameterizedTest
  @CsvSource({
    "'', Backward using task_labels_pkey",
    "&order=asc, using task_labels_pkey",
    "&sort=priority, Backward using task_labels_by_priority",
    "&sort=priority&order=asc, using task_labels_by_priority"
  })
  void findALabelInTheOrderOfTheList(String order, String index) throws Exception {
    for (String label :
        List.of(
            "tag=often",
            "tag=early",
            "tag=tag-100",
            "tag=seldom",
            "capability=capability-3",
            "capability=capability-early")) {
      String query = "/tasks?limit=50&" + label + order;
      assertThat(reads.plansOfPages(query))
          .as(query)
          .allSatisfy(
              plan ->
                  assertThat(plan)
                      .containsPattern("Limit .*\\n *->  Index (Only )?Scan \\Q%s".formatted(index))
                      .contains("using tasks_pkey on tasks"));
    }
  }

  /** Likewise, of each value, or each pair of them; whatever PostgreSQL takes to be frequent. */
  @ParameterizedTest
  @CsvSource({
    "status=completed, 1, using tasks_by_status on",
    "status=submitted&status=failed&status=canceled, 3, using tasks_by_status on",
    "status=submitted&status=failed&order=asc, 2, Backward using tasks_by_status on",
    "status=submitted&status=failed&sort=priority, 2, using tasks_by_status_and_priority on",
    "status=failed&sort=priority&order=asc, 1, Backward using tasks_by_status_and_priority on",
    "type=type-3&order=asc, 1, Backward using tasks_by_type on",
    "type=type-3&sort=priority, 1, using tasks_by_type_and_priority on",
    "type=type-7&sort=priority, 1, using tasks_by_type_and_priority on",
    "type=type-7&status=completed, 1, using tasks_by_type_and_status on",
    "type=type-7&status=submitted&status=failed, 2, using tasks_by_type_and_status on"
  })
  void findValuesInTheOrderOfTheList(String filter, int parts, String index) throws Exception {
    assertThat(reads.plansOfPages("/tasks?limit=50&" + filter))
        .allSatisfy(
            plan ->
                assertThat(
                        plan.split(
                            "Limit .*\\n *->  Index (Only )?Scan \\Q%s".formatted(index), -1))
                    .as(plan)
                    .hasSize(1 + parts));
  }
}
