package io.agentorchestrator.pipeline;

import static io.agentorchestrator.pipeline.Commands.assign;
import static io.agentorchestrator.pipeline.Commands.autoTask;
import static io.agentorchestrator.pipeline.Commands.command;
import static io.agentorchestrator.pipeline.Commands.createTask;
import static io.agentorchestrator.pipeline.Commands.fail;
import static io.agentorchestrator.pipeline.Commands.registerAgent;
import static io.agentorchestrator.pipeline.Commands.word;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Waiting tasks find their agents by themselves. */
class DispatchIT {

  private final Pipeline pipeline = Pipeline.shared();

  /** Keeps the tests apart that share a fleet. */
  private final String skill = "skill-" + UUID.randomUUID();

  private final UUID agent = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();

  @Test
  void givesANewTaskToAnAgentThatIsThere() {
    pipeline.ask(registerAgent(agent, 1, skill, "other"));
    pipeline.ask(autoTask(task, Map.of("timeout_seconds", 60), skill));

    Event assigned = pipeline.eventsAbout(task, 2).getLast();
    assertThat(assigned.type()).isEqualTo("task.assigned.v1");
    assertThat(assigned.commandSource()).isEqualTo("/agent-orchestrator/dispatch");
    assertThat(UUID.fromString(assigned.commandId()).version()).isEqualTo(7);
    assertThat(assigned.data().get("actor").stringValue())
        .isEqualTo("/agent-orchestrator/dispatch");
    assertThat(assigned.data().get("operation").stringValue()).isEqualTo("task.assign");
    assertThat(assigned.header("ce_agentid")).isEqualTo(agent.toString());
    assertThat(assigned.changes().get("attempt").intValue()).isEqualTo(1);
    assertThat(assigned.details().get("task").get("attempt").intValue()).isEqualTo(1);
    Instant now = Instant.parse(assigned.json().get("time").stringValue());
    assertThat(Instant.parse(assigned.changes().get("deadline_at").stringValue()))
        .isEqualTo(now.plusSeconds(60));
    assertThat(Folding.of(pipeline.eventsAbout(task, 2)))
        .isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("busy").booleanValue()).isTrue();
  }

  @Test
  void givesAWaitingTaskToAnAgentThatComes() {
    pipeline.ask(autoTask(task, Map.of(), skill));

    pipeline.ask(registerAgent(agent, 1, skill));

    assertThat(pipeline.eventsAbout(task, 2).getLast().header("ce_agentid"))
        .isEqualTo(agent.toString());
  }

  @Test
  void givesFreedSlotsToTheHighestPriorityAndThenTheOldest() {
    pipeline.ask(registerAgent(agent, 1, skill));
    UUID first = UUID.randomUUID();
    pipeline.ask(createTask(first, Map.of()));
    pipeline.ask(assign(first, agent));
    List<UUID> tasks = List.of(task, UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());
    List<Integer> priorities = List.of(2, 5, 2, 4);
    for (int i = 0; i < tasks.size(); i++) {
      pipeline.ask(autoTask(tasks.get(i), Map.of("priority", priorities.get(i)), skill));
    }

    UUID held = first;
    for (int next : List.of(1, 3, 0, 2)) {
      pipeline.ask(word("task.complete.v1", held, agent, 1));
      assertThat(pipeline.eventsAbout(tasks.get(next), 2).getLast().type())
          .isEqualTo("task.assigned.v1");
      held = tasks.get(next);
    }
  }

  @Test
  void givesTasksToTheLeastLoadedRelativeToItsSlots() {
    UUID large = UUID.randomUUID();
    pipeline.ask(registerAgent(agent, 2, skill));
    pipeline.ask(registerAgent(large, 4, skill));

    List<UUID> tasks = List.of(task, UUID.randomUUID(), UUID.randomUUID());
    for (UUID each : tasks) {
      pipeline.ask(autoTask(each, Map.of(), skill));
      pipeline.eventsAbout(each, 2);
    }

    // Whoever got the first, the loads are then 1/2 and 0, or 0 and 1/4; the third goes to 1/4.
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue())
        .isEqualTo(1);
    assertThat(pipeline.get("/api/v2/agents/" + large).get("running_tasks").intValue())
        .isEqualTo(2);
  }

  @Test
  void assignsATaskToTheBestMatchThatWasCreatedJustBefore() {
    pipeline.ask(registerAgent(agent, 20, skill));
    for (int i = 0; i < 10; i++) {
      UUID created = UUID.randomUUID();
      pipeline.sendAll(
          List.of(
              createTask(created, Map.of("required_capabilities", List.of(skill))),
              command("task.assign.v1", created, Map.of())));
      assertThat(pipeline.eventsAbout(created, 2))
          .extracting(Event::type)
          .containsExactly("task.created.v1", "task.assigned.v1");
    }
  }

  @Test
  void assignsATaskToTheBestMatchWhenAsked() {
    UUID other = UUID.randomUUID();
    pipeline.ask(registerAgent(other, 1, "other-" + skill));
    pipeline.ask(createTask(task, Map.of("required_capabilities", List.of(skill))));

    Event refused = pipeline.ask(command("task.assign.v1", task, Map.of()));
    assertThat(refused.rejection()).isEqualTo("INVALID_STATE");
    assertThat(refused.reason()).contains(task.toString(), skill);

    pipeline.ask(registerAgent(agent, 1, skill));
    Event assigned = pipeline.ask(command("task.assign.v1", task, Map.of()));
    assertThat(assigned.type()).isEqualTo("task.assigned.v1");
    assertThat(assigned.header("ce_agentid")).isEqualTo(agent.toString());
    assertThat(assigned.commandSource()).isEqualTo(Commands.SOURCE);
  }

  @Test
  void keepsATaskUntilWhatItDependsOnIsCompleted() {
    UUID dependant = UUID.randomUUID();
    pipeline.ask(registerAgent(agent, 5, skill));
    pipeline.ask(createTask(task, Map.of()));
    pipeline.ask(autoTask(dependant, Map.of("depends_on", List.of(task.toString())), skill));
    pipeline.ask(assign(task, agent));
    assertThat(pipeline.get("/api/v2/tasks/" + dependant).get("status").stringValue())
        .isEqualTo("submitted");

    pipeline.ask(word("task.complete.v1", task, agent, 1));

    assertThat(pipeline.eventsAbout(dependant, 2).getLast().type()).isEqualTo("task.assigned.v1");
  }

  @Test
  void triesAgainOnceTheDelayIsOver() {
    pipeline.ask(registerAgent(agent, 1, skill));
    pipeline.ask(autoTask(task, Map.of(), skill));
    pipeline.eventsAbout(task, 2);

    Event scheduled = pipeline.ask(fail(task, agent, 1, true));
    Instant retryAt = Instant.parse(scheduled.changes().get("retry_at").stringValue());
    Instant failed = Instant.parse(scheduled.json().get("time").stringValue());
    assertThat(Duration.between(failed, retryAt))
        .isBetween(Duration.ofMillis(800), Duration.ofMillis(1200));

    Event assigned = pipeline.eventsAbout(task, 4).getLast();
    assertThat(assigned.type()).isEqualTo("task.assigned.v1");
    assertThat(assigned.changes().get("attempt").intValue()).isEqualTo(2);
    assertThat(assigned.changes().get("retry_at").isNull()).isTrue();
    assertThat(Instant.parse(assigned.json().get("time").stringValue())).isAfterOrEqualTo(retryAt);
  }

  @Test
  void letsNoTaskWaitForEverForItsPriority() {
    try (Pipeline own = Pipeline.start(1)) {
      UUID first = UUID.randomUUID();
      own.ask(registerAgent(agent, 1, skill));
      own.ask(autoTask(first, Map.of(), skill));
      own.eventsAbout(first, 2);
      own.ask(autoTask(task, Map.of("priority", 1), skill));
      own.moveClock(Duration.ofMinutes(39));
      UUID young = UUID.randomUUID();
      own.ask(autoTask(young, Map.of("priority", 5), skill));
      own.moveClock(Duration.ofMinutes(41));
      UUID younger = UUID.randomUUID();
      own.ask(autoTask(younger, Map.of("priority", 5), skill));

      own.ask(word("task.complete.v1", first, agent, 1));
      own.eventsAbout(young, 2);
      own.ask(word("task.complete.v1", young, agent, 1));
      own.eventsAbout(task, 2);
      own.ask(word("task.complete.v1", task, agent, 1));
      own.eventsAbout(younger, 2);
    }
  }
}
