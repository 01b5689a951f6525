package io.agentorchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every path takes the parameters that users were promised, and no read takes any other. */
class ParametersIT {

  private final Reading reading = Reading.shared();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/agents | type status busy capability q limit cursor count",
        "/agents/ID | include",
        "/tasks | status type agent_id workflow_id parent_task_id priority tag capability"
            + " created_after created_before sort order limit cursor count",
        "/tasks/ID | include",
        "/workflows | status user_id limit cursor count",
        "/workflows/ID | include",
        "/log | type entity_type entity_id operation status actor command_id from to limit cursor",
        "/commands | id source",
        "/statistics | ''",
        "/health/database | ''"
      })
  void takesWhatWasPromisedAndTheLeastPosition(String path, String promised) {
    String filled = path.replace("ID", UUID.randomUUID().toString());

    Reading.Answer answer = reading.get(filled + "?none=1");

    assertThat(answer.problem(400)).startsWith("none:");
    assertThat(String.join(" ", Reading.texts(answer.json().get("allowed"))))
        .isEqualTo((promised + " min_position").strip());
    assertThat(reading.get(filled + "?min_position=-1").problem(400)).startsWith("min_position:");
  }

  @ParameterizedTest
  @CsvSource({
    "/agents/ID?include=, tasks",
    "/agents/ID?include=task, tasks",
    "/tasks/ID?include=tasks, 'agent, children, workflow'",
    "/workflows/ID?include=agent, tasks"
  })
  void saysWhatCanBeIncluded(String path, String allowed) {
    assertThat(reading.get(path.replace("ID", UUID.randomUUID().toString())).problem(400))
        .startsWith("include:")
        .contains(allowed);
  }

  @ParameterizedTest
  @CsvSource({"/agents/ID, agent", "/tasks/ID, task", "/workflows/ID, workflow"})
  void namesTheIdThatIsNotThere(String path, String what) {
    UUID id = UUID.randomUUID();

    assertThat(reading.get(path.replace("ID", id.toString())).problem(404))
        .contains(what + " " + id);
    assertThat(reading.get(path.replace("ID", id.toString().toUpperCase(Locale.ROOT))).problem(400))
        .startsWith("id:");
  }
}
