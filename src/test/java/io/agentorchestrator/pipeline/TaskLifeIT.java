package io.agentorchestrator.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/** The life of a task from its creation to its end, told by events and by REST. */
class TaskLifeIT {

  private final Pipeline pipeline = Pipeline.shared();
  private final UUID agent = UUID.randomUUID();
  private final UUID task = UUID.randomUUID();

  @Test
  void tellsALifeInOrderAndItsChangesFoldToTheResource() {
    // A skill of its own, lest a task that others left takes its slot.
    String skill = "skill-" + agent;
    pipeline.ask(Commands.registerAgent(agent, 1, skill));
    pipeline.send(
        Commands.createTask(
            task,
            Map.of(
                "input",
                Map.of("n", 1, "deep", Map.of("x", List.of(1, 2))),
                "required_capabilities",
                List.of(skill),
                "timeout_seconds",
                60)));
    pipeline.send(Commands.assign(task, agent));
    pipeline.send(Commands.word("task.start.v1", task, agent, 1));
    pipeline.send(
        Commands.word("task.progress.v1", task, agent, 1, Map.of("progress", 0.5, "message", "½")));
    pipeline.send(
        Commands.word("task.progress.v1", task, agent, 1, Map.of("status", "input_required")));
    pipeline.send(
        Commands.word("task.complete.v1", task, agent, 1, Map.of("result", Map.of("ok", true))));

    List<Event> events = pipeline.eventsAbout(task, 6);

    assertThat(events)
        .extracting(Event::type)
        .containsExactly(
            "task.created.v1",
            "task.assigned.v1",
            "task.started.v1",
            "task.progressed.v1",
            "task.progressed.v1",
            "task.completed.v1");
    assertThat(events).extracting(Event::version).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(events).extracting(Event::position).isSorted();
    assertThat(Folding.of(events)).isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
    assertThat(events.get(1).changes().get("attempt").intValue()).isEqualTo(1);
    assertThat(events.get(1).details().at("/task/input/deep/x/1").intValue()).isEqualTo(2);
    assertThat(events.get(1).details().get("task").propertyNames())
        .containsExactlyInAnyOrder(
            "type", "name", "description", "input", "priority", "deadline_at", "attempt");
    assertThat(events.get(3).details().get("message").stringValue()).isEqualTo("½");
  }

  @Test
  void writesEventsAsStructuredCloudEventsWithHeadersToFilterBy() {
    ObjectNode create = Commands.createTask(task);
    create.put("actor", "alice");
    create.put("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    pipeline.ask(Commands.registerAgent(agent, 1));

    Event created = pipeline.ask(create);
    Event assigned = pipeline.ask(Commands.assign(task, agent));

    assertThat(created.key()).isEqualTo(task.toString());
    assertThat(created.header("content-type")).isEqualTo("application/cloudevents+json");
    assertThat(created.header("ce_id")).isEqualTo(created.json().get("id").stringValue());
    assertThat(created.header("ce_type")).isEqualTo("task.created.v1");
    assertThat(created.header("ce_agentid")).isNull();
    assertThat(created.json().get("source").stringValue()).isEqualTo("/agent-orchestrator");
    assertThat(created.json().get("subject").stringValue()).isEqualTo(task.toString());
    assertThat(created.json().get("traceparent")).isEqualTo(create.get("traceparent"));
    assertThat(created.data().get("actor").stringValue()).isEqualTo("alice");
    assertThat(created.data().get("operation").stringValue()).isEqualTo("task.create");
    assertThat(UUID.fromString(created.json().get("id").stringValue()).version()).isEqualTo(7);
    assertThat(assigned.header("ce_agentid")).isEqualTo(agent.toString());
    assertThat(assigned.data().get("actor").stringValue()).isEqualTo(Commands.SOURCE);
  }

  @Test
  void copiesWhatGivesWorkOrTakesItAwayToTheMailboxByteForByte() {
    pipeline.ask(Commands.registerAgent(agent, 2));
    UUID second = UUID.randomUUID();
    pipeline.send(Commands.createTask(task));
    pipeline.send(Commands.createTask(second));
    pipeline.ask(Commands.assign(task, agent));
    pipeline.ask(Commands.assign(second, agent));
    pipeline.ask(Commands.cancel(second));
    pipeline.ask(Commands.command("agent.deregister.v1", agent, Map.of("reason", "Bye.")));
    pipeline.eventsAbout(task, 3);

    try (TopicReader mailbox = pipeline.reader("orchestrator.assignments")) {
      List<Event> copies =
          mailbox
              .until(
                  "four copies",
                  records ->
                      records.stream()
                              .filter(each -> agent.toString().equals(Event.of(each).key()))
                              .count()
                          >= 4)
              .stream()
              .map(Event::of)
              .filter(each -> agent.toString().equals(each.key()))
              .toList();

      assertThat(copies)
          .extracting(Event::type)
          .containsExactly(
              "task.assigned.v1", "task.assigned.v1", "task.canceled.v1", "task.released.v1");
      List<Event> log = pipeline.allEvents();
      assertThat(copies)
          .allSatisfy(
              copy ->
                  assertThat(log)
                      .anySatisfy(
                          original -> {
                            assertThat(
                                    new String(original.record().value(), StandardCharsets.UTF_8))
                                .isEqualTo(
                                    new String(copy.record().value(), StandardCharsets.UTF_8));
                            assertThat(original.record().headers())
                                .isEqualTo(copy.record().headers());
                          }));
    }
  }

  @Test
  void goesBackToTheQueueAfterAFailureAndForgetsTheAttempt() {
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.createTask(task, Map.of("max_retries", 1)));
    pipeline.ask(Commands.assign(task, agent));
    pipeline.send(Commands.word("task.progress.v1", task, agent, 1, Map.of("progress", 0.3)));

    Event retry = pipeline.ask(Commands.fail(task, agent, 1, true));

    assertThat(retry.type()).isEqualTo("task.retry-scheduled.v1");
    assertThat(retry.changes().get("status").stringValue()).isEqualTo("submitted");
    assertThat(retry.changes().get("assigned_agent_id").isNull()).isTrue();
    assertThat(retry.changes().get("progress").isNull()).isTrue();
    assertThat(retry.changes().get("started_at").isNull()).isTrue();
    assertThat(retry.changes().get("retry_count").intValue()).isEqualTo(1);
    assertThat(retry.changes().get("retry_at").isString()).isTrue();
    assertThat(retry.changes().at("/error/code").stringValue()).isEqualTo("E1");

    pipeline.ask(Commands.assign(task, agent));
    Event failed = pipeline.ask(Commands.fail(task, agent, 2, true));

    assertThat(failed.type()).isEqualTo("task.failed.v1");
    assertThat(failed.data().get("status").stringValue()).isEqualTo("failure");
    assertThat(failed.changes().get("completed_at").isString()).isTrue();
    assertThat(Folding.of(pipeline.eventsAbout(task, 6)))
        .isEqualTo(Folding.resource(pipeline, "/api/v2/tasks/", task));
    assertThat(pipeline.get("/api/v2/tasks/" + task).get("assigned_agent_id").stringValue())
        .isEqualTo(agent.toString());
  }

  @Test
  void failsAtOnceWhatIsNotRetryableAndCancelsWhatWaitsForIt() {
    UUID dependant = UUID.randomUUID();
    UUID further = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.createTask(dependant, Map.of("depends_on", List.of(task.toString()))));
    pipeline.ask(Commands.createTask(further, Map.of("depends_on", List.of(dependant.toString()))));
    pipeline.ask(Commands.assign(task, agent));

    Event failed = pipeline.ask(Commands.fail(task, agent, 1, false));

    assertThat(failed.data().at("/command/id").isString()).isTrue();
    assertThat(pipeline.eventsAbout(task, 3).getLast().type()).isEqualTo("task.failed.v1");
    assertThat(pipeline.eventsAbout(dependant, 2).getLast().type()).isEqualTo("task.canceled.v1");
    assertThat(pipeline.eventsAbout(further, 2).getLast().type()).isEqualTo("task.canceled.v1");
  }

  @Test
  void cancelsTheChildrenWithTheirParent() {
    UUID child = UUID.randomUUID();
    UUID grandchild = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(agent, 1));
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.createTask(child, Map.of("parent_task_id", task.toString())));
    pipeline.ask(Commands.createTask(grandchild, Map.of("parent_task_id", child.toString())));
    pipeline.ask(Commands.assign(grandchild, agent));

    pipeline.send(Commands.cancel(task));

    assertThat(pipeline.eventsAbout(grandchild, 3).getLast().type()).isEqualTo("task.canceled.v1");
    assertThat(pipeline.eventsAbout(child, 2).getLast().type()).isEqualTo("task.canceled.v1");
    assertThat(pipeline.get("/api/v2/agents/" + agent).get("running_tasks").intValue()).isZero();
  }

  @Test
  void isBlockedUntilItsDependenciesAreCompleted() {
    UUID dependant = UUID.randomUUID();
    pipeline.ask(Commands.registerAgent(agent, 5));
    pipeline.ask(Commands.createTask(task));
    pipeline.ask(Commands.createTask(dependant, Map.of("depends_on", List.of(task.toString()))));

    Event refused = pipeline.ask(Commands.assign(dependant, agent));

    assertThat(refused.rejection()).isEqualTo("INVALID_STATE");
    assertThat(refused.reason()).contains("blocked by").contains(task.toString());
    assertThat(pipeline.get("/api/v2/tasks/" + dependant).get("blocked_by")).hasSize(1);

    pipeline.ask(Commands.assign(task, agent));
    pipeline.ask(Commands.word("task.complete.v1", task, agent, 1));

    assertThat(pipeline.ask(Commands.assign(dependant, agent)).type())
        .isEqualTo("task.assigned.v1");
    assertThat(pipeline.get("/api/v2/tasks/" + dependant).get("blocked_by")).isEmpty();
  }
}
